using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FcnFromScratch.Data;

/// <summary>Writes NumPy's .npy files; <see cref="NpyReader"/> reads them.</summary>
public static class Npy
{
    /// <summary>Writes an array of <c>float</c>, <c>byte</c>, <c>int</c>, <c>long</c> or <c>double</c> in C order.</summary>
    public static void Write<T>(string path, ReadOnlySpan<T> values, params ReadOnlySpan<int> shape) where T : unmanaged
    {
        long count = 1;
        foreach (int side in shape) count = checked(count * side);
        if (count != values.Length)
            throw new ArgumentException($"shape ({string.Join(", ", shape.ToArray())}) has {count} elements, {values.Length} were given");
        byte[] header = Header<T>(shape);
        unsafe
        {
            fixed (T* first = values)
            {
                var (address, length) = ((nint)first, (long)values.Length * sizeof(T));
                AtomicFile.Write(path, stream =>
                {
                    stream.Write(header);
                    for (long at = 0; at < length; at += 1 << 20)
                        stream.Write(new ReadOnlySpan<byte>((byte*)address + at, (int)Math.Min(1 << 20, length - at)));
                });
            }
        }
    }

    /// <summary>Writes an array that comes in parts, in any order: it may be larger than memory.</summary>
    /// <param name="write">Gives each element once.</param>
    public static void Write<T>(string path, int[] shape, Action<NpyWriter<T>> write) where T : unmanaged
    {
        byte[] header = Header<T>(shape);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            var writer = new NpyWriter<T>(stream, path, header.Length);
            write(writer);
            long count = shape.Aggregate(1L, (product, side) => product * side);
            if (writer.Count != count) throw new InvalidOperationException($"'{path}' has {count} elements, {writer.Count} were written");
        });
    }

    private static byte[] Header<T>(ReadOnlySpan<int> shape) where T : unmanaged => NpyHeader.Write(default(T) switch
    {
        float => NpyType.Float32,
        double => NpyType.Float64,
        byte => NpyType.UInt8,
        int => NpyType.Int32,
        long => NpyType.Int64,
        _ => throw new ArgumentException($"elements of type {typeof(T).Name} are not written"),
    }, shape);
}

/// <summary>An .npy file that is being written.</summary>
public sealed class NpyWriter<T> where T : unmanaged
{
    private readonly Stream _stream;
    private readonly string _path;
    private readonly long _start;
    private long _next;

    internal NpyWriter(Stream stream, string path, long start) => (_stream, _path, _start) = (stream, path, start);

    /// <summary>Elements written.</summary>
    internal long Count { get; private set; }

    /// <summary>Writes elements from <paramref name="at"/> on, counted in C order.</summary>
    /// <exception cref="DataException">Other elements are next, and the file is a pipe or a device.</exception>
    public void Write(long at, ReadOnlySpan<T> values)
    {
        // A seek would empty the buffer even where it goes nowhere.
        if (at != _next && !_stream.CanSeek) throw new DataException($"'{_path}' is a pipe, and this array does not come in order; name a file.");
        if (at != _next) _stream.Position = _start + at * Unsafe.SizeOf<T>();
        _stream.Write(MemoryMarshal.AsBytes(values));
        _next = at + values.Length;
        Count += values.Length;
    }
}

/// <summary>Conversions between the element types of files and of programs.</summary>
internal static class NpyConvert
{
    public static int SizeOf(NpyType type) => type switch
    {
        NpyType.Int64 or NpyType.Float64 => 8,
        NpyType.Int32 or NpyType.Float32 => 4,
        _ => 1,
    };

    /// <summary>False when an integer type cannot hold a value exactly; says which.</summary>
    public static bool TryConvert<T>(NpyType type, ReadOnlySpan<byte> source, Span<T> target, out int at, out string value) where T : unmanaged, INumber<T>
    {
        switch (type)
        {
            case NpyType.Int8: return TryConvert(MemoryMarshal.Cast<byte, sbyte>(source), target, out at, out value);
            case NpyType.Int32: return TryConvert(MemoryMarshal.Cast<byte, int>(source), target, out at, out value);
            case NpyType.Int64: return TryConvert(MemoryMarshal.Cast<byte, long>(source), target, out at, out value);
            case NpyType.Float32: return TryConvert(MemoryMarshal.Cast<byte, float>(source), target, out at, out value);
            case NpyType.Float64: return TryConvert(MemoryMarshal.Cast<byte, double>(source), target, out at, out value);
            default: return TryConvert(source, target, out at, out value);
        }
    }

    private static bool TryConvert<TFrom, T>(ReadOnlySpan<TFrom> source, Span<T> target, out int at, out string value)
        where TFrom : unmanaged, INumber<TFrom> where T : unmanaged, INumber<T>
    {
        (at, value) = (0, "");
        if (typeof(TFrom) == typeof(T))
        {
            MemoryMarshal.Cast<TFrom, T>(source).CopyTo(target);
            return true;
        }
        bool mustBeExact = typeof(T) != typeof(float) && typeof(T) != typeof(double);
        for (int i = 0; i < source.Length; i++)
        {
            target[i] = T.CreateSaturating(source[i]);
            if (!mustBeExact || TFrom.CreateSaturating(target[i]) == source[i]) continue;
            (at, value) = (i, $"{source[i]}");
            return false;
        }
        return true;
    }
}
