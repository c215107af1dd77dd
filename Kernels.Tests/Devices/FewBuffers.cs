using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Kernels.Tests.Devices;

/// <summary>A device that has memory for so many buffers and no more. The device itself is not disposed.</summary>
internal sealed class FewBuffers(Device device, int buffers) : Device
{
    private int _left = buffers;

    public override string Name => device.Name;
    public override string Description => device.Description;
    public override DeviceKind Kind => device.Kind;
    public override bool HasFastBarriers => device.HasFastBarriers;
    public override int AlignmentInBytes => device.AlignmentInBytes;

    public override MemoryBuffer Allocate(long bytes, string name) =>
        _left-- > 0 ? device.Allocate(bytes, name) : throw new DeviceMemoryException($"no memory for '{name}'", bytes, 0);

    public override void Upload<T>(ReadOnlySpan<T> source, ArrayView<T> target) => device.Upload(source, target);
    public override void Download<T>(ArrayView<T> source, Span<T> target) => device.Download(source, target);
    public override CommandList Prepare(IReadOnlyList<Launch> launches) => device.Prepare(launches);
    public override void Synchronize() => device.Synchronize();
    public override void Dispose() { }
}
