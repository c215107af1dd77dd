using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Kernels.Tests.Devices;

/// <summary>
/// A device whose memory holds NaN instead of zeros, as a network's memory, which ops share, holds what was there before: an op that leaves a part of its
/// output to luck, or reads scratch that it has not written, is seen. The device itself is not disposed.
/// </summary>
internal sealed class UsedMemory(Device device) : Device
{
    public override string Name => device.Name;
    public override string Description => device.Description;
    public override DeviceKind Kind => device.Kind;
    public override bool HasFastBarriers => device.HasFastBarriers;
    public override int AlignmentInBytes => device.AlignmentInBytes;

    public override MemoryBuffer Allocate(long bytes, string name)
    {
        var buffer = device.Allocate(bytes, name);
        var words = new float[bytes / sizeof(float)];
        Array.Fill(words, float.NaN);
        device.Upload<float>(words, new ArrayView<float>(buffer, 0, words.Length));
        return buffer;
    }

    public override void Upload<T>(ReadOnlySpan<T> source, ArrayView<T> target) => device.Upload(source, target);
    public override void Download<T>(ArrayView<T> source, Span<T> target) => device.Download(source, target);
    public override CommandList Prepare(IReadOnlyList<Launch> launches) => device.Prepare(launches);
    public override void Synchronize() => device.Synchronize();
    public override void Dispose() { }
}
