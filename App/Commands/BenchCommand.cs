using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using FcnFromScratch.Engine;
using FcnFromScratch.Layers;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Commands;

/// <summary><c>fcn bench</c>: the benchmark cases of all ops on a device. A kernel is timed only after its result was found right.</summary>
public static class BenchCommand
{
    public static Command Create()
    {
        var common = new CommonOptions();
        var filter = CommandLine.Text("--filter", "only cases whose name holds this");
        var seconds = CommandLine.Ranged("--seconds", 1.0, 0.01, 600.0, "measure each for this long");
        var all = new Option<bool>("--all-versions") { Description = "also the versions that the device does not pick" };
        var markdown = new Option<bool>("--markdown") { Description = "print a markdown table" };
        var model = CommandLine.Text("--model", "time whole training and inference steps of this network instead");
        var command = new Command("bench", "Time the kernels of a device.")
        {
            filter, seconds, all, markdown, model, common.Batch, common.Device, common.Threads,
        };
        command.SetAction(parsed =>
        {
            using var device = CommonOptions.OpenDevice(parsed.GetValue(common.Device)!, parsed.GetValue(common.Threads));
            if (parsed.GetValue(model) is { } name)
            {
                int batch = parsed.GetValue(common.Batch);
                var result = ModelBenchmark.Run(Models.Find(name), device, batch, parsed.GetValue(seconds));
                Console.WriteLine(FormattableString.Invariant(
                    $"{name} on {device} ({device.Description}), batch {batch}: training {result.Train:F1} images/s, inference {result.Infer:F1} images/s, {result.ArenaMegabytes:F0} MB of activations"));
                return ExitCode.Ok;
            }
            string wanted = parsed.GetValue(filter) ?? "";
            bool table = parsed.GetValue(markdown);
            Console.WriteLine($"{device} ({device.Description}), {SegmentationRun.Version}; warm caches, times in ms, 20th percentile, median, 80th percentile");
            Console.WriteLine(table ? "| case | version | p20 | median | p80 | GFLOP/s | GB/s |\n|---|---|---|---|---|---|---|"
                : $"{"case",-58} {"version",-8} {"p20",8} {"median",8} {"p80",8} {"GFLOP/s",9} {"GB/s",7}");
            foreach (var testCase in OpCases.All.Where(c => c.IsBenchmark && c.Name.Contains(wanted, StringComparison.OrdinalIgnoreCase)))
                foreach (string version in testCase.Op.Versions(device, testCase.Inputs).Take(parsed.GetValue(all) ? int.MaxValue : 1))
                {
                    var comparison = CaseRunner.Test(testCase, device, version);
                    if (!comparison.Holds)
                    {
                        Console.WriteLine($"{testCase.Name} [{version}] is wrong and was not timed: {comparison.Message}");
                        return ExitCode.Failed;
                    }
                    double[] times = Time(testCase, device, version, parsed.GetValue(seconds));
                    double median = times[times.Length / 2];
                    double flops = 2.0 * testCase.Op.MultiplyAdds(testCase.Inputs) / median / 1e6, bytes = testCase.Bytes / median / 1e6;
                    string gflops = flops > 0 ? flops.ToString("F1", CultureInfo.InvariantCulture) : "-";
                    double p20 = times[times.Length / 5], p80 = times[times.Length * 4 / 5];
                    Console.WriteLine(FormattableString.Invariant(table
                        ? (FormattableString)$"| {testCase.Name} | {version} | {p20:F3} | {median:F3} | {p80:F3} | {gflops} | {bytes:F1} |"
                        : $"{testCase.Name,-58} {version,-8} {p20,8:F3} {median,8:F3} {p80,8:F3} {gflops,9} {bytes,7:F1}"));
                }
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>Milliseconds of each run, sorted. The queue is drained after every run.</summary>
    private static double[] Time(OpCase testCase, Engine.Devices.Device device, string version, double seconds)
    {
        using var prepared = new CaseRunner.PreparedCase(testCase, device, version, CaseRunner.Inputs(testCase));
        void Once()
        {
            prepared.Run();
            device.Synchronize();
        }
        for (int i = 0; i < 3; i++) Once();
        var times = new List<double>();
        for (long begin = Stopwatch.GetTimestamp(); times.Count < 5 || Stopwatch.GetElapsedTime(begin).TotalSeconds < seconds;)
        {
            long start = Stopwatch.GetTimestamp();
            Once();
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        times.Sort();
        return [.. times];
    }
}
