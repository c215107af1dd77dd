using System.CommandLine;
using System.Text.Json.Nodes;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Data;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Commands;

/// <summary><c>fcn resume RUN</c>: a run goes on from its last checkpoint, to the bit as if it had never stopped.</summary>
internal static class ResumeCommand
{
    private static readonly NumberParameter<int> Extend = new("extend", 0, 100_000,
        "add this many epochs; their learning rate goes through a cycle of its own, warm-up and peak included") { Default = 0, For = Parameters.Epochs.For };

    private static readonly SwitchParameter Restart = new("restart", "begin the run anew, as it was asked for: its weights, tables and log are replaced");

    // What may change: unless given, each stays as it was.
    private static readonly NumberParameter<int> Patience =
        Parameters.Patience with { Default = null, Help = "change when to stop early; 0 never does" };

    private static readonly TextParameter Data = Parameters.Data with { Help = "where the same data lies now, if it was moved" };
    private static readonly TextParameter Device = Parameters.Device with { Default = null, Help = "another device than before; its last bits differ" };
    private static readonly NumberParameter<int> Threads = Parameters.Threads with { Default = null };
    private static readonly SwitchParameter Json = CommonParameters.Json with { Help = "print report.json at the end, and nothing else" };

    public static Command Create(IReadOnlyList<ITask> tasks)
    {
        var runFolder = new Argument<string>("run") { Description = $"run folder, such as runs/{tasks[0].Name}/{tasks[0].Models[0].Name}" };
        var command = new ExampleCommand("resume", "Go on with a run that was stopped or killed, or extend one that is complete.",
            ("fcn resume runs/segment/fcn8-fine", "go on where a run was stopped or killed"),
            ("fcn resume runs/segment/fcn8-fine --extend 5", "five more epochs for a run that is complete"),
            ("fcn resume runs/segment/fcn8-fine --restart", "the whole run again, where its checkpoints were lost")) { runFolder };
        var options = new Options(command, [Extend, Restart, Patience, Data, Device, Threads, CommonParameters.Quiet, Json]);
        command.SetAction(parsed =>
        {
            var given = options.Of(parsed);
            using var folder = RunFolder.Open(parsed.GetValue(runFolder)!);
            var before = Arguments.FromJson(folder.Arguments, folder.ArgumentsPath, tasks);
            given.ExpectMeant([Extend, Patience], before.Task, before.Model);
            int added = given.Get(Extend), steps = before.Get(Parameters.Steps);
            if (added > 0 && steps > 0) throw new UsageException($"the run ends within an epoch (--steps {steps}), so epochs cannot be added to it");
            var arguments = given.Into(before, [Patience, Device, Threads]);
            if (added > 0) arguments = arguments.With(Parameters.Extend, [.. before.Get(Parameters.Extend), added]);
            if (given.Path(Data) is { } moved) arguments = arguments.With(Parameters.Data, moved);

            bool restart = given.Get(Restart);
            var report = restart ? null : Report(folder);
            bool patienceChanged = arguments.Get(Parameters.Patience) != before.Get(Parameters.Patience);
            if (Flag(report, "stopped_early") && !patienceChanged && Number(report, "epochs") is { } done && Number(report, "epochs_planned") is { } planned)
            {
                string why = $"'{folder.Path}' stopped early, after {done} of {planned} epochs; --patience 0 goes on to the last";
                return added > 0 ? throw new UsageException($"{why}, and --extend with it beyond") : Done(why);
            }
            if (Flag(report, "complete") && !Flag(report, "stopped_early") && added == 0) return Done(
                $"'{folder.Path}' is complete{(Extend.IsFor(before.Model) ? "; --extend N adds N epochs" : "")}");

            using var device = Given.OpenDevice(arguments.Get(Parameters.Device), arguments.Get(Parameters.Threads));
            arguments = arguments.On(device);
            var opened = arguments.Task.OpenAloud(arguments);
            // Going on finds that out by itself; beginning anew would have replaced the run before.
            if (restart && folder.DataSha256 is { } trained && trained != opened.Sha256)
                throw new UsageException($"'{folder.Path}' was trained on other data than {opened.Source}, and --restart begins the same run anew; "
                    + "'fcn train' begins another");
            var run = new Run(arguments, opened, folder);
            return TrainingSession.Run(run, folder, given, $"{device} ({device.Description}), {(restart ? "begun anew" : "resumed")}", resume: !restart);

            int Done(string why)
            {
                Console.WriteLine(given.Get(Json) ? File.ReadAllText(folder.At(RunFolder.ReportFile)) : why);
                return ExitCode.Ok;
            }
        });
        return command;
    }

    /// <summary>The report of a run that came to its end; null where there is none to be read, and the run writes it anew.</summary>
    private static JsonObject? Report(RunFolder folder)
    {
        try
        {
            return File.Exists(folder.At(RunFolder.ReportFile)) ? folder.Json(RunFolder.ReportFile) : null;
        }
        catch (DataException)
        {
            return null;
        }
    }

    private static bool Flag(JsonObject? report, string name) => report?[name] is JsonValue value && value.TryGetValue(out bool flag) && flag;

    private static int? Number(JsonObject? report, string name) => report?[name] is JsonValue value && value.TryGetValue(out int number) ? number : null;
}
