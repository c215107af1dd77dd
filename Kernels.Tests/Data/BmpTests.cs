using System.Buffers.Binary;
using FcnFromScratch.Data;
using Xunit;
using static FcnFromScratch.Kernels.Tests.Data.PictureTools;
using static FcnFromScratch.Kernels.Tests.Data.TestTools;

namespace FcnFromScratch.Kernels.Tests.Data;

/// <summary>Bitmaps written out by hand; each colour has a luma of its own.</summary>
public class BmpTests
{
    // Entries of a palette and pixels of 24 bits: blue, green, red.
    private static readonly byte[] s_red = [0, 0, 255], s_green = [0, 255, 0], s_blue = [255, 0, 0], s_white = [255, 255, 255], s_grey = [100, 100, 100];
    private static readonly byte[] s_palette = [.. s_red, 0, .. s_green, 0, .. s_blue, 0, .. s_white, 0];
    private const byte Red = 76, Green = 150, Blue = 29, White = 255; // 0.299, 0.587 and 0.114 of 255

    /// <summary>One file of every kind.</summary>
    internal static byte[][] Good { get; } =
    [
        File(2, 2, 24, [.. s_red, .. s_green, 9, 9, .. s_blue, .. s_white, 9, 9]),
        File(3, -2, 4, [0x01, 0x20, 9, 9, 0x33, 0x10, 9, 9], s_palette),
        File(9, 1, 1, [0b1010_1010, 0b1000_0000, 9, 9], s_palette[..8]),
        File(3, 2, 8, [3, 0, 0, 0, 0, 3, 1, 2, 3, 0, 0, 1], s_palette, compression: 1),
        File(5, 2, 4, [5, 0x12, 0, 0, 0, 5, 0x01, 0x23, 0x30, 0, 0, 1], s_palette, compression: 2),
        File(2, 1, 16, [0x00, 0x7C, 0xE0, 0x03]),
        File(2, 1, 32, [0, 0, 255, 0, 255, 255, 255, 255], [0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0], compression: 3),
        File(2, 1, 32, [0, 0, 0, 255, 255, 255, 255, 0], headerSize: 108, compression: 3, masks: [0xFF0000, 0xFF00, 0xFF, 0xFF000000]),
        Old(2, 1, 24, [.. s_red, .. s_blue, 9, 9]),
    ];

    [Fact]
    public void Rows_come_from_the_bottom_or_from_the_top_and_end_at_four_bytes()
    {
        byte[] rows = [.. s_red, .. s_green, 9, 9, .. s_blue, .. s_white, 9, 9];
        Check(2, 2, [Blue, White, Red, Green], File(2, 2, 24, rows));
        Check(2, 2, [Red, Green, Blue, White], File(2, -2, 24, rows));
    }

    [Fact]
    public void Palettes_of_one_four_and_eight_bits_are_read()
    {
        Check(9, 1, [Green, Red, Green, Red, Green, Red, Green, Red, Green], File(9, 1, 1, [0b1010_1010, 0b1000_0000, 9, 9], s_palette[..8]));
        Check(3, 2, [Red, Green, Blue, White, White, Green], File(3, -2, 4, [0x01, 0x20, 9, 9, 0x33, 0x10, 9, 9], s_palette));
        Check(3, 1, [White, Red, Blue], File(3, 1, 8, [3, 0, 2, 9], s_palette));
        // OS/2: sides of 16 bits, no fourth byte in the palette.
        Check(2, 1, [Blue, Green], Old(2, 1, 8, [2, 1, 9, 9], [.. s_red, .. s_green, .. s_blue]));
        Check(2, 1, [Red, Blue], Old(2, 1, 24, [.. s_red, .. s_blue, 9, 9]));
        // A profile between the headers and the pixels.
        byte[] gap = File(1, 1, 24, [.. s_grey, 9], new byte[1000]);
        Check(1, 1, [100], gap);
    }

