using System.CommandLine;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Data;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Layers;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Commands;

/// <summary><c>fcn train [TASK]</c>: trains a network and leaves a run folder.</summary>
internal static class TrainCommand
{
    private static readonly TextParameter Out = new("out", "run folder at this very path");
    private static readonly SwitchParameter ExistOk = CommonParameters.ExistOk with { Help = "write into a run folder that exists" };
    private static readonly SwitchParameter Json = CommonParameters.Json with { Help = "print report.json at the end, and nothing else" };

    public static Command Create(IReadOnlyList<ITask> tasks)
    {
        // The first task is what "fcn train" does unless told otherwise, so the bare command takes its options too.
        var first = tasks[0];
        var train = Of(first, "train", $"Train a network; without a task, one that {first.Does}.",
        [
            ("fcn train", "the best network on data that the program draws, for as many epochs as the device does in minutes"),
            ("fcn train --device opencl:0 --epochs 3 --name try", $"elsewhere, shorter, into runs/{first.Name}/try"),
            .. first.Examples.Select(e => (e.Line.Replace($"fcn train {first.Name}", "fcn train"), e.Does)),
        ]);
        foreach (var task in tasks) train.Subcommands.Add(Of(task, task.Name, $"Train a network that {task.Does}.", task.Examples));
        return train;
    }

    private static Command Of(ITask task, string commandName, string description, IReadOnlyList<(string, string)> examples)
    {
        var name = new TextParameter("name", $"run folder runs/{task.Name}/NAME, then NAME-2, …; default the model's name");
        var command = new ExampleCommand(commandName, description, examples);
        var known = Parameters.Of(task);
        var options = new Options(command, [.. known.Select(p => Told(p, task.Models)), name, Out, ExistOk, CommonParameters.Quiet, Json]);
        command.SetAction(parsed =>
        {
            var given = options.Of(parsed);
            if (given.Has(name) && given.Has(Out)) throw new UsageException("--name and --out both say where the run goes; give one");
            given.ExpectMeant(known, task, given.Into(new Arguments(task), [Parameters.Model]).Model);
            var begins = known.OfType<TextParameter>().Where(p => p.IsPath && given.Has(p));
            if (given.Find(Out) is { } replaced && begins.FirstOrDefault(p => InputFile.LiesIn(replaced, given.Find(p)!)) is { } lost)
                throw new UsageException(
                    $"{lost.Flag} '{given.Find(lost)}' lies in the run folder '{replaced}', whose files are replaced; copy it elsewhere first");
            using var device = given.OpenDevice();
            string? data = given.DataFolder();
            var told = given.Into(new Arguments(task), known).On(device);
            var arguments = told
                .With(Parameters.Command, Typed([.. parsed.Tokens.Select(t => t.Value)], data))
                .WithParsed(Parameters.Data, data is null ? null : Path.GetFullPath(data))
                .WithParsed(Parameters.InitSha256, told.Find(Parameters.Init) is { } init ? Weights.Sha256(init) : null);
            given.ExpectMeant(known, arguments);
            var opened = task.OpenAloud(arguments);
            opened.ExpectTraining();
            using var folder = given.Find(Out) is { } path
                ? RunFolder.Create(path, given.Get(ExistOk))
                : RunFolder.Next(task.Name, given.Find(name) ?? arguments.Model.Name);
            // Where the device or the recipe was chosen for the user, the choice says so.
            string where = given.Get(Parameters.Device) == "auto" ? $"{DeviceList.Choice} ('fcn devices' has all)" : $"{device} ({device.Description})";
            if (arguments.Model.FollowsGradients && !given.Has(Parameters.Epochs))
                where += $"; {arguments.Get(Parameters.Epochs)} epochs, as suits it (--epochs N)";
            return TrainingSession.Run(new Run(arguments, opened, folder), folder, given, where);
        });
        return command;
    }

    /// <summary>A parameter whose help says for which models it is, if not for all.</summary>
    private static Parameter Told(Parameter parameter, IReadOnlyList<Model> models) =>
        models.All(parameter.IsFor) ? parameter : parameter with { Help = $"{parameter.Help}; for {Given.Names(models.Where(parameter.IsFor))}" };

    /// <summary>The command as a shell takes it, with the data that FCN_DATA named.</summary>
    private static string Typed(string[] words, string? data)
    {
        if (data is not null && !words.Contains(Parameters.Data.Flag)) words = [.. words, Parameters.Data.Flag, data];
        return $"fcn {string.Join(' ', words.Select(ShellText.Quoted))}";
    }
}
