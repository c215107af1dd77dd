using static FcnFromScratch.Engine.Devices.Cuda.CudaApi;

namespace FcnFromScratch.Engine.Devices.Cuda;

/// <summary>Memory of a CUDA device.</summary>
internal sealed class CudaBuffer : MemoryBuffer
{
    /// <param name="address">From cuMemAlloc; owned by the buffer from here on.</param>
    public CudaBuffer(CudaDevice device, ulong address, long bytes, string name) : base(bytes, name)
    {
        Device = device;
        Address = address;
        Allocated();
    }

    public CudaDevice Device { get; }
    public ulong Address { get; }

    /// <summary>cuMemFree itself waits for the work that still uses the memory.</summary>
    protected override void Free()
    {
        if (Device.TryMakeCurrent()) cuMemFree_v2(Address);
    }
}
