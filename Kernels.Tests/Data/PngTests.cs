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
    private const string Rgba = """
        iVBORw0KGgoAAAANSUhEUgAAAAUAAAAECAYAAABGM/VAAAAAOElEQVR4nGNk+M/AYHROUsHonKQSFCsw8X5m4+D9zMYFpTl4P7NxMfF+ZueAYi4YmwldFe9nNg4Ar5sV0LgwOyIAAAAASUVORK5CYII=
        """;
    // Colour (x + y) mod 3 of a palette, two bits each; then with transparency 255, 0, 128. And 11×4 of one bit: white where (x + y) mod 3 is 0.
    private const string Palette = """
        iVBORw0KGgoAAAANSUhEUgAAAAUAAAAEAgMAAAA7XR3TAAAADFBMVEUKFB7IZDIA/wAAAABasKUDAAAAFElEQVR4nGOQcGBIbGBoY2CQcAAADSoCGMIvKMEAAAAASUVORK5CYII=
        """;
    private const string PaletteAlpha = """
        iVBORw0KGgoAAAANSUhEUgAAAAUAAAAEAgMAAAA7XR3TAAAADFBMVEUKFB7IZDIA/wAAAABasKUDAAAAA3RSTlP/AICpVnMTAAAAFElEQVR4nGOQcGBIbGBoY2CQcAAADSoCGMIvKMEAAAAASUVORK5C
        YII=
        """;
    private const string OneBit = "iVBORw0KGgoAAAANSUhEUgAAAAsAAAAEAQAAAABwgfheAAAAFElEQVR4nGOY5MCoEsPgqcDi+R0AEAEDAS3xH5UAAAAASUVORK5CYII=";

    // Pictures that ImageMagick wrote, interlaced but for the last two: RGB as above of 11×9, in all seven passes, and of 3×2, where most passes are empty;
    // one bit of 11×9 as above; 16-bit RGBA of 5×4 with 257g, 65535 − 100g, k := 5000x + 777y, 200g; 16-bit grey with k;
    // and RGB of 5×4 where pure red is transparent: where (x + y) mod 3 is 0, else g / 2, 9, 7.
    private const string Rgb7 = """
        iVBORw0KGgoAAAANSUhEUgAAAAsAAAAJCAIAAAEcAXHsAAAAn0lEQVQY02Nm+M8w4YMHQ8Z0kx/sNQwnzFMYDM5LMJiclvrDXHfEOokhZbaRzmWxL9xVLCZnpP6w/DM5MwvK+sPyj1nqKW8hv+Xiu0FX
        V79u/+my8/hdJpMzUiZnpEzOzIIxpJiNzkrWMtuvvxjxcP7HyW+9mKSe8Uo945V61gthwPm8WPm96PKMvJ/YjM5JIqGZaFx0HZgI3Q5MLmEzABNkeWknFtPbAAAAAElFTkSuQmCC
        """;
    private const string RgbSmall7 = "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAFlEcHbAAAAHklEQVQI12Ng+M/AkDLbiMHorCQj7yc2o3OSRuckAUSXBoHBPi92AAAAAElFTkSuQmCC";
    private const string OneBit7 = """
        iVBORw0KGgoAAAANSUhEUgAAAAsAAAAJAQAAAAG7GNsWAAAAJklEQVQI12NoYACBBgYFBgcwqcIwgcEDiBXApEoDwyQHBk+gcAMAgi8HCCWOfKQAAAAASUVORK5CYII=
        """;
    private const string Rgba16 = """
        iVBORw0KGgoAAAANSUhEUgAAAAUAAAAEEAYAAAFhpBmVAAAAeElEQVQI12NgYPj/n4GBgYHhxImN9/0U5jgwpKTceK8u4KfAKCX19TqbkEhASsrND+oCfgowmtHI6E25cIe6AEyARUrq2w02IZEAKalv
        H9gERBQYeXl/vWbm5NIwMnpbIdyhLmBk9KZCpENdAJ2PrPMGm5CIAC4aAHrfNWDp4nyAAAAAAElFTkSuQmCC
        """;
    private const string GreyRamp16 = "iVBORw0KGgoAAAANSUhEUgAAAAUAAAAEEAAAAAAzyHbfAAAAGklEQVQI12NmYBDukDujPsHwChMzJwxiZwIAhIQD/8r+2gkAAAAASUVORK5CYII=";
    private const string RgbKey = """
        iVBORw0KGgoAAAANSUhEUgAAAAUAAAAECAIAAADJUWIXAAAABnRSTlMA/wAAAACkwsAdAAAAP0lEQVQI1wXBsRFAAAAEwRuBmw8UoAeRBkQaEClAD6pUjxG9XQpzXGPhioNxhOf9jjgCUyxs8YwFCkvc
        Y+GOP4TqDAptMy7SAAAAAElFTkSuQmCC
        """;

    /// <summary>One file of every kind.</summary>
    internal static byte[][] Good { get; } =
        [.. new[]
        {
            Grey, Grey16, GreyAlpha, Rgb, Rgba, Palette, PaletteAlpha, OneBit, Rgb7, RgbSmall7, OneBit7, Rgba16, GreyRamp16, RgbKey,
        }.Select(Convert.FromBase64String)];

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

        Check(Rgb7, 11, 3, (x, y) => [G(x, y), 255 - G(x, y), G(x, y) / 2], height: 9);
        Check(RgbSmall7, 3, 3, (x, y) => [G(x, y), 255 - G(x, y), G(x, y) / 2], height: 2);
        Check(OneBit7, 11, 1, (x, y) => [(x + y) % 3 == 0 ? 255 : 0], height: 9);
        Check(Rgba16, 5, 4, (x, y) => [G(x, y), Scaled(65535 - 100 * G(x, y)), Scaled(5000 * x + 777 * y), Scaled(200 * G(x, y))]);
        Check(GreyRamp16, 5, 1, (x, y) => [Scaled(5000 * x + 777 * y)]);
        Check(RgbKey, 5, 4, (x, y) => (x + y) % 3 == 0 ? [255, 0, 0, 0] : [G(x, y) / 2, 9, 7, 255]);

        static int G(int x, int y) => (50 * x + 13 * y) % 256;

        static int Scaled(int sample) => (int)Math.Round(sample / 257.0);

        static void Check(string base64, int width, int channels, Func<int, int, int[]> pixel, int height = 4)
        {
            var picture = Decode(Convert.FromBase64String(base64));
            Assert.Equal((width, height, channels), (picture.Width, picture.Height, picture.Channels));
            var expected = from y in Enumerable.Range(0, height) from x in Enumerable.Range(0, width) from sample in pixel(x, y) select (byte)sample;
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
        Assert.Equal(picture.Pixels, Decode(file).Pixels);

        int At(int y, int i) => picture.Pixels[y * 21 + i];
    }

    [Fact]
    public void A_colour_is_transparent_only_where_all_three_samples_are_its()
    {
        byte[] file = MakeFile(4, 1, 8, 2, 0, Zlib([0, 10, 20, 30, 9, 20, 30, 10, 9, 30, 10, 20, 9]));
        var picture = Decode([.. file[..33], .. Chunk("tRNS"u8, [0, 10, 0, 20, 0, 30]), .. file[33..]]);
        Assert.Equal([10, 20, 30, 0, 9, 20, 30, 255, 10, 9, 30, 255, 10, 20, 9, 255], picture.Pixels);
    }

    /// <summary>W3C PNG, 11.3.2.1: a tRNS chunk may hold fewer values than the palette has colours; the others are opaque.</summary>
    [Fact]
    public void Colours_that_a_short_list_of_transparencies_leaves_out_are_opaque()
    {
        byte[] file = MakeFile(3, 1, 8, 3, 0, Zlib([0, 0, 1, 2]));
        byte[] palette = [.. Chunk("PLTE"u8, [10, 20, 30, 200, 100, 50, 0, 255, 0]), .. Chunk("tRNS"u8, [128])];
        Assert.Equal([10, 20, 30, 128, 200, 100, 50, 255, 0, 255, 0, 255], Decode([.. file[..33], .. palette, .. file[33..]]).Pixels);
    }

    [Fact]
    public void Bad_pictures_are_named()
    {
        byte[] pixels = Zlib(new byte[3 * 4]), good = MakeFile(3, 3, 8, 0, 0, pixels);
        Assert.Equal(3, Decode(good).Width);
        Fails("'test' is not a PNG file", () => Decode([]));
        Fails("is not a PNG file", () => Decode(new byte[100]));
        Fails("is truncated: a chunk of 13 bytes goes past the end", () => Decode(good[..30]));
        Fails("is truncated: a chunk is missing before its end", () => Decode(good[..^12]));
        Fails("the checksum of chunk 'IHDR' is wrong", () => Decode([.. good[..19], 9, .. good[20..]]));
        Fails("has a chunk 'IDAT' where IHDR was expected", () => Decode([.. good[..8], .. Chunk("IDAT"u8, pixels)]));
        Fails("needs the unknown chunk 'CRIT'", () => Decode([.. good[..33], .. Chunk("CRIT"u8, [])]));
        Assert.Equal(3, Decode([.. good[..33], .. Chunk("anci"u8, [1, 2]), .. good[33..]]).Width);
        Fails("compression 0, filter 0, interlacing 2", () => Decode(MakeFile(3, 3, 8, 0, 2, pixels)));
        Fails("its pixels need 15 bytes, 12 are there", () => Decode(MakeFile(3, 3, 8, 0, 1, pixels))); // more rows, and a filter byte each
        Fails("is of an unknown kind: colour type 5, 8 bits", () => Decode(MakeFile(3, 3, 8, 5, 0, pixels)));
        Fails("is of an unknown kind: colour type 2, 4 bits", () => Decode(MakeFile(3, 3, 4, 2, 0, pixels)));
        Fails("has 0×3 pixels", () => Decode(MakeFile(0, 3, 8, 0, 0, pixels)));
        Fails("has 50000×50000 pixels; 1 to 67108864 are read", () => Decode(MakeFile(50_000, 50_000, 8, 0, 0, pixels)));
        byte[] rgba = MakeFile(8000, 8000, 8, 6, 0, Zlib(new byte[8000 * 32001]));
        Fails($"holds 8000×8000 pixels of 256000000 bytes in a file of {rgba.Length}, over the limit of {100 * rgba.Length}", () => Decode(rgba));
        Assert.Equal(8000 * 8000, Decode(rgba, new GreyMaker(255)).Pixels.Count(p => p == 255)); // transparent is white, and grey fits
        Fails("its pixels need 64008000 bytes, more than can be packed into", () => Decode(MakeFile(8000, 8000, 8, 0, 0, pixels)));
        Fails("has a transparent colour of 3 bytes; 2 were expected", () => Decode([.. good[..33], .. Chunk("tRNS"u8, [1, 2, 3]), .. good[33..]]));
        Fails("its pixels need 20 bytes, 12 are there", () => Decode(MakeFile(4, 4, 8, 0, 0, pixels)));
        Fails("has more data than its 2×2 pixels", () => Decode(MakeFile(2, 2, 8, 0, 0, pixels)));
        Fails("its pixels cannot be unpacked", () => Decode(MakeFile(3, 3, 8, 0, 0, [1, 2, 3, 4])));
        Fails("row 0 has filter 7", () => Decode(MakeFile(3, 1, 8, 0, 0, Zlib([7, 0, 0, 0]))));
        Fails("colour 2 of a palette of 0", () => Decode(MakeFile(1, 1, 8, 3, 0, Zlib([0, 2]))));
        Fails("has no pixels", () => Decode([.. good[..33], .. Chunk("IEND"u8, [])]));
        Fails("has a chunk 'PLTE' where it may not be", () => Decode([.. good[..^12], .. Chunk("PLTE"u8, [1, 2, 3]), .. good[^12..]]));
        Fails("the checksum of chunk 'IDAT' is wrong", () => Decode([.. good[..50], (byte)(good[50] ^ 1), .. good[51..]]));
        Fails("the checksum of chunk 'IEND' is wrong", () => Decode([.. good[..^1], 0]));
        Fails("has a palette of 4 bytes", () => Decode([.. good[..33], .. Chunk("PLTE"u8, [1, 2, 3, 4])]));
        using var folder = new TempFolder();
        Fails("does not exist", () => Png.Read(folder["none.png"]));
    }

    internal static Picture Decode(byte[] file, GreyMaker? grey = null)
    {
        using var stream = new DataStream("test", new MemoryStream(file), file.Length, isPacked: false, file.Length);
        return new PngDecoder(stream, grey).Decode();
    }

    private static Picture Noise(int width, int height, int channels)
    {
        var picture = new Picture(width, height, channels);
        var random = new CounterRandom(5, RandomStream.Augmentation);
        for (int i = 0; i < picture.Pixels.Length; i++) picture.Pixels[i] = (byte)random.NextInt(256);
        return picture;
    }

    /// <summary>
    /// Where left and corner are equally near, left counts (W3C PNG, 9.4): above 10 and 11, left 8, the estimate 8 + 11 − 10 = 9 is 1 away from 8 and 10,
    /// 2 from 11.
    /// </summary>
    [Fact]
    public void Of_equally_near_neighbours_the_left_one_counts()
    {
        byte[] file = MakeFile(2, 2, 8, 0, 0, Zlib([0, 10, 11, 4, unchecked((byte)(8 - 10)), 5]));
        Assert.Equal([10, 11, 8, 8 + 5], Decode(file).Pixels);
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
