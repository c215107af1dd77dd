using System.Buffers.Binary;
using System.IO.Compression;
using FcnFromScratch.Data;
using Xunit;
using static FcnFromScratch.Kernels.Tests.Data.TestTools;

namespace FcnFromScratch.Kernels.Tests.Data;

public class PngTests
{
    // Pictures of 5×4 that Pillow wrote: grey is (50x + 13y) mod 256 =: g; RGB is g, 255 − g, g / 2; alpha is g / 3 · 2 (with RGB) or 255 − g (with grey).
    private const string Grey = "iVBORw0KGgoAAAANSUhEUgAAAAUAAAAECAAAAABjWKqcAAAAFUlEQVR4nGNkMDIyMmLi5eXl5UUmARdXAZP98uNxAAAAAElFTkSuQmCC";
    private const string Grey16 = "iVBORw0KGgoAAAANSUhEUgAAAAUAAAAEEAAAAAAzyHbfAAAAE0lEQVR4nGNkYDCCAiZeOMDOBABUlwMeIwqfCAAAAABJRU5ErkJggg==";
    private const string GreyAlpha = "iVBORw0KGgoAAAANSUhEUgAAAAUAAAAECAQAAADsOj3LAAAAFUlEQVR4nGNk+G90DgKZeD/DIHYmALBMFAcy3FbOAAAAAElFTkSuQmCC";
    private const string Rgb = "iVBORw0KGgoAAAANSUhEUgAAAAUAAAAECAIAAADJUWIXAAAAHklEQVR4nGNk+M9gdE4Sjph4P7MhIybez+zICF0eAKAaFMrzYkMeAAAAAElFTkSuQmCC";
    private const string Rgba = "iVBORw0KGgoAAAANSUhEUgAAAAUAAAAECAYAAABGM/VAAAAAOElEQVR4nGNk+M/AYHROUsHonKQSFCsw8X5m4+D9zMYFpTl4P7NxMfF+ZueAYi4YmwldFe9nNg4Ar5sV0LgwOyIAAAAASUVORK5CYII=";
    // Colour (x + y) mod 3 of a palette, two bits each; then with transparency 255, 0, 128. And 11×4 of one bit: white where (x + y) mod 3 is 0.
    private const string Palette = "iVBORw0KGgoAAAANSUhEUgAAAAUAAAAEAgMAAAA7XR3TAAAADFBMVEUKFB7IZDIA/wAAAABasKUDAAAAFElEQVR4nGOQcGBIbGBoY2CQcAAADSoCGMIvKMEAAAAASUVORK5CYII=";
    private const string PaletteAlpha = "iVBORw0KGgoAAAANSUhEUgAAAAUAAAAEAgMAAAA7XR3TAAAADFBMVEUKFB7IZDIA/wAAAABasKUDAAAAA3RSTlP/AICpVnMTAAAAFElEQVR4nGOQcGBIbGBoY2CQcAAADSoCGMIvKMEAAAAASUVORK5CYII=";
    private const string OneBit = "iVBORw0KGgoAAAANSUhEUgAAAAsAAAAEAQAAAABwgfheAAAAFElEQVR4nGOY5MCoEsPgqcDi+R0AEAEDAS3xH5UAAAAASUVORK5CYII=";

