using FcnFromScratch.Engine;
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
}