    /// <summary>16 bits: five for each colour unless masks say otherwise; 31 and 63 are white.</summary>
    [Fact]
    public void Masks_say_where_the_colours_lie()
    {
        Check(2, 1, [Red, Green], File(2, 1, 16, [0x00, 0x7C, 0xE0, 0x03]));
        Check(1, 1, [16 * 255 / 31 + 1], File(1, 1, 16, [0x10, 0x42, 0, 0])); // 16 of 31: 131.6
        Check(2, 1, [Red, Green], File(2, 1, 16, [0x00, 0xF8, 0xE0, 0x07], Words(0xF800, 0x7E0, 0x1F), compression: 3));
        Check(2, 1, [Red, 100], File(2, 1, 32, [0, 0, 255, 0, 100, 100, 100, 200]));
        Check(2, 1, [Red, Blue], File(2, 1, 32, [255, 0, 0, 0, 0, 0, 255, 0], Words(0xFF, 0xFF00, 0xFF0000), compression: 3));
        // Ten bits each, in a header of its own.
        Check(2, 1, [Red, 128],
            File(2, 1, 32, Words(0x3FFu << 20, 512u << 20 | 512 << 10 | 512), headerSize: 52, compression: 3, masks: [0x3FF00000, 0xFFC00, 0x3FF]));
    }

    [Fact]
    public void Alpha_counts_where_a_mask_names_it_and_it_is_not_zero_everywhere()
    {
        uint[] masks = [0xFF0000, 0xFF00, 0xFF, 0xFF000000];
        byte[] black = [0, 0, 0, 255], none = [0, 0, 0, 0], grey = [100, 100, 100, 0];
        Check(2, 1, [0, 255], File(2, 1, 32, [.. black, .. none], headerSize: 124, compression: 3, masks: masks));
        Check(2, 1, [0, 255], File(2, 1, 32, [.. black, .. none], Words(masks), compression: 6));
        Check(2, 1, [0, 100], File(2, 1, 32, [.. none, .. grey], headerSize: 56, compression: 3, masks: masks));
    }

    [Fact]
    public void Run_lengths_are_read()
    {
        // From the bottom: a run of three; three one by one and a byte to fill the pair.
        Check(3, 2, [Green, Blue, White, Red, Red, Red], File(3, 2, 8, [3, 0, 0, 0, 0, 3, 1, 2, 3, 0, 0, 1], s_palette, compression: 1));
        // Two colours in turn; five one by one in three bytes and one to fill.
        Check(5, 2, [Red, Green, Blue, White, White, Green, Blue, Green, Blue, Green],
            File(5, 2, 4, [5, 0x12, 0, 0, 0, 5, 0x01, 0x23, 0x30, 0, 0, 1], s_palette, compression: 2));
        // A row that is filled to four bytes before it is packed, as ImageMagick does it.
        Check(3, 2, [Green, Green, Green, Red, Red, Blue], File(3, 2, 8, [2, 0, 2, 2, 0, 0, 4, 1, 0, 0, 0, 1], s_palette, compression: 1));
        // Runs that follow each other; the end of the last row before that of the picture.
        Check(4, 1, [Red, Red, Green, Green], File(4, 1, 8, [2, 0, 2, 1, 0, 0, 0, 1], s_palette, compression: 1));
    }

