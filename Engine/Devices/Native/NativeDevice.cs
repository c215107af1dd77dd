using System.Runtime.InteropServices;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Devices.Native;

/// <summary>A device behind a driver, OpenCL's or CUDA's: its memory is its own, and copies are queued. Not for use from several threads at once.</summary>
internal abstract unsafe class NativeDevice : Device
{
    private protected NativeDevice() { }

    private protected abstract StagingRing Staging { get; }

    public sealed override void Upload<T>(ReadOnlySpan<T> source, ArrayView<T> target)
    {
        Transfer.Check<T>(this, source.Length, target.Length, target.Buffer);
        if (source.Length == 0) return;
        var buffer = Own(target.Buffer);
        MakeCurrent();
        Staging.Upload(MemoryMarshal.AsBytes(source), buffer, target.OffsetInBytes);
    }

    public sealed override void Download<T>(ArrayView<T> source, Span<T> target)
    {
        Transfer.Check<T>(this, source.Length, target.Length, source.Buffer);
        if (source.Length == 0) return;
        var buffer = Own(source.Buffer);
        MakeCurrent();
        fixed (T* p = target) Read(buffer, source.OffsetInBytes, source.LengthInBytes, p);
    }

    /// <summary>Waits for the queue, then copies bytes of a buffer to the host.</summary>
    private protected abstract void Read(NativeBuffer buffer, long offset, long bytes, void* target);

    /// <summary>Readies the calling thread for calls of the driver.</summary>
    internal virtual void MakeCurrent() { }

    internal NativeBuffer Own(MemoryBuffer? buffer) => buffer is NativeBuffer own && own.Device == this ? own
        : throw new EngineException($"{Name}: '{buffer?.Name ?? "a view without memory"}' is not memory of this device");
}
