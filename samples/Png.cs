using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

/// <summary>Writes pictures as PNG (W3C, "Portable Network Graphics", 3rd edition): grey, or red, green and blue, eight bits each.</summary>
static class Png
{
    /// <param name="pixels">Row by row, of each pixel its one or three values.</param>
    public static void Save(string path, int width, int height, ReadOnlySpan<byte> pixels)
    {
        int channels = pixels.Length / (width * height);
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            for (int y = 0; y < height; y++)
            {
                zlib.WriteByte(0); // this row's filter: none
                zlib.Write(pixels.Slice(y * width * channels, width * channels));
            }
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, (byte)(channels == 3 ? 2 : 0));
        using var file = File.Create(path);
        file.Write([0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n']);
        Write(file, "IHDR", header);
        Write(file, "IDAT", packed.ToArray());
        Write(file, "IEND", []);
    }

    private static void Write(Stream file, string type, byte[] data)
    {
        byte[] number = new byte[4], chunk = [.. Encoding.ASCII.GetBytes(type), .. data];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(chunk);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(chunk));
        file.Write(number);
    }

    private static uint Crc(byte[] bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ ((crc & 1) * 0xEDB88320);
        }
        return ~crc;
    }
}
