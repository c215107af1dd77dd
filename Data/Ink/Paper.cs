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
    public double this[int i] => _corner + i / _width * _perRow + i % _width * _perColumn;

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

    /// <summary>What is lighter than the paper, and by how much.</summary>
    /// <param name="pixels">Those of the constructor.</param>
    public byte[] Lighter(ReadOnlySpan<byte> pixels)
    {
        var lighter = new byte[pixels.Length];
        for (int i = 0; i < pixels.Length; i++) lighter[i] = (byte)Math.Clamp(pixels[i] - this[i] + 0.5, 0, 255);
        return lighter;
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
