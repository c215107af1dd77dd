namespace FcnFromScratch.Data;

/// <summary>The ink of a picture without its ground, whatever the width of the strokes.</summary>
/// <param name="Pixels">[height, width], 0 where there is none.</param>
/// <param name="Threshold">A pixel above it is ink; 256 where no pixel is.</param>
public sealed record InkLayer(byte[] Pixels, int Width, int Threshold)
{
    /// <summary>Ink that stands out by less is dirt, or none.</summary>
    private const int LeastContrast = 40;

    /// <summary>
    /// Takes the paper away, then what is left of a ground by the square that is just larger than the strokes: from 17 pixels on the side is doubled as long
    /// as more ink comes out. A stroke that the square fits into is ground to it, so the ink grows with the square until that is larger than all strokes.
    /// (Sizes of what is in a picture by openings of growing size: the pattern spectrum, Maragos 1989.)
    /// </summary>
    /// <param name="pixels">[height, width], light ink; is not changed.</param>
    /// <param name="keepGround">Nothing is taken away.</param>
    public static InkLayer Of(byte[] pixels, int width, bool keepGround)
    {
        if (keepGround) return new InkLayer(pixels, width, ThresholdOf(pixels));
        int longest = Math.Max(width, pixels.Length / width);
        byte[] flat = new Paper(pixels, width).Lighter(pixels), best = Taken(flat, width, Ground.Side);
        for (int side = 2 * Ground.Side - 1; side < 2 * longest; side = 2 * side - 1)
        {
            byte[] next = Taken(flat, width, side);
            const double more = 1.04;
            if (Volume(next) < more * Volume(best)) break;
            best = next;
        }
        return new InkLayer(best, width, ThresholdOf(best));
    }

    private static byte[] Taken(byte[] pixels, int width, int side)
    {
        byte[] taken = [.. pixels];
        Ground.TakeAway(taken, width, side);
        return taken;
    }

    /// <summary>What stands out from the ground, faint noise left out.</summary>
    private static long Volume(byte[] pixels)
    {
        long sum = 0;
        foreach (byte pixel in pixels) sum += pixel >= LeastContrast ? pixel : 0;
        return sum;
    }

    /// <summary>The threshold that divides ink from ground with the largest variance between the two (Otsu 1979).</summary>
    private static int ThresholdOf(byte[] pixels)
    {
        var histogram = new long[256];
        foreach (byte pixel in pixels) histogram[pixel]++;
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
