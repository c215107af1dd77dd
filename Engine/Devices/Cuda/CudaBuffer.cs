using FcnFromScratch.Engine.Devices.Native;
using static FcnFromScratch.Engine.Devices.Cuda.CudaApi;

namespace FcnFromScratch.Engine.Devices.Cuda;

/// <summary>Memory of a CUDA device, from cuMemAlloc.</summary>
internal sealed class CudaBuffer(CudaDevice device, nint address, long bytes, string name) : NativeBuffer(device, address, bytes, name)
{
    public override nint Argument(long offset, long length) => Handle + (nint)offset;

    /// <summary>cuMemFree itself waits for the work that still uses the memory.</summary>
    protected override void Free()
    {
        if (device.TryMakeCurrent()) cuMemFree_v2(Handle);
    }
}