    [Fact]
    public void Pictures_of_another_program_are_read()
    {
        Check(Grey, 5, 1, (x, y) => [G(x, y)]);
        Check(Grey16, 5, 1, (x, y) => [G(x, y)]);
        Check(GreyAlpha, 5, 4, (x, y) => [G(x, y), G(x, y), G(x, y), 255 - G(x, y)]);
        Check(Rgb, 5, 3, (x, y) => [G(x, y), 255 - G(x, y), G(x, y) / 2]);
        Check(Rgba, 5, 4, (x, y) => [G(x, y), 255 - G(x, y), G(x, y) / 2, G(x, y) / 3 * 2]);
        int[][] colours = [[10, 20, 30, 255], [200, 100, 50, 0], [0, 255, 0, 128]];
        Check(Palette, 5, 3, (x, y) => colours[(x + y) % 3][..3]);
        Check(PaletteAlpha, 5, 4, (x, y) => colours[(x + y) % 3]);
        Check(OneBit, 11, 1, (x, y) => [(x + y) % 3 == 0 ? 255 : 0]);

        static int G(int x, int y) => (50 * x + 13 * y) % 256;

        static void Check(string base64, int width, int channels, Func<int, int, int[]> pixel)
        {
            var picture = Png.Decode(Convert.FromBase64String(base64), "test");
            Assert.Equal((width, 4, channels), (picture.Width, picture.Height, picture.Channels));
            var expected = from y in Enumerable.Range(0, 4) from x in Enumerable.Range(0, width) from sample in pixel(x, y) select (byte)sample;
            Assert.Equal(expected, picture.Pixels);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    public void What_is_written_is_read_again(int channels)
    {
        using var folder = new TempFolder();
        var picture = Noise(37, 11, channels);
        Png.Write(folder["a.png"], picture);
        var again = Png.Read(folder["a.png"]);
        Assert.Equal((37, 11, channels), (again.Width, again.Height, again.Channels));
        Assert.Equal(picture.Pixels, again.Pixels);
    }

    [Fact]
    public void All_filters_are_undone()
    {
        var picture = Noise(7, 15, 3);
        var rows = new List<byte>();
        for (int y = 0; y < 15; y++)
        {
            rows.Add((byte)(y % 5));
            for (int i = 0; i < 21; i++)
            {
                int a = i < 3 ? 0 : At(y, i - 3), b = y == 0 ? 0 : At(y - 1, i), c = i < 3 || y == 0 ? 0 : At(y - 1, i - 3);
                int[] nearest = [.. new[] { a, b, c }.OrderBy(v => Math.Abs(a + b - c - v))]; // a stable sort: ties go to a, then b
                rows.Add((byte)(At(y, i) - new[] { 0, a, b, (a + b) / 2, nearest[0] }[y % 5]));
            }
        }
        byte[] file = MakeFile(7, 15, 8, 2, 0, Zlib([.. rows]));
        Assert.Equal(picture.Pixels, Png.Decode(file, "test").Pixels);

        int At(int y, int i) => picture.Pixels[y * 21 + i];
    }

    [Fact]
    public void Grey_is_luma_over_white()
    {
        var picture = new Picture(3, 1, 4, [255, 0, 0, 255, 10, 20, 30, 0, 0, 0, 0, 127]);
        Assert.Equal([76, 255, 128], picture.ToGrey().Pixels);
    }

    [Fact]
    public void Bad_pictures_are_named()
    {
        byte[] pixels = Zlib(new byte[3 * 4]), good = MakeFile(3, 3, 8, 0, 0, pixels);
        Assert.Equal(3, Png.Decode(good, "test").Width);
        Fails("'test' is not a PNG file", () => Decode([]));
        Fails("is not a PNG file", () => Decode(new byte[100]));
        Fails("is truncated: a chunk of 13 bytes goes past the end", () => Decode(good[..30]));
        Fails("is truncated: a chunk is missing before its end", () => Decode(good[..^12]));
        Fails("the checksum of chunk 'IHDR' is wrong", () => Decode([.. good[..19], 9, .. good[20..]]));
        Fails("has a chunk 'IDAT' where IHDR was expected", () => Decode([.. good[..8], .. Chunk("IDAT"u8, pixels)]));
        Fails("needs the unknown chunk 'CRIT'", () => Decode([.. good[..33], .. Chunk("CRIT"u8, [])]));
        Assert.Equal(3, Decode([.. good[..33], .. Chunk("anci"u8, [1, 2]), .. good[33..]]).Width);
        Fails("is interlaced", () => Decode(MakeFile(3, 3, 8, 0, 1, pixels)));
        Fails("is of an unknown kind: colour type 5, 8 bits", () => Decode(MakeFile(3, 3, 8, 5, 0, pixels)));
        Fails("is of an unknown kind: colour type 2, 4 bits", () => Decode(MakeFile(3, 3, 4, 2, 0, pixels)));
        Fails("has 0×3 pixels", () => Decode(MakeFile(0, 3, 8, 0, 0, pixels)));
        Fails("has 50000×50000 pixels; 1 to 67108864 are read", () => Decode(MakeFile(50_000, 50_000, 8, 0, 0, pixels)));
        Fails("bytes of data cannot hold 8000×8000 pixels", () => Decode(MakeFile(8000, 8000, 8, 6, 0, pixels)));
        Fails("its pixels need 20 bytes, 12 are there", () => Decode(MakeFile(4, 4, 8, 0, 0, pixels)));
        Fails("has more data than its 2×2 pixels", () => Decode(MakeFile(2, 2, 8, 0, 0, pixels)));
        Fails("its pixels cannot be unpacked", () => Decode(MakeFile(3, 3, 8, 0, 0, [1, 2, 3, 4])));
        Fails("row 0 has filter 7", () => Decode(MakeFile(3, 1, 8, 0, 0, Zlib([7, 0, 0, 0]))));
        Fails("colour 2 of a palette of 0", () => Decode(MakeFile(1, 1, 8, 3, 0, Zlib([0, 2]))));
        Fails("has a palette of 4 bytes", () => Decode([.. good[..33], .. Chunk("PLTE"u8, [1, 2, 3, 4])]));
        using var folder = new TempFolder();
        Fails("does not exist", () => Png.Read(folder["none.png"]));

        static Picture Decode(byte[] file) => Png.Decode(file, "test");
    }

    private static Picture Noise(int width, int height, int channels)
    {
        var picture = new Picture(width, height, channels);
        var random = new CounterRandom(5, RandomStream.Augmentation);
        for (int i = 0; i < picture.Pixels.Length; i++) picture.Pixels[i] = (byte)random.NextInt(256);
        return picture;
    }

    private static byte[] MakeFile(int width, int height, byte depth, byte colour, byte interlace, byte[] packed)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9], header[12]) = (depth, colour, interlace);
        return [.. Png.Signature, .. Chunk("IHDR"u8, header), .. Chunk("IDAT"u8, packed), .. Chunk("IEND"u8, [])];
    }

    private static byte[] Chunk(ReadOnlySpan<byte> type, byte[] data)
    {
        byte[] body = [.. type, .. data], length = new byte[4], crc = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(crc, Crc32.Of(body));
        return [.. length, .. body, .. crc];
    }

    private static byte[] Zlib(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest)) zlib.Write(bytes);
        return packed.ToArray();
    }
}
