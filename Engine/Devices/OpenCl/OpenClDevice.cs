using System.Runtime.InteropServices;
using FcnFromScratch.Engine.Devices.Native;
using FcnFromScratch.Engine.Kernels;
using static FcnFromScratch.Engine.Devices.OpenCl.OpenClApi;

namespace FcnFromScratch.Engine.Devices.OpenCl;

/// <summary>A device with OpenCL C 1.2 and one in-order queue. No optional feature of OpenCL is needed. Not for use from several threads at once.</summary>
public sealed unsafe class OpenClDevice : Device
{
    private readonly OpenClDeviceInfo _info;
    private readonly OpenClPrograms _programs;
    private readonly OpenClStaging _staging;
    private long _allocated;
    private bool _disposed;

    internal OpenClDevice(OpenClDeviceInfo info, KernelCache cache)
    {
        _info = info;
        nint handle = info.Handle;
        int error;
        Context = clCreateContext(null, 1, &handle, 0, 0, &error);
        Check(error, Name, "opening the device", nameof(clCreateContext));
        Queue = clCreateCommandQueue(Context, handle, 0, &error);
        Check(error, Name, "making its queue", nameof(clCreateCommandQueue));
        _programs = new OpenClPrograms(this, cache);
        _staging = new OpenClStaging(this);
    }

    public override string Name => _info.Name;
    public override string Description => _info.Description;
    public override DeviceKind Kind => DeviceKind.OpenCl;
    public override bool HasFastBarriers => _info.IsGpu;
    public override int AlignmentInBytes => _info.AlignmentInBytes;

    internal OpenClDeviceInfo Info => _info;
    internal nint Context { get; }
    internal nint Queue { get; }

    public override MemoryBuffer Allocate(long bytes, string name)
    {
        // Whole patterns of 16 zero bytes, and no buffer of none: OpenCL has no such thing.
        nuint size = (nuint)Math.Max(16, (bytes + 15) & ~15L);
        if (size > _info.MaxAllocation) throw OutOfMemory(bytes, name, "more than the largest buffer");
        int error;
        nint memory = clCreateBuffer(Context, MemReadWrite, size, null, &error);
        if (error == 0)
        {
            long* zeros = stackalloc long[2] { 0, 0 };
            error = clEnqueueFillBuffer(Queue, memory, zeros, 16, 0, size, 0, null, null);
            if (error != 0) clReleaseMemObject(memory);
        }
        if (error is MemObjectAllocationFailure or OutOfResources or OutOfHostMemory or InvalidBufferSize) throw OutOfMemory(bytes, name, NameOf(error));
        Check(error, Name, $"allocating {bytes:N0} bytes for '{name}'", nameof(clCreateBuffer));
        _allocated += bytes;
        return new OpenClBuffer(this, memory, bytes, name);
    }

    public override void Upload<T>(ReadOnlySpan<T> source, ArrayView<T> target)
    {
        Transfer.Check<T>(this, source.Length, target.Length, target.Buffer);
        if (source.Length > 0) _staging.Upload(MemoryMarshal.AsBytes(source), Own(target.Buffer), target.OffsetInBytes);
    }

    public override void Download<T>(ArrayView<T> source, Span<T> target)
    {
        Transfer.Check<T>(this, source.Length, target.Length, source.Buffer);
        if (source.Length == 0) return;
        var buffer = Own(source.Buffer);
        fixed (T* p = target)
            Check(clEnqueueReadBuffer(Queue, buffer.Handle, 1, (nuint)source.OffsetInBytes, (nuint)source.LengthInBytes, p, 0, null, null),
                Name, $"downloading '{buffer.Name}'");
    }

    public override CommandList Prepare(IReadOnlyList<Launch> launches) => new OpenClCommandList(this, _programs, launches);

    public override void Synchronize() => Check(clFinish(Queue), Name, "waiting for the queue");

    public override void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        clFinish(Queue);
        _staging.Free();
        _programs.Dispose();
        clReleaseCommandQueue(Queue);
        clReleaseContext(Context);
    }

    internal OpenClBuffer Own(MemoryBuffer? buffer) => buffer is OpenClBuffer own && own.Device == this ? own
        : throw new EngineException($"{Name}: '{buffer?.Name ?? "a view without memory"}' is not memory of this device");

    internal void Freed(OpenClBuffer buffer) => _allocated -= buffer.LengthInBytes;

    private DeviceMemoryException OutOfMemory(long bytes, string name, string why) => new(
        $"{Name}: no memory for '{name}' ({why}): asked {bytes:N0} bytes; largest buffer {_info.MaxAllocation:N0}, device memory {_info.GlobalMemory:N0}, of which {_allocated:N0} are in use here",
        bytes, Math.Min((long)_info.MaxAllocation, (long)_info.GlobalMemory - _allocated));

    private sealed class OpenClStaging(OpenClDevice device) : StagingRing
    {
        protected override nint AllocateBlock(int bytes) => (nint)NativeMemory.AlignedAlloc((nuint)bytes, 4096);

        protected override void Enqueue(nint block, MemoryBuffer target, long offset, int bytes, ref nint done)
        {
            nint finished;
            Check(clEnqueueWriteBuffer(device.Queue, ((OpenClBuffer)target).Handle, 0, (nuint)offset, (nuint)bytes, (void*)block, 0, null, &finished),
                device.Name, $"uploading to '{target.Name}'");
            done = finished;
        }

        protected override void WaitFor(ref nint done)
        {
            nint finished = done;
            if (finished == 0) return;
            done = 0;
            Check(clWaitForEvents(1, &finished), device.Name, "waiting for an upload");
            clReleaseEvent(finished);
        }

        protected override void FreeBlock(nint block, nint done)
        {
            if (done != 0) clReleaseEvent(done);
            NativeMemory.AlignedFree((void*)block);
        }
    }
}
