using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Kernels.Tests.Devices;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Compiler;

/// <summary>Atomics as C# and as translated, on every device: each acts on a whole value, and tells what was there before.</summary>
public sealed class AtomicTests
{
    [Theory, OnDevice("cpu"), OnDevice("emulator"), OnDevice("opencl"), OnDevice("cuda")]
    public void Atomics_of_both_types_lose_nothing(string name)
    {
        const int items = 20_000;
        using var device = DeviceList.Open(name);
        using var memory = device.Allocate(2 * 1024 + items * sizeof(int), "memory");
        var x = new ArrayView<int>(memory, 0, 7);
        var u = new ArrayView<uint>(memory, 1024, 7);
        var seen = new ArrayView<int>(memory, 2048, items);
        device.Upload<int>([0, int.MinValue, int.MaxValue, 0, 0, 0, 0], x);
        device.Upload<uint>([0, 0, uint.MaxValue, 0, 0, 0, 0], u);
        using (var list = device.Prepare([Harness.Launch(TestKernels.Assembly, "Trial.AtomicKernels+AllLaunch", (Index1D)items, x, u, seen)])) list.Run();

        var (signed, unsigned, places) = (new int[7], new uint[7], new int[items]);
        device.Download(x, signed.AsSpan());
        device.Download(u, unsigned.AsSpan());
        device.Download(seen, places.AsSpan());
        Assert.Equal([items, 50, -50, -1, 1, 1, 1], signed);
        Assert.All(places, count => Assert.Equal(1, count));

        uint sum = 0;
        for (int i = 0; i < items; i++) sum += 0xFFFFFFF0u - (uint)(i * 7 % 101);
        Assert.InRange(unsigned[3], 0xFFFFFFF0u - 100, 0xFFFFFFF0u); // whose value came first is nobody's business
        Assert.Equal([sum, 0xFFFFFFF0u, 0xFFFFFFF0u - 100, unsigned[3], 1, 0xFFFFFFFFu, 1], unsigned);
    }
}
