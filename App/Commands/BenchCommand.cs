using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text;
using System.Text.Json.Nodes;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Commands;

/// <summary><c>fcn bench</c>: the benchmark cases of all ops on a device, or whole steps of a network.</summary>
internal static class BenchCommand
{
    private static readonly TextParameter Filter = new("filter", "only cases whose name holds this") { Default = "" };
    private static readonly NumberParameter<double> Seconds = new("seconds", 0.01, 600, "measure each for this long") { Default = 1.0 };
    private static readonly SwitchParameter AllVersions = new("all-versions", "also the versions that the device does not pick, slowest first");
    private static readonly SwitchParameter Markdown = new("markdown", "print a markdown table");
    private static readonly TextParameter Update = new("update",
        "measure again the tables of a markdown page, each with the flags beside it: <!-- bench: FLAGS -->");

    public static Command Create(IReadOnlyList<ITask> tasks)
    {
        var model = CommonParameters.Model(tasks, "time whole training and inference steps of this network instead");
        var command = new ExampleCommand("bench", "Time the kernels of a device.",
            ("fcn bench --filter softmax", "one op on the device that training would take"),
            ("fcn bench --filter conv2d --all-versions --markdown", "what each version gains over the naive one"),
            ("fcn bench --model fcn8 --batch 32", "whole training and inference steps"),
            ("fcn bench --update docs/ops/softmax.md", "measure again the tables of a page"));
        var options = new Options(command,
        [
            Filter, Seconds, AllVersions, Markdown, Update, model, Parameters.Batch, Parameters.Device, Parameters.Threads, CommonParameters.Json,
        ]);
        command.SetAction(parsed =>
        {
            var given = options.Of(parsed);
            if (given.Find(Update) is { } page)
            {
                string measured = BenchPage.Update(page, Encoding.UTF8.GetString(InputFile.Read(page)), flags =>
                {
                    var marked = command.Parse(CommandLineParser.SplitCommandLine(flags).ToArray());
                    if (Mistakes.First(marked) is { } mistake) throw new UsageException($"'{page}', table '{flags}': {mistake}");
                    Console.WriteLine($"{page}: {flags}");
                    return string.Join('\n', Lines(new Measurement(options.Of(marked), model, tasks), asMarkdown: true));
                });
                AtomicFile.Write(page, stream => stream.Write(Encoding.UTF8.GetBytes(measured)));
                return ExitCode.Ok;
            }
            var measurement = new Measurement(given, model, tasks);
            if (given.Get(CommonParameters.Json)) JsonOutput.Print(ToJson(measurement));
            else
                foreach (string line in Lines(measurement, given.Get(Markdown))) Console.WriteLine(line);
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>What is to be measured.</summary>
    private sealed class Measurement(Given given, TextParameter model, IReadOnlyList<ITask> tasks)
    {
        public int Batch => given.Get(Parameters.Batch);

        /// <summary>The network whose steps are timed; null for kernels.</summary>
        public string? Model { get; } = given.Find(model);

        /// <summary>Looked up before a device is opened.</summary>
        public OpCase[] Cases { get; } = KernelBenchmark.Cases(given.Get(Filter));

        public Device OpenDevice() => given.OpenDevice();

        public StepBenchmark.Result Steps(Device device)
        {
            var (task, found) = tasks.FindModel(Model!);
            return StepBenchmark.Run(task, found, device, Batch, given.Get(Seconds));
        }

        /// <summary>One by one as they are measured: all of them take minutes.</summary>
        public IEnumerable<KernelBenchmark.Row> Rows(Device device) =>
            Cases.SelectMany(c => KernelBenchmark.Measure(c, device, given.Get(AllVersions), given.Get(Seconds)));
    }

    private static IEnumerable<string> Lines(Measurement measurement, bool asMarkdown)
    {
        using var device = measurement.OpenDevice();
        if (measurement.Model is { } name)
        {
            var result = measurement.Steps(device);
            string training = double.IsNaN(result.Train) ? "" : FormattableString.Invariant($"training {result.Train:F1} images/s, ");
            string speed = FormattableString.Invariant($"{training}inference {result.Infer:F1} images/s");
            yield return FormattableString.Invariant(
                $"{name} on {device} ({device.Description}), batch {measurement.Batch}: {speed}, {result.ArenaMegabytes:F0} MB of activations");
            yield break;
        }
        string times = "warm caches, times in ms: 20th percentile, median, 80th percentile";
        yield return $"{device} ({device.Description}), {ProductVersion.Text}; {times}{(asMarkdown ? "\n" : "")}";
        yield return asMarkdown ? KernelBenchmark.Row.MarkdownHeader : KernelBenchmark.Row.PlainHeader;
        foreach (var row in measurement.Rows(device)) yield return asMarkdown ? row.Markdown : row.Plain;
    }

    private static JsonObject ToJson(Measurement measurement)
    {
        using var device = measurement.OpenDevice();
        var result = new JsonObject { ["version"] = ProductVersion.Text, ["device"] = device.Name, ["device_description"] = device.Description };
        if (measurement.Model is not { } name)
        {
            result["cases"] = Json.Array(measurement.Rows(device).Select(row => row.Json));
            return result;
        }
        var steps = measurement.Steps(device);
        result["model"] = name;
        result["batch"] = measurement.Batch;
        result["train_images_per_s"] = steps.Train;
        result["infer_images_per_s"] = steps.Infer;
        result["arena_mb"] = steps.ArenaMegabytes;
        return result;
    }
}
