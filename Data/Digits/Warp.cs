namespace FcnFromScratch.Data;

/// <summary>
/// A digit as another hand and another pen would have written it: turned, sheared, zoomed and shifted, bent by a smooth random field (Simard, Steinkraus and
/// Platt, "Best practices for convolutional neural networks applied to visual document analysis", 2003), its stroke thinner or thicker.
/// Sums, products, quotients and square roots only, so the same bits on every machine.
/// </summary>
public static class Warp
{
    private const int Side = DigitImages.Side, Area = DigitImages.Area, Padded = Side + 2;

    // Deviations, chosen by eye: as far as a person still reads the digit without a doubt. No others were measured.
    private const float Turn = 0.11f, Shear = 0.11f, Zoom = 0.07f, Shift = 0.9f, Bend = 0.75f, Stroke = 0.3f;

    // Points of the field along a side, and pixels from one to the next.
    private const int Points = 5;
    private const float Spacing = (Side - 1) / (float)(Points - 1);

    /// <param name="pixels">28×28, ink on 0; is changed.</param>
    public static void Apply(ref CounterRandom random, Span<byte> pixels)
    {
        float tangent = Turn * random.NextBell(), cos = 1 / MathF.Sqrt(1 + tangent * tangent), sin = tangent * cos;
        float shear = Shear * random.NextBell(), wide = 1 + Zoom * random.NextBell(), high = 1 + Zoom * random.NextBell();
        // From a place in the picture to be to one in the picture that is there, around the middle.
        float xx = wide * cos, xy = wide * (shear * cos - sin), yx = high * sin, yy = high * (shear * sin + cos);
        float right = Shift * random.NextBell(), down = Shift * random.NextBell();
        Span<float> field = stackalloc float[2 * Points * Points];
        foreach (ref float value in field) value = Bend * random.NextBell();
        float stroke = Stroke * random.NextBell();

        Span<float> before = stackalloc float[Padded * Padded], bends = stackalloc float[2 * Points * Side];
        before.Clear();
        for (int i = 0; i < Area; i++) before[(i / Side + 1) * Padded + i % Side + 1] = pixels[i];
        Spread(field, bends);
        const float middle = (Side - 1) / 2f;
        for (int y = 0; y < Side; y++)
        {
            int point = PointBefore(y);
            float share = y / Spacing - point, v = y - middle + down;
            ReadOnlySpan<float> above = bends.Slice(2 * point * Side, 2 * Side), below = bends.Slice(2 * (point + 1) * Side, 2 * Side);
            for (int x = 0; x < Side; x++)
            {
                float u = x - middle + right;
                float bendX = Between(above[x], below[x], share), bendY = Between(above[Side + x], below[Side + x], share);
                pixels[y * Side + x] = At(before, xx * u + xy * v + middle + bendX, yx * u + yy * v + middle + bendY);
            }
        }
        Thicken(pixels, Math.Clamp(stroke, -1, 1));
    }

    /// <summary>The field at every column, for each row of its points: first all that is along the rows, then all down the columns.</summary>
    /// <param name="field">[points, points, 2]</param>
    /// <param name="bends">[points, 2, 28]</param>
    private static void Spread(ReadOnlySpan<float> field, Span<float> bends)
    {
        for (int row = 0; row < Points; row++)
            for (int axis = 0; axis < 2; axis++)
                for (int x = 0; x < Side; x++)
                {
                    int point = PointBefore(x), at = 2 * (row * Points + point) + axis;
                    bends[(2 * row + axis) * Side + x] = Between(field[at], field[at + 2], x / Spacing - point);
                }
    }

    /// <summary>The last point of the field that is not beyond a pixel and has another after it.</summary>
    private static int PointBefore(int pixel) => Math.Min((int)(pixel / Spacing), Points - 2);

    /// <summary>A picture between its pixels, bilinear; 0 beyond its edges.</summary>
    /// <param name="pixels">[30, 30], 0 around the picture.</param>
    private static byte At(ReadOnlySpan<float> pixels, float x, float y)
    {
        if (x <= -1 || y <= -1 || x >= Side || y >= Side) return 0;
        int left = (int)(x + 1) - 1, top = (int)(y + 1) - 1; // floors
        float a = x - left, b = y - top;
        var four = pixels.Slice((top + 1) * Padded + left + 1, Padded + 2);
        return (byte)(Between(Between(four[0], four[1], a), Between(four[Padded], four[Padded + 1], a), b) + 0.5f);
    }

    private static float Between(float from, float to, float share) => from + share * (to - from);

    private static float Pixel(ReadOnlySpan<byte> pixels, int x, int y) => (uint)x < Side && (uint)y < Side ? pixels[y * Side + x] : 0;

    /// <summary>Each pixel goes a share of the way to the largest, or for a negative share to the smallest, of itself and its four neighbours.</summary>
    public static void Thicken(Span<byte> pixels, float share)
    {
        Span<byte> before = stackalloc byte[Area];
        pixels.CopyTo(before);
        for (int y = 0; y < Side; y++)
            for (int x = 0; x < Side; x++)
            {
                float own = before[y * Side + x], left = Pixel(before, x - 1, y), right = Pixel(before, x + 1, y);
                float up = Pixel(before, x, y - 1), down = Pixel(before, x, y + 1);
                float goal = share > 0
                    ? MathF.Max(own, MathF.Max(MathF.Max(left, right), MathF.Max(up, down)))
                    : MathF.Min(own, MathF.Min(MathF.Min(left, right), MathF.Min(up, down)));
                pixels[y * Side + x] = (byte)(own + MathF.Abs(share) * (goal - own) + 0.5f);
            }
    }
}
