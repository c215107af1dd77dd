namespace FcnFromScratch.Engine.Devices.Native;

/// <summary>Memory that a driver holds.</summary>
internal abstract class NativeBuffer : MemoryBuffer
{
    /// <param name="handle">Owned by the buffer from here on.</param>
    protected NativeBuffer(NativeDevice device, nint handle, long bytes, string name) : base(bytes, name)
    {
        Device = device;
        Handle = handle;
        Allocated();
    }

    public NativeDevice Device { get; }

    /// <summary>What the driver calls it: a cl_mem, or a CUdeviceptr.</summary>
    public nint Handle { get; }

    /// <summary>What a kernel gets for a view of the bytes [offset, offset + length).</summary>
    public abstract nint Argument(long offset, long length);
}
