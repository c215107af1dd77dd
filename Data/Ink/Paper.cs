namespace FcnFromScratch.Data;

/// <summary>
/// What a picture is written on, as a plane: its light falls off from side to side at most. Along each edge the median is the paper, since hardly any ink is
/// there; the plane goes through the four.
/// </summary>
public readonly struct Paper
{
    /// <summary>The strip along an edge is so deep a share of the picture.</summary>
    private const int StripShare = 8;

    /// <summary>Differences below it are noise.</summary>
    private const int Noise = 24;

    private readonly double _corner, _perRow, _perColumn, _middle;
    private readonly int _width;

    /// <param name="pixels">[height, width]</param>
    public Paper(ReadOnlySpan<byte> pixels, int width)
    {
        int height = pixels.Length / width, deep = (height + StripShare - 1) / StripShare, broad = (width + StripShare - 1) / StripShare;
        double top = Median(pixels, width, 0, 0, width, deep), bottom = Median(pixels, width, 0, height - deep, width, height);
        double left = Median(pixels, width, 0, 0, broad, height), right = Median(pixels, width, width - broad, 0, width, height);
        _width = width;
        _middle = (top + bottom + left + right) / 4;
        (_perRow, _perColumn) = ((bottom - top) / Math.Max(1, height - deep), (right - left) / Math.Max(1, width - broad));
        _corner = _middle - (height - 1) / 2.0 * _perRow - (width - 1) / 2.0 * _perColumn;
    }

    /// <summary>The paper's level at pixel y · width + x.</summary>
    public double this[int i] => At(i % _width, i / _width);

    private double At(int x, int y) => _corner + y * _perRow + x * _perColumn;

    /// <summary>
    /// Whether ink is darker than its paper: it is what lies far from it, on the side where the squares of the differences add up to more. A picture without
    /// any counts as one of dark ink if it is light.
    /// </summary>
    /// <param name="pixels">Those of the constructor.</param>
    public bool HasDarkInk(ReadOnlySpan<byte> pixels)
    {
        double darker = 0, lighter = 0;
        for (int i = 0; i < pixels.Length; i++)
        {
            double difference = pixels[i] - this[i];
            if (difference <= -Noise) darker += difference * difference;
            else if (difference >= Noise) lighter += difference * difference;
        }
        return darker != lighter ? darker > lighter : _middle > 127;
    }

    /// <summary>Leaves what is lighter than the paper, and by how much.</summary>
    /// <param name="pixels">Those of the constructor; are changed.</param>
    public void TakeAway(byte[] pixels)
    {
        for (int y = 0, at = 0; at < pixels.Length; y++)
            for (int x = 0; x < _width; x++, at++) pixels[at] = (byte)Math.Clamp(pixels[at] - At(x, y) + 0.5, 0, 255);
    }

    /// <summary>Of the pixels from a corner to another, which is outside.</summary>
    private static int Median(ReadOnlySpan<byte> pixels, int width, int left, int top, int right, int bottom)
    {
        var histogram = new int[256];
        for (int y = top; y < bottom; y++)
            foreach (byte pixel in pixels[(y * width + left)..(y * width + right)]) histogram[pixel]++;
        int median = 0, half = (right - left) * (bottom - top) / 2;
        for (int below = histogram[0]; below <= half; below += histogram[median]) median++;
        return median;
    }
}
