using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Devices;

/// <summary>A device whose memory is the host's: copies are plain copies, nothing is queued, and a barrier costs each of its threads some 10 µs.</summary>
internal abstract class HostDevice : Device
{
    public sealed override bool HasFastBarriers => false;

    public sealed override MemoryBuffer Allocate(long bytes, string name) => new HostBuffer(bytes, name, Name);

    public sealed override void Upload<T>(ReadOnlySpan<T> source, ArrayView<T> target)
    {
        Transfer.Check<T>(this, source.Length, target.Length, target.Buffer);
        source.CopyTo(target.AsSpan());
    }

    public sealed override void Download<T>(ArrayView<T> source, Span<T> target)
    {
        Transfer.Check<T>(this, source.Length, target.Length, source.Buffer);
        source.AsSpan().CopyTo(target);
    }

    public sealed override void Synchronize() { }
}
