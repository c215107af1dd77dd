namespace FcnFromScratch.Data;

/// <summary>
/// Finds out which MNIST digits lie where in the images of M2NIST. Kaggle's files do not say, yet who composes new training images
/// must know which digits the hold-out shows. What is found is proved: composing it again gives each image and mask bit for bit.
/// </summary>
public sealed class M2nistIndex
{
    private const int Side = DigitImages.Side, Height = M2nist.Height, Width = M2nist.Width;

    // Pixels of a digit that may differ from the image, as digits of two classes share them: at most 5 in the real set.
    private const int MaxShared = 8;

    /// <summary>A row through the middle of a digit's window; by it digits are looked up.</summary>
    private const int Middle = 14;

    private readonly DigitImages _mnist;
    private readonly int[][] _ofLabel = new int[10][];
    private readonly Dictionary<Ink, (int Index, int X, int Y)> _byInk = [];
    private readonly ILookup<Ink?, int> _byMiddle;

    /// <param name="mnist">The digits to look among: <see cref="MnistData.All"/>, as M2NIST is made of both parts.</param>
    public M2nistIndex(DigitImages mnist)
    {
        _mnist = mnist;
        for (int label = 0; label < 10; label++) _ofLabel[label] = [.. Enumerable.Range(0, mnist.Count).Where(i => mnist.Labels[i] == label)];
        for (int i = 0; i < mnist.Count; i++)
            if (Ink.Of(mnist.Labels[i], mnist.Image(i), Side, out int x, out int y) is { } ink) _byInk.TryAdd(ink, (i, x, y));
        _byMiddle = Enumerable.Range(0, mnist.Count).ToLookup(i => Ink.Of(mnist.Labels[i], mnist.Image(i).Slice(Middle * Side, Side), Side, out _, out _));
    }

    /// <summary>The digits of all images, in their order; of identical MNIST images the first.</summary>
    /// <exception cref="DataException">An image is not composed of these digits by M2NIST's recipe.</exception>
    public IReadOnlyList<PlacedDigit> Find(SegmentationData data)
    {
        var digits = new IReadOnlyList<PlacedDigit>?[data.Count];
        Parallel.For(0, data.Count, i => digits[i] = Prove(data, i, Find(data, i, thorough: false)) ?? Prove(data, i, Find(data, i, thorough: true)));
        int bad = Array.FindIndex(digits, d => d is null);
        if (bad >= 0) throw new DataException($"{data.Name}: image {bad} is not composed of the digits of {_mnist.Name}.");
        return [.. digits.SelectMany(d => d!)];
    }

    private List<(int X, int Y, int Index)> Find(SegmentationData data, int image, bool thorough)
    {
        var found = new List<(int X, int Y, int Index)>();
        var plane = new byte[Height * Width];
        ReadOnlySpan<byte> pixels = data.Image(image), labels = data.Mask(image);
        for (int label = 0; label < 10; label++)
        {
            if (!labels.Contains((byte)label)) continue;
            for (int i = 0; i < plane.Length; i++) plane[i] = labels[i] == label ? pixels[i] : (byte)0;
            // Nearly always a class is one digit and shares no pixel: its ink is that of an MNIST image.
            if (!thorough && Ink.Of(label, plane, Width, out int x, out int y) is { } ink && _byInk.TryGetValue(ink, out var known))
                found.Add((x - known.X, y - known.Y, known.Index));
            else if (thorough) Search(plane, label, found);
        }
        return found;
    }

