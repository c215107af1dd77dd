using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Ops;

public sealed class GaussianKernelTests
{
    public static TheoryData<string> Devices() => [.. TestDevices.All.Select(d => d.Name)];

    /// <summary>All pairs of a row or a sample with a value that is not computed with, and no others.</summary>
    [Theory]
    [MemberData(nameof(Devices))]
    public void What_is_not_exact_is_no_number(string deviceName)
    {
        var device = TestDevices.Find(deviceName);
        var testCase = OpCases.Find("gaussian_kernel of pictures");
        int depth = testCase.Inputs[1].Shape[1], samples = testCase.Inputs[1].Shape[0];
        foreach (string version in testCase.Op.Versions(device, testCase.Inputs))
        {
            // A kernel that does not fall with the distance is none.
            foreach (double gamma in new[] { 0, -0.01, double.NaN })
                Assert.Equal(testCase.Inputs[0].Shape.Batch * samples, NotNumbers(2, 0, gamma).Count());
            foreach (double value in new[] { 0.5, 128, -129, 1e30, double.NaN })
            {
                Assert.Equal(Enumerable.Range(2 * samples, samples), NotNumbers(0, 2 * depth + 4, value));
                Assert.Equal(Enumerable.Range(0, testCase.Inputs[0].Shape.Batch).Select(row => row * samples + 3), NotNumbers(1, 3 * depth + 7, value));
            }

            IEnumerable<int> NotNumbers(int input, int at, double other)
            {
                var inputs = CaseRunner.Inputs(testCase);
                inputs[input].Values[at] = other;
                using var prepared = new PreparedCase(testCase, device, version, inputs);
                prepared.Run();
                return prepared.Bits(0).Index().Where(b => float.IsNaN(BitConverter.Int32BitsToSingle(b.Item))).Select(b => b.Index);
            }
        }
    }
}
