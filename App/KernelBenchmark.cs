using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Ops;

namespace FcnFromScratch.App;

/// <summary>Times the benchmark cases of the ops. A kernel is timed only after its result was found right.</summary>
public static class KernelBenchmark
{
    /// <summary>One version of a case: milliseconds by 20th percentile, median and 80th; rates by the median. A case that computes nothing has 0 GFLOP/s.</summary>
    /// <param name="Gain">How many times faster than the slowest version that was timed with it.</param>
    public sealed record Row(string Case, string Version, double P20, double Median, double P80, double GigaFlops, double Gigabytes, double Gain)
    {
        public static string PlainHeader => $"{"case",-58} {"version",-8} {"p20",8} {"median",8} {"p80",8} {"GFLOP/s",9} {"GB/s",7} {"gain",7}";

        public static string MarkdownHeader => "| case | version | p20 | median | p80 | GFLOP/s | GB/s | gain |\n|---|---|---:|---:|---:|---:|---:|---:|";

        private string Flops => GigaFlops > 0 ? GigaFlops.ToString("F1", CultureInfo.InvariantCulture) : "-";

        public string Plain => FormattableString.Invariant($"{Case,-58} {Version,-8} {P20,8:F3} {Median,8:F3} {P80,8:F3} {Flops,9} {Gigabytes,7:F1} {Gain,6:F1}×");

        public string Markdown => FormattableString.Invariant($"| {Case} | {Version} | {P20:F3} | {Median:F3} | {P80:F3} | {Flops} | {Gigabytes:F1} | {Gain:F1}× |");

        public JsonObject Json => new()
        {
            ["case"] = Case,
            ["version"] = Version,
            ["p20_ms"] = P20,
            ["median_ms"] = Median,
            ["p80_ms"] = P80,
            ["gflops"] = GigaFlops > 0 ? GigaFlops : null,
            ["gb_per_s"] = Gigabytes,
            ["gain"] = Gain,
        };
    }

    public static OpCase[] Cases(string filter)
    {
        OpCase[] cases = [.. OpCases.All.Where(c => c.IsBenchmark && c.Name.Contains(filter, StringComparison.OrdinalIgnoreCase))];
        return cases.Length > 0 ? cases : throw new UsageException($"no benchmark's name holds '{filter}'; there are {string.Join(", ", OpCases.All.Where(c => c.IsBenchmark).Select(c => $"'{c.Name}'"))}");
    }

    /// <summary>The version that the device takes, or all its versions from the slowest to the fastest.</summary>
    /// <param name="seconds">How long to measure each.</param>
    /// <exception cref="EngineException">A kernel's result is wrong.</exception>
    public static Row[] Measure(OpCase testCase, Device device, bool allVersions, double seconds)
    {
        var timed = new List<(string Version, double[] Times)>();
        foreach (string version in testCase.Op.Versions(device, testCase.Inputs).Take(allVersions ? int.MaxValue : 1))
        {
            var comparison = CaseRunner.Test(testCase, device, version);
            if (!comparison.Holds) throw new EngineException($"{testCase.Name} [{version}] is wrong and was not timed: {comparison.Message}");
            timed.Add((version, Time(testCase, device, version, seconds)));
        }
        double slowest = timed.Max(t => Median(t.Times));
        double flop = 2.0 * testCase.Op.MultiplyAdds(testCase.Inputs);
        return [.. timed.OrderByDescending(t => Median(t.Times)).Select(t => new Row(
            testCase.Name, t.Version, t.Times[t.Times.Length / 5], Median(t.Times), t.Times[t.Times.Length * 4 / 5],
            flop / Median(t.Times) / 1e6, testCase.Bytes / Median(t.Times) / 1e6, slowest / Median(t.Times)))];
    }

    private static double Median(double[] sorted) => sorted[sorted.Length / 2];

    /// <summary>Milliseconds of each run, sorted. The queue is drained after every run.</summary>
    private static double[] Time(OpCase testCase, Device device, string version, double seconds)
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
