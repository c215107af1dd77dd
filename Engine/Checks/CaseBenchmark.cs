using FcnFromScratch.Engine.Devices;

namespace FcnFromScratch.Engine;

/// <summary>Times cases. A kernel is timed only after its result was found right.</summary>
public static class CaseBenchmark
{
    /// <summary>What one version of a case takes; rates are those of the median.</summary>
    /// <param name="Gain">How many times faster than the slowest version that was timed with it.</param>
    public sealed record Result(OpCase Case, string Version, Timing Time, double Gain)
    {
        /// <summary>Two for each multiply-add, in 10⁹ a second; 0 for a case that computes nothing.</summary>
        public double GigaFlops => 2.0 * Case.Op.MultiplyAdds(Case.Inputs) / Time.Median / 1e9;

        /// <summary>Each input and output once, in 10⁹ bytes a second.</summary>
        public double Gigabytes => Case.Bytes / Time.Median / 1e9;
    }

    /// <summary>A case with what it must give: found once for all its versions, and on no device.</summary>
    public sealed record Expectation(OpCase Case, IReadOnlyList<ReferenceTensor<double>> Inputs, IReadOnlyList<ReferenceTensor<double>> Outputs)
    {
        /// <summary>Makes the inputs and runs the reference on them.</summary>
        public static Expectation Of(OpCase testCase)
        {
            var inputs = CaseRunner.Inputs(testCase);
            return new(testCase, inputs, CaseRunner.Reference(testCase, inputs));
        }
    }

    /// <summary>A version ready to be timed: its result was right.</summary>
    /// <exception cref="EngineException">It was wrong.</exception>
    public static PreparedCase Prepare(Expectation expected, Device device, string version)
    {
        var prepared = new PreparedCase(expected.Case, device, version);
        try
        {
            var comparison = prepared.RunVerified(expected.Inputs, expected.Outputs);
            if (!comparison.Holds) throw new EngineException($"{expected.Case.Name} [{version}] is wrong and was not timed: {comparison.Message}");
            return prepared;
        }
        catch
        {
            prepared.Dispose();
            throw;
        }
    }

    /// <summary>Times the version that the device takes, or all its versions; the slowest comes first.</summary>
    /// <param name="seconds">How long to measure each.</param>
    /// <exception cref="EngineException">A kernel's result is wrong.</exception>
    public static IReadOnlyList<Result> Measure(OpCase testCase, Device device, bool allVersions, double seconds)
    {
        var expected = Expectation.Of(testCase);
        var timed = new List<(string Version, Timing Time)>();
        foreach (string version in testCase.Op.Versions(device, testCase.Inputs).Take(allVersions ? int.MaxValue : 1))
        {
            using var prepared = Prepare(expected, device, version);
            timed.Add((version, Timing.Measure(prepared.Run, device, seconds)));
        }
        return Compare(testCase, timed);
    }

    /// <summary>Versions that were timed, the slowest first.</summary>
    public static IReadOnlyList<Result> Compare(OpCase testCase, IReadOnlyCollection<(string Version, Timing Time)> timed)
    {
        double slowest = timed.Max(t => t.Time.Median);
        return [.. timed.OrderByDescending(t => t.Time.Median).Select(t => new Result(testCase, t.Version, t.Time, slowest / t.Time.Median))];
    }
}
