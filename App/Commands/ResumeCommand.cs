using System.CommandLine;
using System.Text.Json.Nodes;
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
            var before = arguments;
            arguments = arguments with
            {
                Extend = added > 0 ? [.. arguments.Extend, added] : arguments.Extend,
                Patience = IsGiven(patience) ? parsed.GetValue(patience) : arguments.Patience,
                Data = parsed.GetValue(data) is { } moved ? Path.GetFullPath(moved) : arguments.Data,
                Device = parsed.GetValue(device) ?? arguments.Device,
                Threads = IsGiven(threads) ? parsed.GetValue(threads) : arguments.Threads,
            };
            var report = Report(folder);
            if (Flag(report, "stopped_early") && arguments.Patience == before.Patience)
            {
                string why = $"'{folder.Path}' stopped early, after {report!["epochs"]} of {report["epochs_planned"]} epochs; --patience 0 goes on to the last";
                return added > 0 ? throw new UsageException($"{why}, and --extend with it beyond") : Done(why);
            }
            if (Flag(report, "complete") && !Flag(report, "stopped_early") && added == 0) return Done($"'{folder.Path}' is complete; --extend N adds N epochs");

            bool IsGiven(Option option) => parsed.GetResult(option) is { Implicit: false };

            int Done(string why)
            {
                Console.WriteLine(parsed.GetValue(json) ? File.ReadAllText(folder.At(RunFolder.ReportFile)) : why);
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
}
