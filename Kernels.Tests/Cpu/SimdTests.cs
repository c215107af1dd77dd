using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Ops;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Cpu;

/// <summary>
/// What the SIMD versions of all cases promise: right whatever the memory held before and nothing written outside, the same bits for any number of threads
/// and any width of registers, and nothing allocated.
/// </summary>
public sealed class SimdTests
{
    public static TheoryData<string> Cases()
    {
        using var device = new CpuDevice(1);
        return [.. OpCases.All.Where(c => !c.IsBenchmark && c.Op.Versions(device, c.Inputs).Contains("simd")).Select(c => c.Name)];
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Is_right_and_gives_the_same_bits_for_any_number_of_threads_and_any_width(string name)
    {
        var testCase = OpCases.Find(name);
        var (inputs, outputs) = References.Of(testCase);
        int[][]? first = null;
        foreach (int threads in new[] { 1, 2, 3 })
        {
            using var device = new CpuDevice(threads);
            foreach (string version in testCase.Op.Versions(device, testCase.Inputs).Where(v => SimdWidth.Of(v) is not null))
            {
                using var prepared = new PreparedCase(testCase, device, version, inputs);
                var result = prepared.RunVerified(inputs, outputs);
                Assert.True(result.Holds, $"{version} with {threads} threads: {result.Message}");
                int[][] bits = [.. Enumerable.Range(0, prepared.Outputs).Select(prepared.Bits)];
                first ??= bits;
                for (int output = 0; output < bits.Length; output++)
                    Assert.True(first[output].AsSpan().SequenceEqual(bits[output]), $"{version} with {threads} threads: output {output} has other bits");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_run_after_the_first_allocates_nothing(string name)
    {
        // One thread, so that this one does all parts and its count is the whole.
        using var device = new CpuDevice(1);
        var testCase = OpCases.Find(name);
        using var prepared = new PreparedCase(testCase, device, "simd");
        prepared.Run();
        // The runtime may allocate when it compiles a loop anew while that runs: the least of some runs is the code's own.
        long least = long.MaxValue;
        for (int run = 0; run < 5 && least > 0; run++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            prepared.Run();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.Equal(0, least);
    }

    [Fact]
    public void The_widest_registers_come_first_and_each_width_is_a_version()
    {
        Assert.Equal(SimdWidth.Available.OrderByDescending(w => w.Bits), SimdWidth.Available);
        Assert.Equal(SimdWidth.Available, SimdWidth.Versions.Select(v => SimdWidth.Of(v)!.Value));
        Assert.Null(SimdWidth.Of("kernel"));
    }
}
