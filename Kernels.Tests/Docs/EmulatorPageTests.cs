using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.Emulator;
using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Kernels.Tests.Devices;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Docs;

/// <summary>The mistakes of docs/emulator.md, made for real: the page prints what the emulator says.</summary>
public sealed class EmulatorPageTests : IDisposable
{
    private readonly EmulatorDevice _device = new();

    public void Dispose() => _device.Dispose();

    private void Prints(KernelLaunch launch)
    {
        using var list = _device.Prepare([launch]);
        Assert.Contains($"\n{Assert.Throws<KernelFaultException>(list.Run).Message}\n", Page.At("docs/emulator.md").Text.Replace("\r", ""));
    }

    [Fact]
    public void An_index_outside()
    {
        using var a = _device.Allocate(12 * sizeof(float), "a");
        using var b = _device.Allocate(12 * sizeof(float), "b");
        using var y = _device.Allocate(12 * sizeof(float), "y");
        // One work item more than there are elements.
        Prints(new SkipAddKernels.AddLaunch(13, new(y, 0, 12), new(a, 0, 12), new(b, 0, 12)));
    }

    [Fact]
    public void A_barrier_that_some_items_never_reach() => Prints(TextLaunch.Groups(1, 64, () =>
    {
        ArrayView<float> tile = SharedMemory.Allocate<float>(64);
        if (Group.IdxX >= 60) return;
        tile[Group.IdxX] = Group.IdxX;
        Group.Barrier();
    }));
}
