using FcnFromScratch.Engine.Devices.Native;
using static FcnFromScratch.Engine.Devices.OpenCl.OpenClApi;

namespace FcnFromScratch.Engine.Devices.OpenCl;

/// <summary>A cl_mem object, and the sub-buffers that kernels got of it.</summary>
internal sealed unsafe class OpenClBuffer(OpenClDevice device, nint handle, long bytes, string name) : NativeBuffer(device, handle, bytes, name)
{
    private readonly Dictionary<(long, long), nint> _parts = [];

    /// <summary>
    /// The memory object of a view. OpenCL gives no meaning to a kernel that writes through a buffer and its sub-buffer
    /// at once, so only a view of the whole is the buffer itself.
    /// </summary>
    public override nint Argument(long offset, long length)
    {
        if (offset == 0 && length == LengthInBytes) return Handle;
        if (_parts.TryGetValue((offset, length), out nint part)) return part;
        if (offset % Device.AlignmentInBytes != 0)
            throw new EngineException(
                $"{Device.Name}: a view of '{Name}' begins at byte {offset}; as a kernel argument it must begin at a multiple of {Device.AlignmentInBytes}");
        var region = new BufferRegion((nuint)offset, (nuint)length);
        int error;
        part = clCreateSubBuffer(Handle, MemReadWrite, BufferCreateTypeRegion, &region, &error);
        Check(error, Device.Name, $"making a view of bytes {offset} to {offset + length} of '{Name}'", nameof(clCreateSubBuffer));
        _parts.Add((offset, length), part);
        return part;
    }

    protected override void Free()
    {
        foreach (nint part in _parts.Values) clReleaseMemObject(part);
        clReleaseMemObject(Handle);
        device.Freed(LengthInBytes);
    }
}
