using System.IO.MemoryMappedFiles;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace FcnFromScratch.Data;

/// <summary>
/// Reads an .npy file by rows (slices of the first dimension), so that a file may be far larger than memory.
/// A plain file is memory-mapped, only the rows asked for at a time; a gzip file, an array of an .npz or a pipe is read forwards, unpacked on the way.
/// </summary>
public sealed class NpyReader : IDisposable
{
    // A header cannot ask for more memory than this before any data has come; a plain file's length is known to justify its rows.
    private const int MaxStreamedRow = 1 << 24;

    private const int ChunkBytes = 1 << 17;

    private readonly Func<DataStream> _open;
    private readonly NpyHeader _header;
    private readonly MemoryMappedFile? _map;
    private DataStream? _stream;
    private long _nextRow;
    private byte[] _buffer = [];

    /// <exception cref="DataException">The file is missing, truncated, no plain array, has no rows, or is packed or a pipe in Fortran order.</exception>
    public NpyReader(string path) : this(path, () => DataStream.Open(path)) { }

    /// <param name="path">The file, or for messages what <paramref name="open"/> opens.</param>
    /// <param name="open">The content from its beginning, each time it is called.</param>
    internal NpyReader(string path, Func<DataStream> open)
    {
        (Path, _open) = (path, open);
        _stream = open();
        try
        {
            _header = NpyHeader.Read(_stream);
            if (Shape.Count == 0) throw new DataException($"'{path}' holds a single number; an array was expected.");
            RowLength = Rows == 0 ? 0 : _header.ElementCount / Rows;
            long rowBytes = RowLength * _header.ElementSize, limit = _stream.IsPacked ? MaxStreamedRow : Array.MaxLength;
            if (rowBytes > limit)
                throw new DataException($"'{path}' has rows of {rowBytes} bytes; at most {limit} are read{(_stream.IsPacked ? " of packed data" : "")}.");
            if (_stream.OnDisk is null && _header.IsFortran)
            {
                throw new DataException($"'{path}' is {(_stream.IsPacked ? "packed" : "a pipe")} and in Fortran order, so its rows are spread over "
                    + $"the whole array; {(_stream.IsPacked ? "unpack it" : "write it to a file")}, or save it in C order.");
            }
            long expected = _header.DataOffset + _header.ByteCount, there = _stream.Length ?? expected;
            if (there < expected)
                throw new DataException($"'{path}' is truncated: an array of shape {ShapeText} needs {expected} bytes, {there} are there.");
            if (there > expected) throw new DataException($"'{path}' goes on after the array: {there} bytes, shape {ShapeText} needs {expected}.");
            if (_stream.OnDisk is not { } file) return;
            if (_header.ByteCount == 0) file.Dispose();
            else _map = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
            _stream = null;
        }
        catch (Exception e)
        {
            _stream?.Dispose();
            if (e is IOException or UnauthorizedAccessException) throw new DataException($"'{path}' cannot be read: {e.Message}", e);
            throw;
        }
    }

    public string Path { get; }

    public IReadOnlyList<int> Shape => _header.Shape;

    public int Rows => Shape[0];

    /// <summary>Elements of a row.</summary>
    public long RowLength { get; }

    /// <summary>Whether the elements are bytes, 0 … 255.</summary>
    public bool HoldsBytes => _header.Type == NpyType.UInt8;

    /// <summary>Whether the elements are floating-point numbers.</summary>
    public bool HoldsFloats => _header.Type is NpyType.Float32 or NpyType.Float64;

    /// <summary>Whether the elements are true or false.</summary>
    public bool HoldsTruths => _header.Type == NpyType.Bool;

    public string ShapeText => $"({string.Join(", ", Shape)})";

