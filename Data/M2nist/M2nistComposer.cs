namespace FcnFromScratch.Data;

/// <summary>
/// Composes images by the recipe that made M2NIST: on 64×84 pixels lie 2 or 3 digits, equally likely; digit i has its 28×28 window at
/// x uniform in 28i … 28i + 9 and y uniform in 0 … 36, and is left out where it would pass the right edge (so nine of ten third digits are).
/// Each class has a plane that the windows of its digits are copied into, so a later window erases an earlier one of the same class
/// where they overlap. A pixel is the maximum over the planes, its class the plane that has ink there; where two have, the lower one.
/// From the digits and places of the real set this gives all 5000 of its images, bit for bit.
/// </summary>
public static class M2nistComposer
{
    private const int Height = M2nist.Height, Width = M2nist.Width, Side = DigitImages.Side;

    /// <summary>More images than this do not fit into one array.</summary>
    public static readonly int MaxCount = Array.MaxLength / (Height * Width);

    /// <summary>The embedded default: images of procedural digits, a function of the seed alone.</summary>
    public static SegmentationData Procedural(int count, ulong seed) => Compose($"procedural digits, seed {seed}", count, seed, ProceduralDigits.Source);

    /// <summary>A whole data set, a function of source and seed alone.</summary>
    public static SegmentationData Compose(string name, int count, ulong seed, IDigitSource source)
    {
        const int size = Height * Width;
        if (count < 1) throw new DataException($"{name}: {count} images were asked for; at least 1 can be made.");
        if (count > MaxCount) throw new DataException($"{name}: {count} images were asked for; at most {MaxCount} fit in memory.");
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

    /// <summary>
    /// One image <c>[64, 84]</c> and its classes; <paramref name="placed"/>, if given, receives its digits as of image <paramref name="index"/>.
    /// </summary>
    public static void Compose(
        ref CounterRandom random, IDigitSource source, Span<byte> image, Span<byte> labels, List<PlacedDigit>? placed = null, int index = 0)
    {
        Span<byte> windows = stackalloc byte[3 * DigitImages.Area];
        Span<(int Left, int Top, int Label)> places = stackalloc (int, int, int)[3];
        int count = 0, slots = 2 + random.NextInt(2);
        for (int slot = 0; slot < slots; slot++)
        {
            int left = Side * slot + random.NextInt(10), top = random.NextInt(Height - Side + 1);
            if (left + Side > Width) continue;
            var window = windows.Slice(count * DigitImages.Area, DigitImages.Area);
            int label = source.Draw(ref random, window, out int mnistIndex);
            places[count++] = (left, top, label);
            placed?.Add(Place(window, new PlacedDigit(index, slot, left, top, label, mnistIndex, 0, 0, 0, 0)));
        }
        Merge(windows, places[..count], image, labels);
    }

    /// <summary>Lays digits into an image and its classes; later ones erase earlier ones of the same class where their windows overlap.</summary>
    internal static void Merge(ReadOnlySpan<byte> windows, ReadOnlySpan<(int Left, int Top, int Label)> places, Span<byte> image, Span<byte> labels)
    {
        image.Clear();
        labels.Fill(SegmentationData.Background);
        for (int i = 0; i < places.Length; i++)
        {
            var (left, top, label) = places[i];
            for (int p = 0; p < DigitImages.Area; p++)
            {
                byte ink = windows[i * DigitImages.Area + p];
                int x = left + p % Side, y = top + p / Side, at = y * Width + x;
                if (ink == 0 || IsErased(places[(i + 1)..], label, x, y)) continue;
                image[at] = Math.Max(image[at], ink);
                labels[at] = Math.Min(labels[at], (byte)label);
            }
        }
    }

    private static bool IsErased(ReadOnlySpan<(int Left, int Top, int Label)> later, int label, int x, int y)
    {
        foreach (var place in later)
            if (place.Label == label && x >= place.Left && x < place.Left + Side && y >= place.Top && y < place.Top + Side) return true;
        return false;
    }

    /// <summary>Adds the box of its ink to a digit.</summary>
    internal static PlacedDigit Place(ReadOnlySpan<byte> window, PlacedDigit digit)
    {
        int xMin = Side, yMin = Side, xMax = -1, yMax = -1;
        for (int p = 0; p < window.Length; p++)
        {
            if (window[p] == 0) continue;
            int x = p % Side, y = p / Side;
            (xMin, xMax, yMin, yMax) = (Math.Min(xMin, x), Math.Max(xMax, x), Math.Min(yMin, y), y);
        }
        return digit with { XMin = digit.X + xMin, YMin = digit.Y + yMin, XMax = digit.X + xMax, YMax = digit.Y + yMax };
    }
}
