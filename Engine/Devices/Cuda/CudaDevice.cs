using FcnFromScratch.Engine.Devices.Native;
using static FcnFromScratch.Engine.Devices.Cuda.CudaApi;

namespace FcnFromScratch.Engine.Devices.Cuda;

/// <summary>
/// An NVIDIA GPU through the driver API, its primary context and one stream. Kernels are compiled by NVRTC.
/// </summary>
internal sealed unsafe class CudaDevice : NativeDevice
{
    private readonly CudaPrograms _programs;
    private readonly nint _context;
    private bool _disposed;

    internal CudaDevice(CudaDeviceInfo info, KernelCache cache)
    {
        Info = info;
        _programs = new CudaPrograms(this, cache);
        nint context, stream;
        Check(cuDevicePrimaryCtxRetain(&context, info.Handle), Name, "opening the device");
        _context = context;
        MakeCurrent();
        // A stream of our own: work on the null stream would wait for every other stream, and cannot be captured.
        Check(cuStreamCreate(&stream, StreamNonBlocking), Name, "making its stream");
        Stream = stream;
        Staging = new CudaStaging(this);
    }

    public override string Name => Info.Name;
    public override string Description => Info.Description;
    public override DeviceKind Kind => DeviceKind.Cuda;
    public override int AlignmentInBytes => 256;

    internal CudaDeviceInfo Info { get; }
    internal nint Stream { get; }
    private protected override StagingRing Staging { get; }

    public override MemoryBuffer Allocate(long bytes, string name)
    {
        MakeCurrent();
        nuint size = (nuint)Math.Max(1, bytes);
        nint address;
        int code = cuMemAlloc_v2(&address, size);
        if (code == OutOfMemory)
        {
            nuint free, total;
            Check(cuMemGetInfo_v2(&free, &total), Name, "asking for its free memory");
            throw new DeviceMemoryException(
                $"{Name}: no memory for '{name}': asked {bytes:N0} bytes; {(ulong)free:N0} of {(ulong)total:N0} are free", bytes, (long)free);
        }
        Check(code, Name, $"allocating {bytes:N0} bytes for '{name}'", nameof(cuMemAlloc_v2));
        var buffer = new CudaBuffer(this, address, bytes, name);
        code = cuMemsetD8Async(address, 0, size, Stream);
        if (code != 0) buffer.Dispose();
        Check(code, Name, $"zeroing '{name}'", nameof(cuMemsetD8Async));
        return buffer;
    }

    private protected override void Read(NativeBuffer buffer, long offset, long bytes, void* target)
    {
        Check(cuMemcpyDtoHAsync_v2(target, buffer.Handle + (nint)offset, (nuint)bytes, Stream), Name, $"downloading '{buffer.Name}'");
        Check(cuStreamSynchronize(Stream), Name, $"waiting for the download of '{buffer.Name}'");
    }

    public override CommandList Prepare(IReadOnlyList<Launch> launches)
    {
        MakeCurrent();
        return new CudaCommandList(this, _programs, launches);
    }

    public override void Synchronize()
    {
        MakeCurrent();
        Check(cuStreamSynchronize(Stream), Name, "waiting for the queue");
    }

    public override void Dispose()
    {
        if (_disposed) return;
        if (TryMakeCurrent())
        {
            cuStreamSynchronize(Stream);
            Staging.Free();
            _programs.Dispose();
            cuStreamDestroy_v2(Stream);
        }
        cuDevicePrimaryCtxRelease_v2(Info.Handle);
        _disposed = true;
    }

    /// <summary>The driver keeps the current context by thread, and any thread may call.</summary>
    internal override void MakeCurrent() => Check(cuCtxSetCurrent(_context), Name, "taking up the device");

    /// <summary>For clean-up: false when the device is closed, and with it all that it held is gone.</summary>
    internal bool TryMakeCurrent() => !_disposed && cuCtxSetCurrent(_context) == 0;

    /// <summary>Uploads through page-locked blocks: from those alone a copy is truly asynchronous.</summary>
    private sealed class CudaStaging(CudaDevice device) : StagingRing(blocks: 16)
    {
        protected override nint AllocateBlock(int bytes)
        {
            void* block;
            Check(cuMemAllocHost_v2(&block, (nuint)bytes), device.Name, $"allocating {bytes:N0} bytes of page-locked host memory");
            return (nint)block;
        }

        protected override void Enqueue(nint block, NativeBuffer target, long offset, int bytes, ref nint done)
        {
            if (done == 0)
            {
                nint created;
                Check(cuEventCreate(&created, EventDisableTiming), device.Name, "making an event");
                done = created;
            }
            Check(cuMemcpyHtoDAsync_v2(target.Handle + (nint)offset, (void*)block, (nuint)bytes, device.Stream),
                device.Name, $"uploading to '{target.Name}'");
            Check(cuEventRecord(done, device.Stream), device.Name, "recording an upload");
        }

        protected override void WaitFor(ref nint done)
        {
            if (done != 0) Check(cuEventSynchronize(done), device.Name, "waiting for an upload");
        }

        protected override void FreeBlock(nint block, nint done)
        {
            if (done != 0) cuEventDestroy_v2(done);
            cuMemFreeHost((void*)block);
        }
    }
}
