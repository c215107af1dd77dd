namespace FcnFromScratch.Data;

/// <summary>The ink in a box and what lies between: from its first to its last pixel in each row and, of these, in each column.</summary>
internal sealed class Outline
{
    private readonly int[] _left, _right, _top, _bottom;

    private Outline(int width, int height)
    {
        (_left, _right, _top, _bottom) = (new int[height], new int[height], new int[width], new int[width]);
        Array.Fill(_left, width);
        Array.Fill(_top, height);
    }

    /// <summary>Pixels within.</summary>
    public long Count { get; private set; }

    public static Outline Of(InkLayer ink, Region box)
    {
        var outline = new Outline(box.Width, box.Height);
        var (left, right, top, bottom) = (outline._left, outline._right, outline._top, outline._bottom);
        for (int y = 0; y < box.Height; y++)
            for (int x = 0; x < box.Width; x++)
                if (ink.IsInk[(box.YMin + y) * ink.Width + box.XMin + x] != 0)
                    (left[y], right[y], top[x], bottom[x]) = (Math.Min(left[y], x), x, Math.Min(top[x], y), y);
        for (int y = 0; y < box.Height; y++)
            for (int x = left[y]; x <= right[y]; x++)
                if (y >= top[x] && y <= bottom[x]) outline.Count++;
        return outline;
    }

    /// <summary>Whether a pixel of the box lies within, and as far from each end.</summary>
    public bool Has(int x, int y, int edge) => x >= _left[y] + edge && x <= _right[y] - edge && y >= _top[x] + edge && y <= _bottom[x] - edge;
}
