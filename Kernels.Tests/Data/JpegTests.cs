using System.Buffers.Binary;
using FcnFromScratch.Data;
using Xunit;
using static FcnFromScratch.Kernels.Tests.Data.PictureTools;
using static FcnFromScratch.Kernels.Tests.Data.TestTools;

namespace FcnFromScratch.Kernels.Tests.Data;

/// <summary>A test that decodes JPEG; skipped, visibly, on a machine without libturbojpeg.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class JpegFactAttribute : FactAttribute
{
    public JpegFactAttribute()
    {
        if (!TurboJpeg.IsThere) Skip = "needs libturbojpeg (Debian: libturbojpeg0)";
    }
}

/// <summary>JPEGs of flat squares, which keep their colours.</summary>
public class JpegTests
{
    // Pillow wrote them, quality 90. Grey: 24×16, squares of 8 pixels. Colours: 48×32, squares of 16, from cjpeg -rgb without a change of colours as well.
    private const string GreyFile = """
        /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRT/wAALCAAQABgBAREA/8QA
        FQABAQAAAAAAAAAAAAAAAAAACQj/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/9oACAEBAAA/ADfPANo1QBVqv//Z
        """;
    private const string ColourFile = """
        /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkU
        DQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBT/wAARCAAgADADASIAAhEBAxEB/8QAGAABAAMBAAAAAAAAAAAAAAAAAAcICgn/xAAUEAEA
        AAAAAAAAAAAAAAAAAAAA/8QAGQEAAgMBAAAAAAAAAAAAAAAACAkABQYH/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEQMRAD8AicBw8yhLACqIKVEAN6Ew0HAAKbVlXARHcAAE
        Tev/2Q==
        """;
    private const string ProgressiveFile = """
        /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkU
        DQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBT/wgARCAAgADADASIAAhEBAxEB/8QAGAABAAMBAAAAAAAAAAAAAAAAAAYHCQj/xAAZAQAC
        AwEAAAAAAAAAAAAAAAAHCAAEBQb/2gAMAwEAAhADEAAAAYmOHZSWCoglQhvSZoOALt5ViTuABDe//8QAFBABAAAAAAAAAAAAAAAAAAAAQP/aAAgBAQABBQJH/8QAFBEBAAAAAAAAAAAA
        AAAAAAAAIP/aAAgBAwEBPwFf/8QAFBEBAAAAAAAAAAAAAAAAAAAAIP/aAAgBAgEBPwFf/8QAFBABAAAAAAAAAAAAAAAAAAAAQP/aAAgBAQAGPwJH/8QAFBABAAAAAAAAAAAAAAAAAAAA
        QP/aAAgBAQABPyFH/9oADAMBAAIAAwAAABAAP/zz/wD/xAAUEQEAAAAAAAAAAAAAAAAAAAAg/9oACAEDAQE/EF//xAAUEQEAAAAAAAAAAAAAAAAAAAAg/9oACAECAQE/EF//xAAUEAEA
        AAAAAAAAAAAAAAAAAABA/9oACAEBAAE/EEf/2Q==
        """;
    private const string RgbFile = """
        /9j/7gAOQWRvYmUAZAAAAAAA/9sAQwADAgIDAgIDAwMDBAMDBAUIBQUEBAUKBwcGCAwKDAwLCgsLDQ4SEA0OEQ4LCxAWEBETFBUVFQwPFxgWFBgSFBUU/8AAEQgAIAAwA1IRAEcRAEIR
        AP/EABoAAQEBAQEBAQAAAAAAAAAAAAAKCQYFCAf/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/9oADANSAEcAQgAAPwDUVn0zfATNNxXagPbYqN4AFJTxU9QCZpuK7UB7bFRvAApYUfP14BKu
        lXSrgKFW8DtQH0m+yFOYCVdKulXAUKt4HagP/9k=
        """;
    private const string CmykFile = """
        /9j/7gAOQWRvYmUAZAAAAAAA/9sAQwADAgIDAgIDAwMDBAMDBAUIBQUEBAUKBwcGCAwKDAwLCgsLDQ4SEA0OEQ4LCxAWEBETFBUVFQwPFxgWFBgSFBUU/8AAFAgAEAAYBEMRAE0RAFkR
        AEsRAP/EABcAAQEBAQAAAAAAAAAAAAAAAAAJCgj/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/9oADgRDAE0AWQBLAAA/AJVKpqpqptVDKuA1UMq4DVQAMq6ejnkWdf/Z
        """;
    private const string TurnedFile = """
        /9j/4AAQSkZJRgABAQAAAQABAAD/4QAiRXhpZgAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsL
        EBYQERMUFRUVDA8XGBYUGBIUFRT/wAALCAAQABgBAREA/8QAFQABAQAAAAAAAAAAAAAAAAAACQj/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/9oACAEBAAA/ADfPANo1QBVqv//Z
        """;

