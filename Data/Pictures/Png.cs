using System.Buffers.Binary;
using System.IO.Compression;

namespace FcnFromScratch.Data;

/// <summary>
/// Reads and writes PNG (W3C, "Portable Network Graphics", third edition): all kinds are read, 16 bits scaled to 8; grey, RGB and RGBA of 8 bits
/// are written.
/// </summary>
public static class Png
{
    internal static readonly byte[] Signature = [0x89, .. "PNG\r\n"u8, 0x1a, (byte)'\n'];

    /// <summary>Packed pixels go into chunks of about so many bytes, so that a large picture is never packed as a whole.</summary>
    private const int ChunkBytes = 1 << 20;

    /// <exception cref="DataException">The file is missing, truncated, damaged, too large, or no PNG.</exception>
    public static Picture Read(string path)
    {
        using var file = DataStream.Open(path);
        return new PngDecoder(file, grey: null).Decode();
    }

    public static void Write(string path, Picture picture) => AtomicFile.Write(path, stream => Write(stream, picture));

    public static byte[] Encode(Picture picture)
    {
        using var file = new MemoryStream();
        Write(file, picture);
        return file.ToArray();
    }

    private static void Write(Stream file, Picture picture)
    {
        var (width, height, channels, pixels) = picture;
        byte colour = channels switch
        {
            1 => 0,
            3 => 2,
            4 => 6,
            _ => throw new ArgumentException($"a picture of {channels} channels cannot be written as PNG"),
        };
        int stride = width * channels;
        if (width < 1 || height < 1 || pixels.Length != stride * height)
            throw new ArgumentException($"a picture of {width}×{height}×{channels} has {pixels.Length} samples");

        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, colour);
        file.Write(Signature);
        WriteChunk(file, "IHDR"u8, header);
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (int y = 0; y < height; y++)
            {
                zlib.WriteByte(0); // filter "none": drawings and digits pack best without one
                zlib.Write(pixels, y * stride, stride);
                if (packed.Length >= ChunkBytes) WriteData();
            }
        }
        WriteData();
        WriteChunk(file, "IEND"u8, []);

        void WriteData()
        {
            WriteChunk(file, "IDAT"u8, packed.GetBuffer().AsSpan(0, (int)packed.Length));
            packed.SetLength(0);
        }
    }

    private static void WriteChunk(Stream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(word, data.Length);
        file.Write(word);
        file.Write(type);
        file.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(word, Crc32.Continue(Crc32.Of(type), data));
        file.Write(word);
    }
}
