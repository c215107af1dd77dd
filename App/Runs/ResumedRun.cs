using System.CommandLine;
using System.Text.Json.Nodes;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Data;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Runs;

/// <summary>What <c>fcn resume RUN</c> is told, from its words to a run that is ready to go on.</summary>
internal sealed class ResumedRun
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

    private readonly IReadOnlyList<ITask> _tasks;
    private readonly Argument<string> _run;
    private readonly Options _options;

    /// <param name="command">Gets the argument and the options.</param>
    public ResumedRun(IReadOnlyList<ITask> tasks, Command command)
    {
        _tasks = tasks;
        _run = new Argument<string>("run") { Description = $"run folder, such as runs/{tasks[0].Name}/{tasks[0].Models[0].Name}" };
        command.Arguments.Add(_run);
        _options = new Options(command, [Extend, Restart, Patience, Data, Device, Threads, CommonParameters.Quiet, Json]);
    }

    /// <summary>Opens the run, its device and its data.</summary>
    /// <param name="done">Is told why there is nothing to go on with, and where the run's report is.</param>
    /// <returns>Null where there is nothing to go on with.</returns>
    public ReadyRun? Prepare(ParseResult parsed, Action<string, string, Given> done)
    {
        var given = _options.Of(parsed);
        var folder = RunFolder.Open(parsed.GetValue(_run)!);
        Engine.Devices.Device? device = null;
        try
        {
            var before = Arguments.FromJson(folder.Arguments, folder.ArgumentsPath, _tasks);
            given.ExpectMeant([Extend, Patience], before.Task, before.Model);
            int added = given.Get(Extend), steps = before.Get(Parameters.Steps);
            if (added > 0 && steps > 0) throw new UsageException($"the run ends within an epoch (--steps {steps}), so epochs cannot be added to it");
            var arguments = given.Into(before, [Patience, Device, Threads]);
            if (added > 0) arguments = arguments.With(Parameters.Extend, [.. before.Get(Parameters.Extend), added]);
            if (given.Path(Data) is { } moved) arguments = arguments.With(Parameters.Data, moved);

            bool restart = given.Get(Restart);
            if (!restart && WhyDone(folder, before, arguments, added) is { } why)
            {
                done(why, folder.At(RunFolder.ReportFile), given);
                folder.Dispose();
                return null;
            }
            device = Given.OpenDevice(arguments.Get(Parameters.Device), arguments.Get(Parameters.Threads));
            arguments = arguments.On(device);
            var opened = arguments.Task.Open(arguments);
            // Going on finds that out by itself; beginning anew would have replaced the run before.
            if (restart && folder.DataSha256 is { } trained && trained != opened.Sha256)
                throw new UsageException($"'{folder.Path}' was trained on other data than {opened.Source}, and --restart begins the same run anew; "
                    + "'fcn train' begins another");
            string where = $"{device} ({device.Description}), {(restart ? "begun anew" : "resumed")}";
            return new ReadyRun(new Run(arguments, opened, folder), folder, device, where, IsResumed: !restart, given);
        }
        catch
        {
            device?.Dispose();
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Why there is nothing to go on with; null where there is.</summary>
    /// <exception cref="UsageException">The run stopped early, and is to be extended all the same.</exception>
    private static string? WhyDone(RunFolder folder, Arguments before, Arguments arguments, int added)
    {
        var report = Report(folder);
        bool patienceChanged = arguments.Get(Parameters.Patience) != before.Get(Parameters.Patience), stoppedEarly = Flag(report, "stopped_early");
        if (stoppedEarly && !patienceChanged && Number(report, "epochs") is { } epochs && Number(report, "epochs_planned") is { } planned)
        {
            string why = $"'{folder.Path}' stopped early, after {epochs} of {planned} epochs; --patience 0 goes on to the last";
            return added > 0 ? throw new UsageException($"{why}, and --extend with it beyond") : why;
        }
        return Flag(report, "complete") && !stoppedEarly && added == 0
            ? $"'{folder.Path}' is complete{(Extend.IsFor(before.Model) ? "; --extend N adds N epochs" : "")}" : null;
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
