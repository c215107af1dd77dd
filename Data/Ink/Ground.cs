using System.Numerics;

namespace FcnFromScratch.Data;

/// <summary>
/// Takes the ground of a picture away, so that light ink on grey or unevenly lit paper stands on black: the white top-hat, which is the picture less its
/// opening by a square (Serra, "Image Analysis and Mathematical Morphology", 1982). Whatever the square does not fit into, such as a stroke, stays; the rest
/// is ground. Ink on black stays as it is.
/// </summary>
public static class Ground
{
    /// <summary>The square's side in pixels: a stroke of a digit 20 pixels high is up to 6 wide.</summary>
    public const int Side = 17;

    // Columns that are worked on together: a cache line of them.
    private const int Strip = 64;

    /// <param name="pixels">[height, width], light ink; is changed.</param>
    /// <param name="side">Of the square.</param>
    public static void TakeAway(byte[] pixels, int width, int side = Side)
    {
        byte[] opening = [.. pixels];
        Open(opening, width, side);
        for (int i = 0; i < pixels.Length; i++) pixels[i] -= opening[i]; // an opening is nowhere lighter
    }

    /// <summary>The opening alone: each pixel becomes the darkest of its square, then the lightest of those.</summary>
    /// <inheritdoc cref="TakeAway"/>
    internal static void Open(byte[] pixels, int width, int side)
    {
        foreach (bool dilate in new[] { false, true })
        {
            FilterRows(pixels, width, side, dilate);
            FilterColumns(pixels, width, side, dilate);
        }
    }

    private static void FilterRows(byte[] pixels, int width, int side, bool dilate)
    {
        var line = new byte[width + side - 1];
        for (int start = 0; start < pixels.Length; start += width)
        {
            var row = pixels.AsSpan(start, width);
            row.CopyTo(line.AsSpan(side / 2));
            line.AsSpan(0, side / 2).Fill(row[0]);
            line.AsSpan(side / 2 + width).Fill(row[^1]);
            Filter(line, 1, side, dilate);
            line.AsSpan(0, width).CopyTo(row);
        }
    }

    private static void FilterColumns(byte[] pixels, int width, int side, bool dilate)
    {
        int height = pixels.Length / width;
        var lines = new byte[(height + side - 1) * Strip];
        for (int x = 0; x < width; x += Strip)
        {
            int columns = Math.Min(Strip, width - x);
            for (int y = 0; y < height + side - 1; y++)
                pixels.AsSpan(Math.Clamp(y - side / 2, 0, height - 1) * width + x, columns).CopyTo(lines.AsSpan(y * Strip));
            Filter(lines, Strip, side, dilate);
            for (int y = 0; y < height; y++) lines.AsSpan(y * Strip, columns).CopyTo(pixels.AsSpan(y * width + x));
        }
    }

    /// <summary>
    /// Each value becomes the smallest, or with <paramref name="dilate"/> the largest, of itself and the side − 1 that follow at a distance of
    /// <paramref name="stride"/>. What covers n values is joined with what covers the next n, so that few steps cover them all.
    /// </summary>
    private static void Filter(Span<byte> values, int stride, int side, bool dilate)
    {
        for (int covered = 1, more; covered < side; covered += more)
        {
            more = Math.Min(covered, side - covered);
            int shift = more * stride, i = 0;
            for (; i + Vector<byte>.Count <= values.Length - shift; i += Vector<byte>.Count)
            {
                Vector<byte> a = new(values[i..]), b = new(values[(i + shift)..]);
                (dilate ? Vector.Max(a, b) : Vector.Min(a, b)).CopyTo(values[i..]);
            }
            for (; i < values.Length - shift; i++)
                values[i] = dilate ? Math.Max(values[i], values[i + shift]) : Math.Min(values[i], values[i + shift]);
        }
    }
}
