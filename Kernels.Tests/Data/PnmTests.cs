using System.Text;
using FcnFromScratch.Data;
using Xunit;
using static FcnFromScratch.Kernels.Tests.Data.PictureTools;
using static FcnFromScratch.Kernels.Tests.Data.TestTools;

namespace FcnFromScratch.Kernels.Tests.Data;

/// <summary>Netpbm's files, written out by hand.</summary>
public class PnmTests
{
    /// <summary>One file of every kind.</summary>
    internal static byte[][] Good { get; } =
    [
        Text("P1\n3 2\n101\n0 1 1\n"), Text("P2 3 2 255\n0 1 2\n3 40 255\n"), Text("P3\n2 1\n15\n15 0 0  0 15 0\n"),
        Text("P4\n10 2\n", 0b1010_1010, 0b1100_0000, 0, 0), Text("P5 3 1 255\n", 0, 100, 255), Text("P5\n2 1\n65535\n", 0x80, 0, 0xFF, 0xFF),
        Text("P6\n# a comment\n2 1 255\n", 255, 0, 0, 0, 255, 0),
    ];

    [Fact]
    public void Bits_are_black_where_they_are_one()
    {
        Check(3, 2, [0, 255, 0, 255, 0, 0], Text("P1\n3 2\n101\n0 1 1\n"));
        // Rows begin at whole bytes; what fills the last one means nothing.
        Check(10, 2, [0, 255, 0, 255, 0, 255, 0, 255, 0, 0, .. Enumerable.Repeat((byte)255, 10)],
            Text("P4\n10 2\n", 0b1010_1010, 0b1111_1111, 0, 0b0011_1111));
    }

    [Fact]
    public void Samples_are_scaled_from_the_largest_value()
    {
        Check(3, 2, [0, 1, 2, 3, 40, 255], Text("P2 3 2 255\n0 1 2\n3 40 255\n"));
        Check(3, 1, [0, 51, 255], Text("P2 3 1 5 0 1 5")); // 255 / 5
        Check(3, 1, [0, 128, 255], Text("P5 3 1 2\n", 0, 1, 2)); // 127.5, upwards
        Check(3, 1, [0, 128, 255], Text("P5\n3 1\n65535\n", 0, 0, 0x80, 0, 0xFF, 0xFF)); // 32768 / 257 = 127.5
        Check(2, 1, [64, 255], Text("P2\n2 1\n1000\n250 1000\n"));
        Check(2, 1, [76, 150], Text("P3\n2 1\n15\n15 0 0  0 15 0\n"));
        Check(2, 1, [76, 150], Text("P6 2 1 255\n", 255, 0, 0, 0, 255, 0));
        Check(1, 1, [29], Text("P6 1 1 256\n", 0, 0, 0, 0, 1, 0));
    }

    [Fact]
    public void Comments_may_stand_where_spaces_may()
    {
        Check(2, 1, [7, 8], Text("P2# one\n#two\r\n2 # three 9 9\n1\n255\n7 # four\n8"));
        Check(1, 1, [(byte)'#'], Text("P5 1 1 255\n#")); // a pixel
    }

    [Fact]
    public void Bad_files_are_named()
    {
        Fails("is truncated: it ends before its height", () => Grey(Text("P2 3 ")));
        Fails("is truncated: it ends before a pixel", () => Grey(Text("P2 3 1 255 1 2")));
        Fails("is truncated: its 3×2 pixels need 18 bytes, the file has 13", () => Grey(Text("P6 3 2 255\n", 1, 2)));
        Fails("is truncated: row 1 of its pixels needs 3 bytes, 1 are there", () => Grey(Text("P5 3 2 255\n", 1, 2, 3, 4)));
        Fails("is truncated: its 8000×8000 pixels need 64000000 bytes", () => Grey(Text("P5 8000 8000 255\n", new byte[10_000])));
        Fails("has 50000×50000 pixels; 1 to 67108864 are read", () => Grey(Text("P5 50000 50000 255\n")));
        Fails("has 0×1 pixels", () => Grey(Text("P5 0 1 255\n")));
        Fails("has its width over 67108864", () => Grey(Text("P5 99999999999999999999 1 255\n")));
        Fails("its height is no number, it has '-'", () => Grey(Text("P5 1 -1 255\n")));
        Fails("its width is no number, it has 'x'", () => Grey(Text("P5 1x 1 255\n")));
        Fails(@"its width is no number, it has '\x1b'", () => Grey(Text("P5 \x1b")));
        Fails("has a largest value of 0; 1 to 65535 are read", () => Grey(Text("P5 1 1 0\n")));
        Fails("has a largest value of 65536", () => Grey(Text("P5 1 1 65536\n")));
        Fails("row 0 has the value 9, over the largest of 8", () => Grey(Text("P5 2 1 8\n", 8, 9)));
        Fails("has a pixel that is not 0 or 1", () => Grey(Text("P1 1 1 2")));
        Fails("has more data than its 1×1 pixels", () => Grey(Text("P5 1 1 255\n", 1, 2)));
        Assert.Equal(1, Grey(Text("P5 1 1 255\n", 1, (byte)'\n')).Width);
    }

    private static byte[] Text(string text, params byte[] pixels) => [.. Encoding.Latin1.GetBytes(text), .. pixels];
}