    /// <summary>
    /// The digits of a class that share the plane. A later window erases an earlier one, so slots are searched from the last, and what is found is
    /// taken away.
    /// </summary>
    private void Search(byte[] plane, int label, List<(int X, int Y, int Index)> found)
    {
        var isErased = new bool[plane.Length];
        for (int slot = 2; slot >= 0 && plane.AsSpan().ContainsAnyExcept((byte)0); slot--)
        {
            var best = (Different: MaxShared + 1, X: 0, Y: 0, Index: -1);
            Try(slot, (left, top) => _byMiddle[Ink.Of(label, plane.AsSpan((top + Middle) * Width + left, Side), Side, out _, out _)], ref best);
            if (best.Different > 0) Try(slot, (left, top) => _ofLabel[label].Where(i => IsLike(i, left, top)), ref best);
            if (best.Index < 0) continue;
            found.Add((best.X, best.Y, best.Index));
            for (int y = best.Y; y < best.Y + Side; y++)
            {
                isErased.AsSpan(y * Width + best.X, Side).Fill(true);
                plane.AsSpan(y * Width + best.X, Side).Clear();
            }
        }

        void Try(int slot, Func<int, int, IEnumerable<int>> candidates, ref (int Different, int X, int Y, int Index) best)
        {
            for (int left = Side * slot; left < Side * slot + 10 && left + Side <= Width; left++)
                for (int top = 0; top + Side <= Height; top++)
                    foreach (int index in candidates(left, top).Where(i => _mnist.Labels[i] == label))
                        if (Different(_mnist.Image(index), left, top, best.Different) is var different && different < best.Different)
                            best = (different, left, top, index);
        }

        // Where digits of two classes share pixels or one is partly erased, some rows are still as they were: of the columns that the next slot cannot reach.
        bool IsLike(int index, int left, int top)
        {
            const int columns = Side - 9;
            var digit = _mnist.Image(index);
            foreach (int row in (ReadOnlySpan<int>)[Middle, Middle - 4, Middle + 4])
                if (digit.Slice(row * Side, columns).SequenceEqual(plane.AsSpan((top + row) * Width + left, columns))) return true;
            return false;
        }

        int Different(ReadOnlySpan<byte> digit, int left, int top, int limit)
        {
            int different = 0;
            for (int p = 0; p < digit.Length && different < limit; p++)
            {
                int at = (top + p / Side) * Width + left + p % Side;
                if (!isErased[at] && digit[p] != plane[at]) different++;
            }
            return different;
        }
    }

    /// <summary>The digits with slots and boxes, if composing them gives the image and its mask; else null.</summary>
    private PlacedDigit[]? Prove(SegmentationData data, int image, List<(int X, int Y, int Index)> found)
    {
        if (found.Count is 0 or > 3) return null;
        found.Sort();
        var windows = new byte[found.Count * DigitImages.Area];
        var digits = new PlacedDigit[found.Count];
        for (int i = 0; i < found.Count; i++)
        {
            var (x, y, index) = found[i];
            int slot = x / Side;
            if (x < 0 || y < 0 || x + Side > Width || y + Side > Height || x - Side * slot > 9) return null;
            var window = windows.AsSpan(i * DigitImages.Area, DigitImages.Area);
            _mnist.Image(index).CopyTo(window);
            digits[i] = M2nistComposer.Place(window, new PlacedDigit(image, slot, x, y, _mnist.Labels[index], _mnist.MnistIndex(index), 0, 0, 0, 0));
        }
        var (pixels, labels) = (new byte[Height * Width], new byte[Height * Width]);
        M2nistComposer.Merge(windows, [.. digits.Select(d => (d.X, d.Y, d.Label))], pixels, labels);
        return data.Image(image).SequenceEqual(pixels) && data.Mask(image).SequenceEqual(labels) ? digits : null;
    }

    /// <summary>The part of a picture that has ink, without the empty rows and columns around it, and what digit it is.</summary>
    private sealed class Ink : IEquatable<Ink>
    {
        private readonly byte[] _content; // label, columns, then the rows

        private Ink(byte[] content) => _content = content;

        /// <summary>Null where there is none; (<paramref name="left"/>, <paramref name="top"/>) is its corner in the picture.</summary>
        public static Ink? Of(int label, ReadOnlySpan<byte> picture, int width, out int left, out int top)
        {
            (left, top) = (width, 0);
            int first = picture.IndexOfAnyExcept((byte)0), last = picture.LastIndexOfAnyExcept((byte)0), right = -1;
            if (first < 0) return null;
            top = first / width;
            for (int y = top; y <= last / width; y++)
            {
                var row = picture.Slice(y * width, width);
                if (row.IndexOfAnyExcept((byte)0) is >= 0 and var start)
                    (left, right) = (Math.Min(left, start), Math.Max(right, row.LastIndexOfAnyExcept((byte)0)));
            }
            int columns = right - left + 1;
            var content = new byte[2 + columns * (last / width - top + 1)];
            (content[0], content[1]) = ((byte)label, (byte)columns);
            for (int y = top; y <= last / width; y++) picture.Slice(y * width + left, columns).CopyTo(content.AsSpan(2 + (y - top) * columns));
            return new Ink(content);
        }

        public bool Equals(Ink? other) => other is not null && _content.AsSpan().SequenceEqual(other._content);

        public override bool Equals(object? other) => Equals(other as Ink);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            hash.AddBytes(_content);
            return hash.ToHashCode();
        }
    }
}
