using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Ops;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Ops;

public sealed class KNearestTests
{
    public static TheoryData<string> Devices() => [.. TestDevices.All.Select(d => d.Name)];

    /// <summary>Rounded to a byte, or taken for a nearer sample than there is, it would be an answer that nobody could tell from a right one.</summary>
    [Theory]
    [MemberData(nameof(Devices))]
    public void What_is_not_exact_is_no_number(string deviceName)
    {
        var device = TestDevices.Find(deviceName);
        var testCase = OpCases.Find("k_nearest 2 of fewer than a register, ties to the nearest");
        int queries = testCase.Inputs[0].Shape[0];
        foreach (string version in testCase.Op.Versions(device, testCase.Inputs))
        {
            bool[] Rows(int input, int at, double value)
            {
                var inputs = CaseRunner.Inputs(testCase);
                inputs[input].Values[at] = value;
                using var prepared = new PreparedCase(testCase, device, version, inputs);
                prepared.Run();
                bool[] isNaN = [.. prepared.Bits(0).Chunk(3).Select(row => row.All(score => float.IsNaN(BitConverter.Int32BitsToSingle(score))))];
                Assert.Equal(CaseRunner.Reference(testCase, inputs)[0].Values.Chunk(3).Select(row => row.All(double.IsNaN)), isNaN);
                return isNaN;
            }

            foreach (double value in new[] { 0.5, 128, -129, 1e30, double.NegativeInfinity, double.NaN })
            {
                Assert.True(Rows(0, 17 + 4, value).SequenceEqual([false, true, false]), $"{version}: {value} in query 1");
                Assert.True(Rows(1, 3 * 17 + 16, value).SequenceEqual(Enumerable.Repeat(true, queries)), $"{version}: {value} in sample 3");
            }
            foreach (double label in new[] { -1, 3, 0.5, 1e30, double.NaN })
                Assert.True(Rows(2, 4, label).SequenceEqual(Enumerable.Repeat(true, queries)), $"{version}: label {label}");
            Assert.DoesNotContain(true, Rows(0, 17 + 4, 127));
        }
    }

    /// <summary>Samples that fill their slices leave no list that nobody writes: the zeros in it would be the nearest of all.</summary>
    [Fact]
    public void After_whole_slices_comes_nothing()
    {
        const int count = 8192;
        using var device = new CpuDevice(2);
        var graph = new Graph(training: false);
        Tensor x = graph.Input("x", new Shape(1, 1)), samples = graph.Input("samples", new Shape(count, 1)), labels = graph.Input("labels", new Shape(count));
        var y = graph.Apply(new KNearest(1, 2, TieRule.Smallest), "y", x, samples, labels);
        using var variables = new VariableStore(device, graph, seed: null);
        using var compiled = new CompiledGraph(graph, variables, [y]);
        compiled.Upload<float>(x, [5]);
        compiled.Upload<float>(samples, [.. Enumerable.Repeat(100f, count - 1), 6]);
        compiled.Upload<float>(labels, [.. new float[count - 1], 1]);
        compiled.Run();
        float[] scores = new float[2];
        compiled.Download<float>(y, scores);
        Assert.Equal([0, 1], scores);
    }
}
