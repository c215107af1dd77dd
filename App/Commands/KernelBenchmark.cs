using System.Globalization;
using System.Text.Json.Nodes;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Ops;

namespace FcnFromScratch.App.Commands;

/// <summary>The benchmark cases of the ops as rows of a table.</summary>
public static class KernelBenchmark
{
    /// <summary>One version of a case: milliseconds by 20th percentile, median and 80th. A case that computes nothing shows no GFLOP/s.</summary>
    public sealed record Row(CaseBenchmark.Result Result)
    {
        private string Case => Result.Case.Name;
        private string Version => Result.Version;
        private double P20 => 1e3 * Result.Time.P20;
        private double Median => 1e3 * Result.Time.Median;
        private double P80 => 1e3 * Result.Time.P80;

        public static string PlainHeader => $"{"case",-58} {"version",-8} {"p20",8} {"median",8} {"p80",8} {"GFLOP/s",9} {"GB/s",7} {"gain",7}";

        public static string MarkdownHeader => "| case | version | p20 | median | p80 | GFLOP/s | GB/s | gain |\n|---|---|---:|---:|---:|---:|---:|---:|";

        private string Flops => Result.GigaFlops > 0 ? Result.GigaFlops.ToString("F1", CultureInfo.InvariantCulture) : "-";

        public string Plain => FormattableString.Invariant(
            $"{Case,-58} {Version,-8} {P20,8:F3} {Median,8:F3} {P80,8:F3} {Flops,9} {Result.Gigabytes,7:F1} {Result.Gain,6:F1}×");

        public string Markdown => FormattableString.Invariant(
            $"| {Case} | {Version} | {P20:F3} | {Median:F3} | {P80:F3} | {Flops} | {Result.Gigabytes:F1} | {Result.Gain:F1}× |");

        public JsonObject Json => new()
        {
            ["case"] = Case,
            ["version"] = Version,
            ["p20_ms"] = P20,
            ["median_ms"] = Median,
            ["p80_ms"] = P80,
            ["gflops"] = Result.GigaFlops > 0 ? Result.GigaFlops : null,
            ["gb_per_s"] = Result.Gigabytes,
            ["gain"] = Result.Gain,
        };
    }

    public static OpCase[] Cases(string filter)
    {
        OpCase[] cases = [.. OpCases.All.Where(c => c.IsBenchmark && c.Name.Contains(filter, StringComparison.OrdinalIgnoreCase))];
        if (cases.Length > 0) return cases;
        var ops = OpCases.All.Where(c => c.IsBenchmark).Select(c => c.Name.Split(' ')[0]).Distinct();
        throw new UsageException($"no benchmark's name holds '{filter}'; their names begin with {string.Join(", ", ops)}");
    }

    /// <inheritdoc cref="CaseBenchmark.Measure"/>
    public static Row[] Measure(OpCase testCase, Device device, bool allVersions, double seconds) =>
        [.. CaseBenchmark.Measure(testCase, device, allVersions, seconds).Select(result => new Row(result))];
}