    [Fact]
    public void Bad_bitmaps_are_named()
    {
        byte[] good = Good[0];
        Fails("is truncated: its header needs 18 bytes, 10 are there", () => Grey(good[..10]));
        Fails("is truncated: row 1 of its pixels needs 8 bytes, 7 are there", () => Grey(good[..^1]));
        Fails("has a BMP header of 41 bytes", () => Grey(Changed(14, 41)));
        Fails("has 0×2 pixels; 1 to 67108864 are read", () => Grey(Changed(18, 0)));
        Fails("has -1×2 pixels", () => Grey(Changed(18, uint.MaxValue)));
        Fails("has 2×2147483648 pixels", () => Grey(Changed(22, 0x80000000)));
        Fails("has 50000×50000 pixels", () => Grey(File(50_000, 50_000, 24, new byte[10_000])));
        Fails("is truncated: its 8000×8000 pixels need 192000000 bytes or more", () => Grey(File(8000, 8000, 24, new byte[10_000])));
        Fails("is truncated: its 8000×8000 pixels need 500000 bytes or more", () => Grey(File(8000, 8000, 8, new byte[10_000], s_palette, compression: 1)));
        Fails("is a BMP of an unknown kind: 24 bits, compression 4; convert it to PNG", () => Grey(File(2, 2, 24, [], compression: 4)));
        Fails("is a BMP of an unknown kind: 2 bits, compression 0", () => Grey(File(2, 2, 2, [])));
        Fails("its pixels begin at byte 53, its headers end at 54", () => Grey(Changed(10, 53)));
        Fails("is truncated: what comes before the pixels needs", () => Grey(Changed(10, 5000)));
        Fails("colour 3 of a palette of 2", () => Grey(File(1, 1, 8, [3, 0, 0, 0], s_palette[..8])));
        Fails("the bits of a colour do not lie together", () => Grey(File(1, 1, 32, [0, 0, 0, 0], Words(0xF0F, 0xF0, 0xF000), compression: 3)));
        Fails("a header of 52 bytes has no mask for alpha",
            () => Grey(File(1, 1, 32, [0, 0, 0, 0], headerSize: 52, compression: 6, masks: [1, 2, 4])));
        Fails("a run of 5 pixels goes past the end of row 0", () => Runs(5, 0, 0, 0, 3, 0, 0, 1));
        Fails("a run of 4 pixels goes past the end of row 0", () => Runs(1, 0, 0, 4, 1, 1, 1, 1));
        Fails("leaves pixels out, from column 1 of row 0 on", () => Runs(1, 0, 0, 0));
        Fails("leaves pixels out, from column 3 of row 0 on", () => Runs(3, 0, 0, 1));
        Fails("leaves pixels out, from column 0 of row 0 on", () => Runs(0, 2, 1, 1));
        Fails("is truncated: a run of its pixels needs 2 bytes, 0 are there", () => Runs(3, 0, 0, 0, 3, 0));

        byte[] Changed(int at, uint value)
        {
            byte[] file = [.. good];
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), value);
            return file;
        }

        void Runs(params byte[] codes) => Grey(File(3, 2, 8, codes, s_palette, compression: 1));
    }

    /// <summary>A file with Windows' header; what follows it are masks or a palette.</summary>
    private static byte[] File(
        int width, int height, ushort bits, byte[] pixels, byte[]? palette = null, uint headerSize = 40, uint compression = 0, uint[]? masks = null)
    {
        palette ??= [];
        byte[] header = new byte[headerSize];
        BinaryPrimitives.WriteUInt32LittleEndian(header, headerSize);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4), width);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), height);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(12), 1);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(14), bits);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(16), compression);
        if (bits <= 8) BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(32), palette.Length / 4);
        Words(masks ?? []).CopyTo(header, 40);
        return Join([.. header, .. palette], pixels);
    }

    /// <summary>A file with the header of OS/2.</summary>
    private static byte[] Old(byte width, byte height, byte bits, byte[] pixels, byte[]? palette = null) =>
        Join([12, 0, 0, 0, width, 0, height, 0, 1, 0, bits, 0, .. palette ?? []], pixels);

    private static byte[] Join(byte[] headers, byte[] pixels) =>
        [(byte)'B', (byte)'M', .. new byte[8], .. Words((uint)headers.Length + 14), .. headers, .. pixels];

    private static byte[] Words(params uint[] words) => [.. words.SelectMany(BitConverter.GetBytes)];
}
