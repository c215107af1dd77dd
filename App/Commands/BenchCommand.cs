using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text;
using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Layers;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Commands;

/// <summary><c>fcn bench</c>: the benchmark cases of all ops on a device, or whole steps of a network.</summary>
public static class BenchCommand
{
    public static Command Create()
    {
        var common = new CommonOptions();
        var filter = CommandLine.Text("--filter", "only cases whose name holds this", "");
        var seconds = CommandLine.Ranged("--seconds", 1.0, 0.01, 600.0, "measure each for this long");
        var all = CommandLine.Flag("--all-versions", "also the versions that the device does not pick, slowest first");
        var markdown = CommandLine.Flag("--markdown", "print a markdown table");
        var update = CommandLine.Text("--update", "measure again the tables of a markdown page, each with the flags beside it: <!-- bench: FLAGS -->");
        var model = CommandLine.Choice("--model", null, [.. Models.All.Select(m => m.Name)], "time whole training and inference steps of this network instead");
        var json = JsonOutput.Option();
        var command = new Command("bench", "Time the kernels of a device.")
        {
            filter, seconds, all, markdown, update, model, common.Batch, common.Device, common.Threads, json,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(update) is { } page)
            {
                string measured = BenchPage.Update(page, File.ReadAllText(page), flags =>
                {
                    var marked = command.Parse(CommandLineParser.SplitCommandLine(flags).ToArray());
                    if (CommandLine.Mistake(marked) is { } mistake) throw new UsageException($"'{page}', table '{flags}': {mistake}");
                    Console.WriteLine($"{page}: {flags}");
                    return string.Join('\n', Lines(marked, asMarkdown: true));
                });
                AtomicFile.Write(page, stream => stream.Write(Encoding.UTF8.GetBytes(measured)));
            }
            else if (parsed.GetValue(json)) JsonOutput.Print(Json(parsed));
            else
                foreach (string line in Lines(parsed, parsed.GetValue(markdown))) Console.WriteLine(line);
            return ExitCode.Ok;
        });
        return command;

        Device Open(ParseResult flags) => CommonOptions.OpenDevice(flags.GetValue(common.Device)!, flags.GetValue(common.Threads));

        ModelBenchmark.Result Steps(ParseResult flags, Device device) =>
            ModelBenchmark.Run(Models.Find(flags.GetValue(model)!), device, flags.GetValue(common.Batch), flags.GetValue(seconds));

        IEnumerable<KernelBenchmark.Row> Rows(ParseResult flags, OpCase[] cases, Device device) =>
            cases.SelectMany(c => KernelBenchmark.Measure(c, device, flags.GetValue(all), flags.GetValue(seconds)));

        // One by one as they are measured: all of them take minutes.
        IEnumerable<string> Lines(ParseResult flags, bool asMarkdown)
        {
            var cases = KernelBenchmark.Cases(flags.GetValue(filter)!);
            using var device = Open(flags);
            if (flags.GetValue(model) is { } name)
            {
                var result = Steps(flags, device);
                yield return FormattableString.Invariant(
                    $"{name} on {device} ({device.Description}), batch {flags.GetValue(common.Batch)}: training {result.Train:F1} images/s, inference {result.Infer:F1} images/s, {result.ArenaMegabytes:F0} MB of activations");
                yield break;
            }
            yield return $"{device} ({device.Description}), {SegmentationRun.Version}; warm caches, times in ms: 20th percentile, median, 80th percentile{(asMarkdown ? "\n" : "")}";
            yield return asMarkdown ? KernelBenchmark.Row.MarkdownHeader : KernelBenchmark.Row.PlainHeader;
            foreach (var row in Rows(flags, cases, device)) yield return asMarkdown ? row.Markdown : row.Plain;
        }

        JsonObject Json(ParseResult flags)
        {
            var cases = KernelBenchmark.Cases(flags.GetValue(filter)!);
            using var device = Open(flags);
            var result = new JsonObject { ["version"] = SegmentationRun.Version, ["device"] = device.Name, ["device_description"] = device.Description };
            if (flags.GetValue(model) is not { } name)
            {
                result["cases"] = JsonOutput.Array(Rows(flags, cases, device).Select(row => row.Json));
                return result;
            }
            var steps = Steps(flags, device);
            result["model"] = name;
            result["batch"] = flags.GetValue(common.Batch);
            result["train_images_per_s"] = steps.Train;
            result["infer_images_per_s"] = steps.Infer;
            result["arena_mb"] = steps.ArenaMegabytes;
            return result;
        }
    }
}
