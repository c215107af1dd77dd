using System.Globalization;
using System.Runtime.InteropServices;

namespace FcnFromScratch.Engine;

/// <summary>A block of a device's memory. Owned by who allocated it and freed by <see cref="Dispose"/> alone: no finalizer ever frees device memory.</summary>
public abstract class MemoryBuffer(long lengthInBytes, string name) : IDisposable
{
    private static long s_live;
    private bool _disposed;

    /// <summary>What the buffer holds, for error messages.</summary>
    public string Name { get; } = name;

    /// <summary>Bytes.</summary>
    public long LengthInBytes { get; } = lengthInBytes;

    /// <summary>The address in host memory, or 0 where the memory is a device's own.</summary>
    public virtual nint HostPointer => 0;

    /// <summary>Device buffers alive in this process; the leak test counts them.</summary>
    public static long Live => Interlocked.Read(ref s_live);

    /// <summary>To be called by whoever has allocated it.</summary>
    protected void Allocated() => Interlocked.Increment(ref s_live);

    /// <summary>Frees the memory; a second time does nothing.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        Free();
        Interlocked.Decrement(ref s_live);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the memory back to its device.</summary>
    protected abstract void Free();
}

/// <summary>Host memory, 64-byte aligned: the buffers of the cpu and emulator devices, and the local memory of work items.</summary>
internal sealed unsafe class HostBuffer : MemoryBuffer
{
    private void* _pointer;

    /// <exception cref="DeviceMemoryException">
    /// The host has not as much free; without this check it would kill the process while the memory is cleared.
    /// </exception>
    public HostBuffer(long lengthInBytes, string name, string device = "host") : base(lengthInBytes, name)
    {
        // Small buffers are let through: asking the system costs more than they do.
        if (lengthInBytes > 1 << 24 && FreeBytes() is var free && lengthInBytes > free)
            throw new DeviceMemoryException($"{device}: no memory for '{name}': asked {lengthInBytes:N0} bytes; {free:N0} are free", lengthInBytes, free);
        // A few readable bytes past the end let SIMD code load whole vectors at the tail.
        _pointer = NativeMemory.AlignedAlloc((nuint)lengthInBytes + 64, 64);
        NativeMemory.Clear(_pointer, (nuint)lengthInBytes + 64);
        Allocated();
    }

    public override nint HostPointer => (nint)_pointer;

    /// <summary>Bytes that can be had without swapping: what Linux says, elsewhere the process' limit less what it holds.</summary>
    private static long FreeBytes()
    {
        long limit = Math.Max(0, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes - Environment.WorkingSet);
        const string path = "/proc/meminfo", key = "MemAvailable:";
        string? line = File.Exists(path) ? File.ReadLines(path).FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal)) : null;
        if (line is null) return limit;
        long kilobytes = long.Parse(line[key.Length..].Replace("kB", "").Trim(), CultureInfo.InvariantCulture);
        return Math.Min(limit, 1024 * kilobytes);
    }

    protected override void Free()
    {
        NativeMemory.AlignedFree(_pointer);
        _pointer = null;
    }
}
