using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Ops;
using Xunit;

namespace FcnFromScratch.Kernels.Tests;

/// <summary>Every case on every device in every kernel version against the double reference; gradients; refusals.</summary>
public sealed class OpTests
{
    public static TheoryData<string, string, string> Runs()
    {
        var runs = new TheoryData<string, string, string>();
        foreach (var device in TestDevices.All)
            foreach (var testCase in OpCases.All.Where(c => !c.IsBenchmark))
                foreach (string version in testCase.Op.Versions(device, testCase.Inputs))
                    runs.Add(testCase.Name, device.Name, version);
        return runs;
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void Case_matches_the_double_reference(string testCase, string device, string version)
    {
        var comparison = CaseRunner.Test(OpCases.Find(testCase), TestDevices.Find(device), version);
        Assert.True(comparison.Holds, comparison.Message);
    }

    public static TheoryData<string> Differentiable() => [.. OpCases.All.Where(c => c.HasGradient && !c.IsBenchmark).Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Differentiable))]
    public void Gradient_matches_central_differences(string testCase)
    {
        var comparison = GradientCheck.Check(OpCases.Find(testCase));
        Assert.True(comparison.Holds, comparison.Message);
    }

    public static TheoryData<string> Refused() => [.. OpCases.Bad.Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Refused))]
    public void Bad_shapes_are_refused_with_a_clear_line(string name)
    {
        var bad = OpCases.Bad.Single(c => c.Name == name);
        var error = Assert.Throws<ShapeException>(() => bad.Op.Infer(bad.Inputs));
        Assert.Contains(bad.Message, error.Message);
    }

    [Fact]
    public void Case_names_are_unique() =>
        Assert.Empty(OpCases.All.GroupBy(c => c.Name).Where(g => g.Count() > 1).Select(g => g.Key));

    [Fact]
    public void A_wrong_or_missing_value_fails_the_comparison()
    {
        var shape = new Shape(2, 2);
        double[] expected = [1, 2, 3, 4];
        Assert.True(Comparison.Of([1, 2, 3, 4], expected, shape, 1e-6, 1e-6, "y").Holds);
        var wrong = Comparison.Of([1, 2, 3, 4.1f], expected, shape, 1e-6, 1e-6, "y");
        Assert.False(wrong.Holds);
        Assert.Contains("y at [1,1]", wrong.Message);
        Assert.False(Comparison.Of([1, float.NaN, 3, 4], expected, shape, 1e-6, 1e-6, "y").Holds);
    }

    [Fact]
    public void Every_kernel_runs_in_some_case()
    {
        var device = TestDevices.Find("emulator");
        var used = new HashSet<string>();
        foreach (var testCase in OpCases.All.Where(c => !c.IsBenchmark))
            foreach (string version in testCase.Op.Versions(device, testCase.Inputs))
            {
                using var prepared = new PreparedCase(testCase, device, version);
                used.UnionWith(prepared.Launches.Select(l => l.Name));
            }
        Assert.Empty(KernelCatalog.All.Select(k => k.Name).Except(used));
    }
}