    private static readonly byte[] s_grey = Convert.FromBase64String(GreyFile);

    private static readonly byte[] s_squares = [20, 200, 90, 250, 60, 140]; // of the grey ones

    /// <summary>One file of every kind.</summary>
    internal static byte[][] Good { get; } =
        [.. new[] { GreyFile, ColourFile, ProgressiveFile, RgbFile, CmykFile, TurnedFile }.Select(Convert.FromBase64String)];

    [JpegFact]
    public void Baseline_progressive_grey_and_colours_are_read()
    {
        CheckSquares(s_grey, 8, 3, s_squares);
        byte[] luma = [.. new[] { (250, 30, 20), (20, 200, 40), (30, 40, 220), (255, 255, 255), (0, 0, 0), (200, 180, 20) }
            .Select(c => (byte)Math.Round(0.299 * c.Item1 + 0.587 * c.Item2 + 0.114 * c.Item3))];
        foreach (string file in new[] { ColourFile, ProgressiveFile, RgbFile }) CheckSquares(Convert.FromBase64String(file), 16, 3, luma);
    }

    /// <summary>Cyan, magenta, yellow, white, black, and 100, 50, 0 under 100 of black.</summary>
    [JpegFact]
    public void Colours_of_print_are_read()
    {
        byte[] luma = [.. new[] { (0, 255, 255), (255, 0, 255), (255, 255, 0), (255, 255, 255), (0, 0, 0), (94, 125, 155) }
            .Select(c => (byte)Math.Round(0.299 * c.Item1 + 0.587 * c.Item2 + 0.114 * c.Item3))];
        CheckSquares(Convert.FromBase64String(CmykFile), 8, 3, luma);
    }

    /// <summary>Stored as ABC above DEF; EXIF says which row and column were above and to the left (table 6 of its "Orientation").</summary>
    [JpegFact]
    public void A_picture_stands_as_the_camera_was_held()
    {
        string[] seen = ["", "ABC DEF", "CBA FED", "FED CBA", "DEF ABC", "AD BE CF", "DA EB FC", "FC EB DA", "CF BE AD"];
        for (int orientation = 1; orientation <= 8; orientation++)
            foreach (bool isLittle in new[] { false, true })
            {
                string rows = seen[orientation];
                CheckSquares(WithExif(orientation, isLittle), 8, rows.IndexOf(' '), [.. rows.Where(char.IsLetter).Select(c => s_squares[c - 'A'])]);
            }
        CheckSquares(Convert.FromBase64String(TurnedFile), 8, 2, [250, 20, 60, 200, 140, 90]); // Pillow's own EXIF
    }

