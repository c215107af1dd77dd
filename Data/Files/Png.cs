using System.Buffers.Binary;
using System.IO.Compression;

namespace FcnFromScratch.Data;

/// <summary>A picture of 8-bit samples, row by row: <c>[height, width, channels]</c>; 1 channel is grey, 3 RGB, 4 RGBA.</summary>
public sealed record Picture(int Width, int Height, int Channels, byte[] Pixels)
{
    public Picture(int width, int height, int channels) : this(width, height, channels, new byte[checked(width * height * channels)]) { }

    /// <summary>Grey by the luma weights of ITU-R BT.601; transparent pixels are laid over white.</summary>
    public Picture ToGrey()
    {
        if (Channels == 1) return this;
        var grey = new Picture(Width, Height, 1);
        for (int i = 0; i < grey.Pixels.Length; i++)
        {
            var p = Pixels.AsSpan(i * Channels, Channels);
            int luma = (299 * p[0] + 587 * p[1] + 114 * p[2] + 500) / 1000, alpha = Channels == 4 ? p[3] : 255;
            grey.Pixels[i] = (byte)((luma * alpha + 255 * (255 - alpha) + 127) / 255);
        }
        return grey;
    }
}

/// <summary>
/// Reads and writes PNG (W3C, "Portable Network Graphics", third edition): all kinds are read, 16 bits scaled to 8; grey, RGB and RGBA of 8 bits
/// are written.
/// </summary>
public static class Png
{
    internal static readonly byte[] Signature = [0x89, .. "PNG\r\n"u8, 0x1a, (byte)'\n'];

    /// <summary>All the pixels that <see cref="PngDecoder"/> takes, of eight bytes each and not packed at all.</summary>
    private const int MaxFile = 1 << 29;

    /// <exception cref="DataException">The file is missing, truncated, damaged, too large, or no PNG.</exception>
    public static Picture Read(string path) => Decode(InputFile.Read(path, MaxFile), path);

    /// <summary>Decodes a file in memory; <paramref name="name"/> is for messages.</summary>
    public static Picture Decode(ReadOnlySpan<byte> file, string name) => new PngDecoder(name).Decode(file);

    public static void Write(string path, Picture picture)
    {
        byte[] file = Encode(picture);
        AtomicFile.Write(path, stream => stream.Write(file));
    }

    public static byte[] Encode(Picture picture)
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

        using var data = new MemoryStream();
        using (var zlib = new ZLibStream(data, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (int y = 0; y < height; y++)
            {
                zlib.WriteByte(0); // filter "none": drawings and digits pack best without one
                zlib.Write(pixels, y * stride, stride);
            }
        }
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, colour);

        using var file = new MemoryStream();
        file.Write(Signature);
        WriteChunk(file, "IHDR"u8, header);
        WriteChunk(file, "IDAT"u8, data.GetBuffer().AsSpan(0, (int)data.Length));
        WriteChunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static void WriteChunk(MemoryStream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(word, data.Length);
        file.Write(word);
        int start = (int)file.Length;
        file.Write(type);
        file.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(word, Crc32.Of(file.GetBuffer().AsSpan(start, (int)file.Length - start)));
        file.Write(word);
    }
}
