using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FcnFromScratch.Data;

/// <summary>
/// A digit's ink, scaled and turned, alone on <see cref="Side"/>×<see cref="Side"/> pixels. Resampled by Catmull and Rom's cubic, which leaves what is neither
/// scaled nor turned as it is and keeps edges even when enlarged; shrunk digits take the mean of several samples a pixel, so that thin strokes do not break.
/// Sums, products and quotients only, so the same bits on every machine.
/// </summary>
internal ref struct DigitStamp
{
    /// <summary>
    /// Pixels from which on ink counts as a digit's, for its box and its area: a quarter of full ink. What is fainter is the soft rim of a stroke, which nobody
    /// would draw a box around and which a little noise hides.
    /// </summary>
    public const int Level = 64;

    /// <summary>Room for the largest window turned to its diagonal. Even, so that the middle of an unturned window lies on the middle of the room.</summary>
    public const int Side = 160;

    private const int Window = DigitImages.Side;

    /// <summary>The window with room around it for the cubic's neighbours.</summary>
    private const int Rim = 4, Padded = Window + 2 * Rim;

    /// <summary>Below it a pixel of the digit is smaller than the samples lie apart, and so there must be more of them.</summary>
    private const float Fine = 0.75f;

    private const int Phases = 64;

    /// <summary>What four neighbours count for a place between the middle two, by its distance from the first of these.</summary>
    private static readonly Vector128<float>[] s_weights = [.. Enumerable.Range(0, Phases + 1).Select(phase =>
    {
        float t = (float)phase / Phases;
        return Vector128.Create((((2 - t) * t) - 1) * t / 2, ((3 * t - 5) * t * t + 2) / 2, (((4 - 3 * t) * t) + 1) * t / 2, (t - 1) * t * t / 2);
    })];

    private readonly Span<byte> _pixels;

    /// <param name="pixels">Room for the ink, <see cref="Side"/>².</param>
    public DigitStamp(Span<byte> pixels) => _pixels = pixels;

    /// <summary>Where pixels were written; right and lower ends are outside.</summary>
    public int Left { get; private set; }
    public int Top { get; private set; }
    public int Right { get; private set; }
    public int Bottom { get; private set; }

    /// <summary>Pixels of <see cref="Level"/> and more, and the box around them; without any there is none.</summary>
    public int Area { get; private set; }
    public int XMin { get; private set; }
    public int YMin { get; private set; }
    public int XMax { get; private set; }
    public int YMax { get; private set; }

    /// <summary>The ink of a row from <see cref="Left"/> to <see cref="Right"/>.</summary>
    public readonly ReadOnlySpan<byte> Row(int y) => _pixels.Slice(y * Side + Left, Right - Left);

    /// <param name="digit">28×28, ink on 0.</param>
    /// <param name="cos">Of the angle that it is turned by, against the clock on a picture whose rows go down,</param>
    /// <param name="sin">and its sine.</param>
    public void Draw(scoped ReadOnlySpan<byte> digit, float scale, float cos, float sin)
    {
        Span<float> source = stackalloc float[Padded * Padded];
        source.Clear();
        // A bit for each column of a row that has ink; a sample whose four rows have none in its four columns need not be taken.
        Span<ulong> hasInk = stackalloc ulong[Padded];
        hasInk.Clear();
        int left = Window, top = Window, right = -1, bottom = -1;
        for (int y = 0; y < Window; y++)
            for (int x = 0; x < Window; x++)
            {
                byte ink = digit[y * Window + x];
                if (ink == 0) continue;
                source[(y + Rim) * Padded + x + Rim] = ink;
                hasInk[y + Rim] |= 1ul << (x + Rim);
                (left, top, right, bottom) = (Math.Min(left, x), Math.Min(top, y), Math.Max(right, x), y);
            }
        Area = 0;
        (Left, Top, Right, Bottom) = (0, 0, 0, 0);
        (XMin, YMin, XMax, YMax) = (Side, Side, 0, 0);
        if (right < 0) return;

        // From the middle of the ink to its ends, with the two pixels that the cubic reaches further; turned, then within the room.
        const float middle = (Window - 1) / 2f, centre = (Side - 1) / 2f;
        float x0 = (left + right) / 2f - middle, y0 = (top + bottom) / 2f - middle, wide = (right - left) / 2f + 2, high = (bottom - top) / 2f + 2;
        float xMiddle = centre + scale * (cos * x0 + sin * y0), yMiddle = centre + scale * (cos * y0 - sin * x0);
        float xReach = scale * (Math.Abs(cos) * wide + Math.Abs(sin) * high), yReach = scale * (Math.Abs(cos) * high + Math.Abs(sin) * wide);
        (Left, Right) = (Math.Max(0, (int)(xMiddle - xReach)), Math.Min(Side, (int)(xMiddle + xReach) + 2));
        (Top, Bottom) = (Math.Max(0, (int)(yMiddle - yReach)), Math.Min(Side, (int)(yMiddle + yReach) + 2));

        // Rows and columns per pixel in the window, and samples along a side of a pixel.
        float along = cos / scale, across = sin / scale;
        int samples = (int)Math.Ceiling(Fine / scale);
        float share = 1f / (samples * samples);
        for (int y = 0; y + 3 < Padded; y++) hasInk[y] |= hasInk[y + 1] | hasInk[y + 2] | hasInk[y + 3];
        for (int y = Top; y < Bottom; y++)
        {
            int first = Side, last = -1;
            for (int x = Left; x < Right; x++)
            {
                float sum = 0;
                for (int i = 0; i < samples; i++)
                    for (int j = 0; j < samples; j++)
                    {
                        float u = x - centre, v = y - centre;
                        if (samples > 1) (u, v) = (u + (j + 0.5f) / samples - 0.5f, v + (i + 0.5f) / samples - 0.5f);
                        sum += At(source, hasInk, along * u - across * v + (middle + Rim), across * u + along * v + (middle + Rim));
                    }
                byte ink = (byte)Whole(MathF.Min(MathF.Max(sum * share, 0), 255) + 0.5f);
                _pixels[y * Side + x] = ink;
                if (ink < Level) continue;
                Area++;
                if (last < 0) first = x;
                last = x;
            }
            if (last < 0) continue;
            (XMin, XMax, YMin, YMax) = (Math.Min(XMin, first), Math.Max(XMax, last + 1), Math.Min(YMin, y), y + 1);
        }
    }

    /// <summary>The padded window between its pixels; 0 where no neighbour is inside.</summary>
    /// <param name="hasInk">The columns with ink in a row or one of the three below.</param>
    private static float At(ReadOnlySpan<float> source, ReadOnlySpan<ulong> hasInk, float x, float y)
    {
        // Of the first neighbour.
        int column = Whole(x) - 1, row = Whole(y) - 1;
        if ((uint)column > Padded - 4 || (uint)row > Padded - 4 || (hasInk[row] >> column & 0b1111) == 0) return 0;
        var rows = s_weights[Whole((y - row - 1) * Phases + 0.5f)];
        var columns = s_weights[Whole((x - column - 1) * Phases + 0.5f)];
        ref float first = ref MemoryMarshal.GetReference(source.Slice(row * Padded + column, 3 * Padded + 4));
        var sum = Vector128.LoadUnsafe(ref first) * rows[0] + Vector128.LoadUnsafe(ref first, Padded) * rows[1]
            + Vector128.LoadUnsafe(ref first, 2 * Padded) * rows[2] + Vector128.LoadUnsafe(ref first, 3 * Padded) * rows[3];
        sum *= columns;
        // In this order everywhere.
        return sum[0] + sum[1] + (sum[2] + sum[3]);
    }

    /// <summary>Without its fraction. A cast would also look whether the number is one of an integer's, which takes longer than all else here.</summary>
    private static int Whole(float x) => float.ConvertToIntegerNative<int>(x);
}
