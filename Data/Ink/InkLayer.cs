namespace FcnFromScratch.Data;

/// <summary>The ink of a picture without its ground, whatever the width of the strokes.</summary>
/// <param name="Pixels">[height, width], 0 where there is none.</param>
/// <param name="IsInk">[height, width], 1 where a pixel stands out enough to be ink, and 0.</param>
public sealed record InkLayer(byte[] Pixels, int Width, byte[] IsInk)
{
    /// <summary>Ink that stands out by less is dirt, or none.</summary>
    private const int LeastContrast = 40;

    /// <summary>
    /// Takes the paper away, then what is left of a ground by the square that is just larger than the strokes: from 17 pixels on the side is doubled as long
    /// as strokes are cut by it, or half as much ink again comes out. A stroke that the square fits into is ground to it but for its ends; a larger square
    /// than is needed would take the corner of a shadow for ink.
    /// (Sizes of what is in a picture by openings of growing size: the pattern spectrum, Maragos 1989.)
    /// </summary>
    /// <param name="pixels">[height, width], light ink; becomes the ink's, so that a large picture is not held twice.</param>
    /// <param name="keepGround">Nothing is taken away.</param>
    public static InkLayer Of(byte[] pixels, int width, bool keepGround)
    {
        if (keepGround) return Of(pixels, width, new byte[pixels.Length]);
        int longest = Math.Max(width, pixels.Length / width);
        new Paper(pixels, width).TakeAway(pixels);
        byte[] ground = [.. pixels];
        Ground.Open(ground, width, Ground.Side);
        long volume = Volume(pixels, ground);
        for (int side = 2 * Ground.Side - 1; side < 2 * longest; side = 2 * side - 1)
        {
            // The larger square is made of such as before, so what they opened it opens as it would the pixels, and no third plane is held.
            Ground.Open(ground, width, side);
            long wider = Volume(pixels, ground);
            const double more = 1.04, muchMore = 1.5;
            double growth = (double)wider / volume;
            if (growth < muchMore)
            {
                pixels.CopyTo(ground, 0);
                Ground.Open(ground, width, (side + 1) / 2);
                if (growth < more || IsWhole(pixels, ground, width)) break;
                Ground.Open(ground, width, side);
            }
            volume = wider;
        }
        for (int i = 0; i < pixels.Length; i++) pixels[i] -= ground[i];
        return Of(pixels, width, ground);
    }

    /// <summary>
    /// Whether strokes are whole: where their ink begins the picture itself steps up, and not only what is left of it without the ground. Where it does not
    /// they are cut. Of a stroke of two pixels that cannot be told from grain.
    /// </summary>
    private static bool IsWhole(byte[] pixels, byte[] ground, int width)
    {
        const double hardlyAny = 0.001, leastWidth = 1.6;
        int threshold = ThresholdOf(pixels, ground);
        long steps = 0, cut = 0, outline = 0, ink = 0;
        for (int i = 0; i < pixels.Length; i++)
        {
            if (pixels[i] - ground[i] > threshold) ink++;
            if ((i + 1) % width != 0) Count(i, i + 1);
            if (i + width < pixels.Length) Count(i, i + width);
        }
        return cut <= hardlyAny * steps && ink >= leastWidth * outline;

        void Count(int a, int b)
        {
            int step = pixels[b] - ground[b] - pixels[a] + ground[a];
            if (pixels[a] - ground[a] > threshold == pixels[b] - ground[b] > threshold) return;
            outline++;
            steps += Math.Abs(step);
            if (2 * (pixels[b] - pixels[a]) * Math.Sign(step) < Math.Abs(step)) cut += Math.Abs(step);
        }
    }

    /// <param name="isInk">Is overwritten: the planes of a large picture are what its memory goes to.</param>
    private static InkLayer Of(byte[] pixels, int width, byte[] isInk)
    {
        int threshold = ThresholdOf(pixels, null);
        for (int i = 0; i < pixels.Length; i++) isInk[i] = (byte)(pixels[i] > threshold ? 1 : 0);
        return new InkLayer(pixels, width, isInk);
    }

    /// <summary>What stands out from a ground, faint noise left out.</summary>
    private static long Volume(byte[] pixels, byte[] ground)
    {
        long sum = 0;
        for (int i = 0; i < pixels.Length; i++)
            if (pixels[i] - ground[i] is >= LeastContrast and var above) sum += above;
        return sum;
    }

    /// <summary>
    /// The threshold that divides ink from ground with the largest variance between the two (Otsu 1979): what is above it is ink. 256 where there is none.
    /// </summary>
    private static int ThresholdOf(byte[] pixels, byte[]? ground)
    {
        var histogram = new long[256];
        for (int i = 0; i < pixels.Length; i++) histogram[pixels[i] - (ground?[i] ?? 0)]++;
        double all = 0, below = 0, best = -1;
        for (int i = 0; i < 256; i++) all += (double)i * histogram[i];
        long count = 0;
        int threshold = 0;
        double low = 0, high = 0;
        for (int i = 0; i < 255; i++)
        {
            count += histogram[i];
            below += (double)i * histogram[i];
            if (count == 0 || count == pixels.Length) continue;
            long rest = pixels.Length - count;
            double mean = below / count, other = (all - below) / rest, between = (double)count * rest * (other - mean) * (other - mean);
            if (between > best) (best, threshold, low, high) = (between, i, mean, other);
        }
        return high - low >= LeastContrast ? threshold : 256;
    }
}
