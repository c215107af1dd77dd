using System.CommandLine;
using FcnFromScratch.Data;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Commands;

/// <summary><c>fcn resume RUN</c>: a run goes on from its last checkpoint, to the bit as if it had never stopped.</summary>
public static class ResumeCommand
{
    public static Command Create()
    {
        var run = new Argument<string>("run") { Description = "run folder, such as runs/segment/fcn8-fine" };
        var extend = CommandLine.Ranged("--extend", 0, 0, 100_000, "add this many epochs; their learning rate goes through a cycle of its own, warm-up and peak included");
        var patience = CommandLine.Ranged<int>("--patience", null, 0, 100_000, "change when to stop early; 0 never does");
        var data = CommandLine.Text("--data", "where the same data lies now, if it was moved");
        var device = CommandLine.Text("--device", "another device than before; its last bits differ");
        var threads = CommandLine.Ranged<int>("--threads", null, 0, 1024, "threads of the cpu device; 0 takes all cores");
        var quiet = new Option<bool>("--quiet") { Description = "print the result only" };
        var json = new Option<bool>("--json") { Description = "print report.json at the end, and nothing else" };
        var command = new Command("resume", "Go on with a run that was stopped or killed, or extend one that is complete.")
        {
            run, extend, patience, data, device, threads, quiet, json,
        };
        command.SetAction(parsed =>
        {
            using var folder = RunFolder.Open(parsed.GetValue(run)!);
            var arguments = TrainingArguments.FromJson(folder.Arguments, folder.At("args.json"));
            int added = parsed.GetValue(extend);
            if (added > 0 && arguments.Steps > 0) throw new UsageException($"the run ends within an epoch (--steps {arguments.Steps}), so epochs cannot be added to it");
            arguments = arguments with
            {
                Extend = added > 0 ? [.. arguments.Extend, added] : arguments.Extend,
                Patience = parsed.GetResult(patience) is { Implicit: false } ? parsed.GetValue(patience) : arguments.Patience,
                Data = parsed.GetValue(data) is { } moved ? Path.GetFullPath(moved) : arguments.Data,
                Device = parsed.GetValue(device) ?? arguments.Device,
                Threads = parsed.GetResult(threads) is { Implicit: false } ? parsed.GetValue(threads) : arguments.Threads,
            };
            if (WhyComplete(folder, arguments) is { } why)
            {
                Console.WriteLine($"'{folder.Path}' {why}");
                return ExitCode.Ok;
            }
            using var opened = CommonOptions.OpenDevice(arguments.Device, arguments.Threads);
            arguments = arguments with { Device = opened.Name };
            var session = new TrainingSession(arguments, opened, parsed.GetValue(quiet), parsed.GetValue(json));
            folder.Arguments = arguments.ToJson();
            return session.Run(folder, $"{opened} ({opened.Description}), resumed", resume: true);
        });
        return command;
    }

    /// <summary>Why there is nothing to do, and what there could be: the run has its report and is asked for nothing new. Null if there is.</summary>
    private static string? WhyComplete(RunFolder folder, TrainingArguments arguments)
    {
        if (!File.Exists(folder.At("report.json"))) return null;
        var report = folder.Json("report.json");
        if (!((bool?)report["complete"] ?? false)) return null;
        if (((bool?)report["stopped_early"] ?? false) && arguments.Patience > 0 && arguments.Patience == (int?)report["patience"])
            return $"stopped early, after {report["epochs"]} of {report["epochs_planned"]} epochs; --patience 0 goes on to the last";
        return (int?)report["epochs_planned"] == arguments.Epochs + arguments.Extend.Sum() && !((bool?)report["stopped_early"] ?? false)
            ? "is complete; --extend N adds N epochs" : null;
    }
}