    /// <summary>
    /// Reads rows <paramref name="first"/> … <paramref name="first"/> + <paramref name="count"/> − 1 into <paramref name="target"/>,
    /// <paramref name="count"/>·<see cref="RowLength"/> elements in C order. Integers must hold each value exactly; floating point rounds.
    /// </summary>
    /// <exception cref="DataException">The data ends early or is damaged, or a value does not fit.</exception>
    public void ReadRows<T>(int first, int count, Span<T> target) where T : unmanaged, INumber<T>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)first + count, Rows);
        int elements = checked((int)(count * RowLength)), size = _header.ElementSize;
        ArgumentOutOfRangeException.ThrowIfNotEqual(target.Length, elements);
        if (elements == 0) return;
        if (_buffer.Length < (long)elements * size) _buffer = new byte[checked(elements * size)];
        var bytes = _buffer.AsSpan(0, elements * size);
        if (_map is null) ReadStreamed(first, count, bytes);
        else if (_header.IsFortran) GatherMapped(first, count, bytes);
        else CopyMapped(first * RowLength * size, bytes);
        if (NpyConvert.TryConvert(_header.Type, bytes, target, out int at, out string value)) return;
        throw new DataException($"'{Path}', row {first + at / RowLength}: the value {value} at element {at % RowLength} "
            + $"does not fit type {typeof(T).Name}.");
    }

    /// <summary>All rows, read about <see cref="ChunkBytes"/> at a time. For packed data the array grows with the rows that come.</summary>
    public T[] ReadAll<T>() where T : unmanaged, INumber<T>
    {
        long total = RowLength * Rows;
        if (total > Array.MaxLength) throw new DataException($"'{Path}' has {total} elements; at most {Array.MaxLength} fit in memory at once.");
        if (total == 0) return [];
        if (_stream is { } packed && total * Unsafe.SizeOf<T>() is var bytes && DataStream.UnpackedLimit(packed.StoredLength) is var limit && bytes > limit)
        {
            throw new DataException($"'{Path}' holds an array of {bytes} bytes in a file of {packed.StoredLength}, over the limit of {limit}; "
                + "unpack the file first if it is genuine.");
        }
        int row = (int)RowLength, chunk = (int)Math.Clamp(ChunkBytes / (RowLength * Math.Max(_header.ElementSize, Unsafe.SizeOf<T>())), 1, Rows);
        var all = new T[_stream is null ? (int)total : chunk * row];
        for (int first = 0, count; first < Rows; first += count)
        {
            count = Math.Min(chunk, Rows - first);
            int end = (first + count) * row;
            if (all.Length < end) Array.Resize(ref all, (int)Math.Min(total, Math.Max(end, 2L * all.Length)));
            ReadRows(first, count, all.AsSpan(first * row, count * row));
        }
        return all;
    }

    public void Dispose()
    {
        _stream?.Dispose();
        _map?.Dispose();
    }

    // Each call maps its rows and lets them go, so that the pages of a large file do not pile up.
    private void CopyMapped(long offset, Span<byte> target)
    {
        using var view = _map!.CreateViewAccessor(_header.DataOffset + offset, target.Length, MemoryMappedFileAccess.Read);
        view.SafeMemoryMappedViewHandle.ReadSpan((ulong)view.PointerOffset, target);
    }

    // In Fortran order element (r, i1, i2, …) lies at r + Rows·(i1 + side1·(i2 + …)): one row is a walk with stride Rows.
    private void GatherMapped(int first, int count, Span<byte> target)
    {
        int size = _header.ElementSize;
        using var view = _map!.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        var handle = view.SafeMemoryMappedViewHandle;
        Span<int> index = stackalloc int[Shape.Count];
        for (int at = 0, row = first; row < first + count; row++)
        {
            index.Clear();
            for (long i = 0; i < RowLength; i++, at += size)
            {
                long column = 0;
                for (int d = Shape.Count - 1; d >= 1; d--) column = column * Shape[d] + index[d];
                long offset = _header.DataOffset + (row + Rows * column) * size;
                handle.ReadSpan((ulong)(view.PointerOffset + offset), target.Slice(at, size));
                for (int d = Shape.Count - 1; d >= 1 && ++index[d] == Shape[d]; d--) index[d] = 0;
            }
        }
    }

    private void ReadStreamed(int first, int count, Span<byte> target)
    {
        if (first < _nextRow)
        {
            _stream!.Dispose();
            _stream = _open();
            NpyHeader.Read(_stream);
            _nextRow = 0;
        }
        int rowBytes = checked((int)(RowLength * _header.ElementSize));
        for (; _nextRow < first; _nextRow++) _stream!.ReadExactly(target[..rowBytes], $"row {_nextRow} of {Rows}");
        _stream!.ReadExactly(target, $"rows {first} to {first + count - 1} of {Rows}");
        _nextRow = first + count;
        if (_nextRow == Rows) _stream.ExpectEnd("the array");
    }
}
