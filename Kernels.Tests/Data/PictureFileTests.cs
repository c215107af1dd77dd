using FcnFromScratch.Data;
using Xunit;
using static FcnFromScratch.Kernels.Tests.Data.PictureTools;
using static FcnFromScratch.Kernels.Tests.Data.TestTools;

namespace FcnFromScratch.Kernels.Tests.Data;

/// <summary>Which kind a file is, and what lies behind transparent pixels.</summary>
public sealed class PictureFileTests : IDisposable
{
    private static readonly byte[] s_nothing = [0, 0, 0, 0], s_white = [255, 255, 255, 255], s_black = [0, 0, 0, 255], s_yellow = [255, 220, 0, 255];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_content_tells_the_kind_not_the_name()
    {
        Assert.Equal([9], PictureFile.ReadGrey(_folder.Write("a.bmp", Png.Encode(new Picture(1, 1, 1, [9])))).Pixels);
        Assert.Equal([9], PictureFile.ReadGrey(_folder.Write("a.png", [.. "P5 1 1 255\n"u8, 9])).Pixels);
        Assert.Equal([9], PictureFile.ReadGrey(_folder.Write("a.pgm.gz", Gzip([.. "P5 1 1 255\n"u8, 9]))).Pixels);
        Assert.Equal(2, PictureFile.ReadGrey(_folder.Write("a", BmpTests.Good[0])).Width);
    }

    [Fact]
    public void What_is_not_read_is_named()
    {
        Fails("a.png' is no picture that is read (PNG, JPEG, BMP, PBM/PGM/PPM): it begins with 'hello worl\\x1b\\n'",
            () => PictureFile.ReadGrey(_folder.Write("a.png", "hello worl\x1b\n and more"u8.ToArray())));
        Fails("a.png' is empty", () => PictureFile.ReadGrey(_folder.Write("a.png", [])));
        Fails("a.png' does not exist", () => PictureFile.ReadGrey(_folder["b/a.png"]));
        foreach (var (start, kind) in new[]
        {
            ("GIF89a"u8.ToArray(), "a GIF file"), ("RIFF\0\0\0\0WEBP"u8.ToArray(), "a WebP file"), ([(byte)'I', (byte)'I', 42, 0], "a TIFF file"),
            ([0, 0, 0, 24, .. "ftypheic"u8], "a HEIC, AVIF or video file"), ([(byte)'P', (byte)'K', 3, 4], "a zip archive"),
            ([0x93, .. "NUMPY"u8], "a NumPy array"),
        }) Fails($"is {kind}", () => Grey(start));
    }

    /// <summary>Without the library a JPEG is told from other files all the same, and the line says how to get it.</summary>
    [Fact]
    public void A_jpeg_is_known_as_one()
    {
        byte[] cut = [0xFF, 0xD8, 0xFF, 0xE0, 0, 0];
        Fails(TurboJpeg.IsThere ? "is truncated" : "is a JPEG; libturbojpeg, which reads them, is not here: install it",
            () => Grey(cut));
    }

    [Fact]
    public void Dark_ink_on_nothing_lies_on_white()
    {
        CheckInk([76, 255, 128], [255, 0, 0, 255], [10, 20, 30, 0], [0, 0, 0, 127]);
        CheckInk([0, 255, 255, 255, 255], s_black, s_nothing, s_nothing, s_nothing, s_nothing);
        CheckInk([255, 255, 255], s_nothing, [255, 255, 255, 0], s_nothing);
    }

    [Fact]
    public void Light_ink_on_nothing_lies_on_black()
    {
        CheckInk([255, 0, 0, 0], s_white, s_nothing, [255, 255, 255, 0], s_nothing);
        CheckInk([205, 0, 102, 0, 0], s_yellow, s_nothing, [255, 255, 255, 102], s_nothing, s_nothing);
        // Colours multiplied by alpha: 100 of 100 is white ink at its edge, not dark ink.
        CheckInk([255, 39, 0, 0], s_white, [100, 100, 100, 100], s_nothing, s_nothing);
    }

    /// <summary>A page is light too, yet its ink is dark and it covers the picture, or most of it.</summary>
    [Fact]
    public void A_page_lies_on_white()
    {
        byte[][] page = [.. Enumerable.Repeat(s_white, 30)];
        CheckInk([255, .. Enumerable.Repeat((byte)255, 30)], [s_nothing, .. page]);
        CheckInk([.. Enumerable.Repeat((byte)255, 130), 0], [.. Enumerable.Repeat(s_nothing, 100), .. page, s_black]);
        CheckInk([.. Enumerable.Repeat((byte)0, 100), .. Enumerable.Repeat((byte)255, 30)], [.. Enumerable.Repeat(s_nothing, 100), .. page]);
    }

    private static void CheckInk(byte[] expected, params byte[][] pixels) =>
        Assert.Equal(expected, Grey(Png.Encode(new Picture(pixels.Length, 1, 4, [.. pixels.SelectMany(p => p)]))).Pixels);
}
