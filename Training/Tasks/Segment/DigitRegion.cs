using FcnFromScratch.Data;

namespace FcnFromScratch.Training.Tasks.Segment;

/// <summary>Pixels of one digit's class that hang together: their box, both ends inside, and their number.</summary>
public readonly record struct DigitRegion(int Digit, int XMin, int YMin, int XMax, int YMax, int Pixels)
{
    /// <summary>Finds the regions of all digits: 8-connected components of each class.</summary>
    /// <param name="labels">Classes [height, width].</param>
    /// <returns>From left to right, then from top to bottom.</returns>
    public static IReadOnlyList<DigitRegion> Find(ReadOnlySpan<byte> labels, int width)
    {
        int height = labels.Length / width;
        var seen = new bool[labels.Length];
        var regions = new List<DigitRegion>();
        var open = new Stack<int>();
        for (int start = 0; start < labels.Length; start++)
        {
            if (seen[start] || labels[start] == SegmentationData.Background) continue;
            var region = new DigitRegion(labels[start], int.MaxValue, int.MaxValue, -1, -1, 0);
            seen[start] = true;
            open.Push(start);
            while (open.TryPop(out int at))
            {
                var (y, x) = Math.DivRem(at, width);
                region = new DigitRegion(region.Digit, Math.Min(region.XMin, x), Math.Min(region.YMin, y),
                    Math.Max(region.XMax, x), Math.Max(region.YMax, y), region.Pixels + 1);
                for (int row = Math.Max(0, y - 1); row <= Math.Min(height - 1, y + 1); row++)
                    for (int column = Math.Max(0, x - 1); column <= Math.Min(width - 1, x + 1); column++)
                    {
                        int next = row * width + column;
                        if (seen[next] || labels[next] != region.Digit) continue;
                        seen[next] = true;
                        open.Push(next);
                    }
            }
            regions.Add(region);
        }
        return [.. regions.OrderBy(r => r.XMin).ThenBy(r => r.YMin)];
    }
}
