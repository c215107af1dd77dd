using System.IO.Compression;

namespace FcnFromScratch.Data;

/// <summary>
/// The content of a file, or of an entry of a zip archive, for the readers: every failure is a <see cref="DataException"/>,
/// and memory is taken only for bytes that are there.
/// </summary>
/// <param name="path">For messages.</param>
/// <param name="content">Read forwards.</param>
/// <param name="storedLength">Bytes of the file on disk.</param>
/// <param name="isPacked">Compressed or in an archive, so that the bytes of the file are not the content's.</param>
/// <param name="length">Bytes of the content, where they are known before they have come.</param>
/// <param name="checksum">CRC-32 that the content should have, checked by <see cref="ExpectEnd"/>.</param>
/// <param name="archive">Disposed with the stream.</param>
internal sealed class DataStream(
    string path, Stream content, long storedLength, bool isPacked, long? length = null, uint? checksum = null, IDisposable? archive = null) : IDisposable
{
    private uint _checksum;

    /// <summary>
    /// Bytes of compressed content that are held in memory: a hundred times the file, and 64 MiB at least, so that a small file cannot fill
    /// the machine. Masks of digits, the best packed of genuine data, reach a ratio of 60.
    /// </summary>
    public static long UnpackedLimit(long storedLength) => Math.Max(64L << 20, storedLength * 100);

    public string Path => path;

    public bool IsPacked => isPacked;

    public long? Length => length;

    public long StoredLength => storedLength;

    /// <summary>Pixels that a picture in it may have, where that is fewer than any picture may.</summary>
    public int MostPixels { get; init; } = int.MaxValue;

    /// <summary>The file, where it lies on disk as it is read: then it can be mapped into memory.</summary>
    public FileStream? OnDisk => content as FileStream;

    private long MemoryLimit => isPacked ? UnpackedLimit(storedLength) : storedLength;

    /// <summary>Opens a plain or gzip file; gzip is told by its first two bytes, not by the name.</summary>
    public static DataStream Open(string path)
    {
        var file = InputFile.Open(path);
        try
        {
            bool isGzip = file.ReadByte() == 0x1f && file.ReadByte() == 0x8b;
            file.Position = 0;
            return isGzip
                ? new DataStream(path, new GZipStream(file, CompressionMode.Decompress), file.Length, isPacked: true)
                : new DataStream(path, file, file.Length, isPacked: false, file.Length);
        }
        catch (IOException e)
        {
            file.Dispose();
            throw new DataException($"'{path}' cannot be read: {e.Message}", e);
        }
    }

    /// <summary>All bytes of a plain or gzip file.</summary>
    public static byte[] ReadFile(string path)
    {
        using var stream = Open(path);
        return stream.ReadToEnd();
    }

    /// <summary>Fills <paramref name="target"/>, or says that <paramref name="what"/> is cut off.</summary>
    public void ReadExactly(Span<byte> target, string what)
    {
        int read = ReadSome(target);
        if (read < target.Length) throw Truncated(what, target.Length, read);
    }

    /// <summary>Reads <paramref name="length"/> bytes. For compressed content the array grows with the bytes that come.</summary>
    public byte[] ReadBytes(long length, string what)
    {
        if (length > MemoryLimit)
            throw isPacked ? TooLarge($"{what} of {length} bytes") : Truncated(what, length, storedLength);
        if (length > Array.MaxLength)
            throw new DataException($"'{path}': {what} has {length} bytes; at most {Array.MaxLength} fit in memory at once.");
        var bytes = new byte[isPacked ? (int)Math.Min(length, 1 << 16) : (int)length];
        int filled = 0;
        while (true)
        {
            filled += ReadSome(bytes.AsSpan(filled));
            if (filled == length) return bytes;
            if (filled < bytes.Length) throw Truncated(what, length, filled);
            Array.Resize(ref bytes, (int)Math.Min(length, 2L * filled));
        }
    }

    /// <summary>Reads the next of rows of one length into <paramref name="row"/>, which is made at the first of them, when its bytes have come.</summary>
    public void ReadRow(ref byte[]? row, long length, string what)
    {
        if (row is null) row = ReadBytes(length, what);
        else ReadExactly(row, what);
    }

    /// <summary>Fails when the content goes on, or is not what its checksum says.</summary>
    public void ExpectEnd(string what)
    {
        Span<byte> extra = stackalloc byte[1];
        if (ReadSome(extra) != 0) throw new DataException($"'{path}' goes on after {what}: its header and its length disagree.");
        if (checksum is { } expected && _checksum != expected) throw new DataException($"'{path}' is damaged: its checksum is wrong.");
    }

    public void Dispose()
    {
        content.Dispose();
        archive?.Dispose();
    }

    /// <summary>All that is left of the content.</summary>
    public byte[] ReadToEnd()
    {
        if (!isPacked) return ReadBytes(storedLength, "the file");
        var all = new MemoryStream();
        var chunk = new byte[1 << 16];
        for (int read; (read = ReadSome(chunk)) > 0; all.Write(chunk, 0, read))
            if (all.Length + read > MemoryLimit) throw TooLarge("the content");
        return all.ToArray();
    }

    /// <summary>Fills <paramref name="target"/> as far as the content goes.</summary>
    /// <returns>Bytes read: fewer than asked for only at the end.</returns>
    public int ReadSome(Span<byte> target)
    {
        try
        {
            int read = content.ReadAtLeast(target, target.Length, throwOnEndOfStream: false);
            if (checksum is not null) _checksum = Crc32.Continue(_checksum, target[..read]);
            return read;
        }
        catch (InvalidDataException e)
        {
            throw new DataException($"'{path}' is damaged: its compressed data cannot be unpacked. {e.Message}", e);
        }
        catch (IOException e)
        {
            throw new DataException($"'{path}' cannot be read: {e.Message}", e);
        }
    }

    private DataException Truncated(string what, long needed, long there) =>
        new($"'{path}' is truncated: {what} needs {needed} bytes, {there} are there.");

    private DataException TooLarge(string what) =>
        new($"'{path}' holds {what} in a file of {storedLength}, over the limit of {MemoryLimit}; unpack the file first if it is genuine.");
}
