namespace FcnFromScratch.Data;

/// <summary>
/// Composes images by the recipe that made M2NIST: on 64×84 pixels lie 2 or 3 digits, equally likely; digit i has its 28×28 window at
/// x uniform in 28i … 28i + 9 and y uniform in 0 … 36, and is left out where it would pass the right edge (so nine of ten third digits are).
/// A pixel is the maximum over the digits, its class the digit that has ink there; where two have, the lower one.
/// </summary>
public static class M2nistComposer
{
    private const int Height = M2nist.Height, Width = M2nist.Width, Side = DigitImages.Side;

    /// <summary>A whole data set, a function of source and seed alone.</summary>
    public static SegmentationData Compose(string name, int count, ulong seed, IDigitSource source)
    {
        const int size = Height * Width;
        if (count < 1) throw new DataException($"{name}: {count} images were asked for; at least 1 can be made.");
        if ((long)count * size > Array.MaxLength) throw new DataException($"{name}: {count} images were asked for; at most {Array.MaxLength / size} fit in memory.");
        var (images, labels, digits) = (new byte[count * size], new byte[count * size], new PlacedDigit[count][]);
        Parallel.For(0, count, i =>
        {
            var random = new CounterRandom(seed, RandomStream.Scene, sample: (uint)i);
            var placed = new List<PlacedDigit>(3);
            Compose(ref random, source, images.AsSpan(i * size, size), labels.AsSpan(i * size, size), placed, i);
            digits[i] = [.. placed];
        });
        return new SegmentationData(name, Height, Width, images, labels, [.. digits.SelectMany(d => d)]);
    }

    /// <summary>One image <c>[64, 84]</c> and its classes; <paramref name="placed"/>, if given, receives its digits as of image <paramref name="index"/>.</summary>
    public static void Compose(ref CounterRandom random, IDigitSource source, Span<byte> image, Span<byte> labels, List<PlacedDigit>? placed = null, int index = 0)
    {
        image.Clear();
        labels.Fill(SegmentationData.Background);
        Span<byte> digit = stackalloc byte[DigitImages.Area];
        int slots = 2 + random.NextInt(2);
        for (int slot = 0; slot < slots; slot++)
        {
            int left = Side * slot + random.NextInt(10), top = random.NextInt(Height - Side + 1);
            if (left + Side > Width) continue;
            int label = source.Draw(ref random, digit);
            int xMin = Side, yMin = Side, xMax = -1, yMax = -1;
            for (int y = 0; y < Side; y++)
            {
                for (int x = 0; x < Side; x++)
                {
                    byte ink = digit[y * Side + x];
                    if (ink == 0) continue;
                    int at = (top + y) * Width + left + x;
                    image[at] = Math.Max(image[at], ink);
                    labels[at] = Math.Min(labels[at], (byte)label);
                    (xMin, xMax, yMin, yMax) = (Math.Min(xMin, x), Math.Max(xMax, x), Math.Min(yMin, y), y);
                }
            }
            if (xMax >= 0) placed?.Add(new PlacedDigit(index, slot, left, top, label, -1, left + xMin, top + yMin, left + xMax, top + yMax));
        }
    }
}
