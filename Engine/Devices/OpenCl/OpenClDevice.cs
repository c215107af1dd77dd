using System.Runtime.InteropServices;
using FcnFromScratch.Engine.Devices.Native;
using static FcnFromScratch.Engine.Devices.OpenCl.OpenClApi;

namespace FcnFromScratch.Engine.Devices.OpenCl;

/// <summary>A device with OpenCL C 1.2 and one in-order queue. No optional feature of OpenCL is needed.</summary>
internal sealed unsafe class OpenClDevice : NativeDevice
{
    private readonly OpenClPrograms _programs;
    private long _allocated;
    private bool _disposed;

    internal OpenClDevice(OpenClDeviceInfo info, KernelCache cache)
    {
        Info = info;
        nint handle = info.Handle;
        int error;
        Context = clCreateContext(null, 1, &handle, 0, 0, &error);
        Check(error, Name, "opening the device", nameof(clCreateContext));
        Queue = clCreateCommandQueue(Context, handle, 0, &error);
        Check(error, Name, "making its queue", nameof(clCreateCommandQueue));
        _programs = new OpenClPrograms(this, cache);
        Staging = new OpenClStaging(this);
    }

    public override string Name => Info.Name;
    public override string Description => Info.Description;
    public override DeviceKind Kind => DeviceKind.OpenCl;
    public override bool HasFastBarriers => Info.IsGpu;
    public override int AlignmentInBytes => Info.AlignmentInBytes;

    internal OpenClDeviceInfo Info { get; }
    internal nint Context { get; }
    internal nint Queue { get; }
    private protected override StagingRing Staging { get; }

    public override MemoryBuffer Allocate(long bytes, string name)
    {
        // Whole patterns of 16 zero bytes, and no buffer of none: OpenCL has no such thing.
        nuint size = (nuint)Math.Max(16, (bytes + 15) & ~15L);
        if (size > Info.MaxAllocation) throw OutOfMemory(bytes, name, "more than the largest buffer");
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

    private protected override void Read(NativeBuffer buffer, long offset, long bytes, void* target) =>
        Check(clEnqueueReadBuffer(Queue, buffer.Handle, 1, (nuint)offset, (nuint)bytes, target, 0, null, null), Name, $"downloading '{buffer.Name}'");

    public override CommandList Prepare(IReadOnlyList<Launch> launches) => new OpenClCommandList(this, _programs, launches);

    public override void Synchronize() => Check(clFinish(Queue), Name, "waiting for the queue");

    public override void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        clFinish(Queue);
        Staging.Free();
        _programs.Dispose();
        clReleaseCommandQueue(Queue);
        clReleaseContext(Context);
    }

    internal void Freed(long bytes) => _allocated -= bytes;

    private DeviceMemoryException OutOfMemory(long bytes, string name, string why) => new(
        $"{Name}: no memory for '{name}' ({why}): asked {bytes:N0} bytes; largest buffer {Info.MaxAllocation:N0}, "
            + $"device memory {Info.GlobalMemory:N0}, of which {_allocated:N0} are in use here",
        bytes, Math.Min((long)Info.MaxAllocation, (long)Info.GlobalMemory - _allocated));

    private sealed class OpenClStaging(OpenClDevice device) : StagingRing
    {
        protected override nint AllocateBlock(int bytes) => (nint)NativeMemory.AlignedAlloc((nuint)bytes, 4096);

        protected override void Enqueue(nint block, NativeBuffer target, long offset, int bytes, ref nint done)
        {
            nint finished;
            Check(clEnqueueWriteBuffer(device.Queue, target.Handle, 0, (nuint)offset, (nuint)bytes, (void*)block, 0, null, &finished),
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