    /// <summary>EXIF that says nothing or nonsense turns nothing.</summary>
    [JpegFact]
    public void Broken_exif_is_none()
    {
        foreach (int orientation in new[] { 0, 9, 65535 }) CheckSquares(WithExif(orientation, false), 8, 3, s_squares);
        byte[] good = Tiff(6, false);
        for (int length = 0; length < good.Length - 2; length++) CheckSquares(With(good[..length]), 8, 3, s_squares);
        CheckSquares(With([.. good[..4], 0xFF, 0xFF, 0xFF, 0xFF, .. good[8..]]), 8, 3, s_squares);
        CheckSquares(With([.. good[..24], 0, 4, .. good[26..]]), 8, 3, s_squares); // a value of 32 bits
    }

    [JpegFact]
    public void Bad_files_are_named()
    {
        Fails("is truncated or damaged: Premature end of JPEG file", () => Grey(s_grey[..^4]));
        for (int cut = 3; cut < 300; cut++) Fails("is truncated", () => Grey(Good[2][..^cut]));
        Fails("is truncated: it ends before it says how large its picture is", () => Grey(s_grey[..60]));
        Fails("has 50000×50000 pixels; 1 to 67108864 are read", () => Grey(Sized(50_000)));
        Fails("is truncated: 8000×8000 pixels cannot be packed into", () => Grey([.. Sized(8000), .. new byte[10_000]]));
        byte[] twelveBits = [.. s_grey];
        twelveBits[Frame + 4] = 12;
        Fails("cannot be decoded: Unsupported JPEG data precision 12", () => Grey(twelveBits));
    }

    /// <summary>Some cameras write the end of the spectrum as 0, which decoders read past.</summary>
    [JpegFact]
    public void A_slip_that_harms_nothing_is_let_pass()
    {
        byte[] file = [.. s_grey];
        int scan = file.AsSpan().IndexOf([(byte)0xFF, (byte)0xDA]);
        Assert.Equal(63, file[scan + 8]);
        file[scan + 8] = 0;
        CheckSquares(file, 8, 3, s_squares);
    }

    private static int Frame => s_grey.AsSpan().IndexOf([(byte)0xFF, (byte)0xC0]);

    private static byte[] Sized(ushort side)
    {
        byte[] file = [.. s_grey];
        foreach (int at in new[] { 5, 7 }) BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(Frame + at), side);
        return file;
    }

    private static byte[] WithExif(int orientation, bool isLittle) => With(Tiff(orientation, isLittle));

    private static byte[] With(byte[] tiff) => [.. s_grey[..2], 0xFF, 0xE1, 0, (byte)(8 + tiff.Length), .. "Exif\0\0"u8, .. tiff, .. s_grey[2..]];

    /// <summary>A directory of two entries, of which the second is the orientation.</summary>
    private static byte[] Tiff(int orientation, bool isLittle)
    {
        return
        [
            .. isLittle ? "II"u8 : "MM"u8, .. Half(42), .. Word(8), .. Half(2), .. Half(0x0100), .. Half(4), .. Word(1), .. Word(24),
            .. Half(0x0112), .. Half(3), .. Word(1), .. Half(orientation), .. Half(0),
        ];

        byte[] Half(int value) => isLittle ? [(byte)value, (byte)(value >> 8)] : [(byte)(value >> 8), (byte)value];

        byte[] Word(int value) => isLittle ? [.. Half(value), 0, 0] : [0, 0, .. Half(value)];
    }

    /// <summary>Every pixel of every square is within 2 of its colour.</summary>
    private static void CheckSquares(byte[] file, int side, int columns, byte[] expected)
    {
        var picture = Grey(file);
        Assert.Equal((side * columns, side * expected.Length / columns, 1), (picture.Width, picture.Height, picture.Channels));
        for (int i = 0; i < picture.Pixels.Length; i++)
        {
            int x = i % picture.Width, y = i / picture.Width, wanted = expected[y / side * columns + x / side];
            Assert.True(Math.Abs(picture.Pixels[i] - wanted) <= 2, $"({x}, {y}) is {picture.Pixels[i]}, not {wanted}");
        }
    }
}
