using System.Text;

namespace FcnFromScratch.Data;

/// <summary>Reads a picture from a file of any kind in its table; the content tells which, not the name.</summary>
public static class PictureFile
{
    /// <param name="Name">As people call it.</param>
    /// <param name="IsStart">Whether a file of this kind begins so.</param>
    /// <param name="AlphaMayBeUnset">Some programs leave an alpha at 0 throughout that they mean nothing by; browsers take such pictures as opaque.</param>
    private sealed record Format(
        string Name, Func<ReadOnlySpan<byte>, bool> IsStart, Func<DataStream, GreyMaker, Picture> Decode, bool AlphaMayBeUnset = false);

    private static readonly Format[] s_formats =
    [
        new("PNG", start => start is [0x89, (byte)'P', (byte)'N', (byte)'G', ..], (file, grey) => new PngDecoder(file, grey).Decode()),
        new("JPEG", start => start is [0xFF, 0xD8, 0xFF, ..], (file, grey) => new JpegDecoder(file, grey).Decode()),
        new("BMP", start => start is [(byte)'B', (byte)'M', ..], (file, grey) => new BmpDecoder(file, grey).Decode(), AlphaMayBeUnset: true),
        new("PBM/PGM/PPM", start => start is [(byte)'P', >= (byte)'1' and <= (byte)'6', ..], (file, grey) => new PnmDecoder(file, grey).Decode()),
    ];

    /// <summary>The kinds that are read, in one phrase.</summary>
    public static string Kinds { get; } = string.Join(", ", s_formats.Select(format => format.Name));

    /// <summary>
    /// Reads a picture and makes it grey by the luma of ITU-R BT.601. What is transparent lies on white; light ink on a transparent ground lies on black.
    /// </summary>
    /// <exception cref="DataException">The file is missing, truncated, damaged, too large, or of no kind that is read.</exception>
    public static Picture ReadGrey(string path) => ReadGrey(() => DataStream.Open(path));

    /// <summary>The same of a file's content that came by another way than a path.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="mostPixels">A larger picture is refused.</param>
    /// <exception cref="DataException">It is truncated, damaged, too large, or of no kind that is read.</exception>
    public static Picture ReadGrey(string name, byte[] content, int mostPixels) => ReadGrey(() =>
        new DataStream(name, new MemoryStream(content), content.Length, isPacked: false, content.Length) { MostPixels = mostPixels });

    private static Picture ReadGrey(Func<DataStream> open)
    {
        var format = FormatOf(open);
        var overWhite = new GreyMaker(ground: 255);
        var picture = Decode(overWhite);
        // Once more where the whole picture says so, rather than hold its alpha.
        if (overWhite.IsLightOnNothing) return Decode(new GreyMaker(ground: 0));
        return format.AlphaMayBeUnset && overWhite.IsInvisible ? Decode(new GreyMaker(ground: null)) : picture;

        Picture Decode(GreyMaker grey)
        {
            using var file = open();
            return format.Decode(file, grey);
        }
    }

    private static Format FormatOf(Func<DataStream> open)
    {
        using var file = open();
        Span<byte> start = stackalloc byte[12];
        start = start[..file.ReadSome(start)];
        foreach (var format in s_formats)
            if (format.IsStart(start)) return format;
        throw new DataException($"'{file.Path}' {OtherKind(start)}");
    }

    /// <summary>What a file that is not read seems to be by its first bytes, and what helps.</summary>
    private static string OtherKind(ReadOnlySpan<byte> start) => start switch
    {
        [] => "is empty; a picture was expected.",
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] => "is a GIF file; convert it to PNG.",
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', ..] => "is a WebP file; convert it to PNG.",
        [(byte)'I', (byte)'I', 42, 0, ..] or [(byte)'M', (byte)'M', 0, 42, ..] => "is a TIFF file; convert it to PNG.",
        [_, _, _, _, (byte)'f', (byte)'t', (byte)'y', (byte)'p', ..] => "is a HEIC, AVIF or video file; convert it to PNG.",
        [(byte)'P', (byte)'K', 3, 4, ..] => "is a zip archive, not a picture; if NumPy saved it, let its name end in .npz.",
        [0x93, (byte)'N', (byte)'U', (byte)'M', ..] => "is a NumPy array, not a picture; only predict takes one, by a name that ends in .npy.",
        _ => $"is no picture that is read ({Kinds}): it begins with {ForeignText.Quoted(Encoding.Latin1.GetString(start))}.",
    };
}
