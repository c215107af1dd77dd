using System.CommandLine;
using FcnFromScratch.App.Serve;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Data;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Commands;

/// <summary><c>fcn serve</c>: the web studio.</summary>
internal static class ServeCommand
{
    private static readonly NumberParameter<int> Port = new("port", 0, 65535, "where on 127.0.0.1 the page is; 0 takes any that is free") { Default = 8080 };

    private static readonly NumberParameter<int> Together = new("together", 1, 1024,
        "predictions that wait at once and are made as one batch, at most; 1 makes each alone") { Default = 32 };

    private static readonly TextParameter Drawings = new("drawings", "folder where drawings are kept that people give a label") { Default = "drawings" };

    public static Command Create(IReadOnlyList<ITask> tasks)
    {
        var weights = new Option<string[]>("--weights")
        {
            Description = "safetensors files or run folders, the one to ask first before others; beside them there are all runs under runs/",
            AllowMultipleArgumentsPerToken = true,
        };
        var command = new ExampleCommand("serve", "A page to draw digits on and see at once what networks make of them; with the runs, the kernels and an API.",
            ("fcn serve", "on http://127.0.0.1:8080, with all trained networks; where there is none, one is trained first, in a minute"),
            ("fcn serve --port 9000 --weights GRID.safetensors", "elsewhere, with a certain network"));
        command.Options.Add(weights);
        var options = new Options(command, [Port, Drawings, Together, Parameters.Data, Parameters.Device, Parameters.Threads]);
        command.SetAction(async (parsed, _) =>
        {
            var given = options.Of(parsed);
            string[] named = parsed.GetValue(weights) ?? [];
            foreach (string file in named) InputFile.Expect(RunFolder.WeightsAt(file));
            var told = new StudioOptions(given.Get(Port), named, given.DataFolder(), given.Get(Drawings), given.Get(Together), Standing(given));
            using var interrupt = new Interrupt();
            await using var studio = await Studio.Open(told, tasks, given.OpenDevice());
            Console.WriteLine($"studio: {studio.Address} (Ctrl-C ends it)");
            if (!studio.IsReady && tasks.FirstOrDefault(task => task.Quickest is not null) is { Quickest: { } words } first)
            {
                Console.WriteLine($"no trained network yet: one that {first.Does} is being trained, which takes about a minute; draw already");
                string[] data = told.DataFolder is { } folder ? [Parameters.Data.Flag, folder] : [];
                studio.Trainings.StartFirst(first.Name, ["--name", "studio", .. words, .. data]);
            }
            await studio.Run(interrupt.Token);
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>What the server was told of its device holds for the runs that it trains.</summary>
    private static string[] Standing(Given given) =>
    [
        .. given.Has(Parameters.Device) ? (string[])[Parameters.Device.Flag, given.Get(Parameters.Device)] : [],
        .. given.Has(Parameters.Threads) ? (string[])[Parameters.Threads.Flag, FormattableString.Invariant($"{given.Get(Parameters.Threads)}")] : [],
    ];
}
