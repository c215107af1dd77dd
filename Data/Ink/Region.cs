namespace FcnFromScratch.Data;

/// <summary>Pixels of one class that hang together: their box, both ends inside, and their number.</summary>
public readonly record struct Region(int Class, int XMin, int YMin, int XMax, int YMax, int Pixels)
{
    public int Width => XMax - XMin + 1;
    public int Height => YMax - YMin + 1;

    /// <summary>Pixels of its box.</summary>
    public long Area => (long)Width * Height;

    /// <summary>Whether it is one row or one column of pixels. No digit is.</summary>
    public bool IsLine => XMin == XMax || YMin == YMax;

    /// <summary>
    /// Finds the regions of all classes but the ground's: 8-connected components. Runs of a class in a row are joined with those above that they touch, so
    /// takes memory for the regions and a row, however large they are.
    /// </summary>
    /// <param name="labels">Classes [height, width].</param>
    /// <param name="ground">The class of what is not looked for.</param>
    /// <returns>From left to right, then from top to bottom.</returns>
    public static IReadOnlyList<Region> Find(ReadOnlySpan<byte> labels, int width, int ground)
    {
        var regions = new List<Region>();
        var parents = new List<int>(); // of a region that was joined with another; its own number for one that stands
        List<(int Start, int End, int Region)> above = [], runs = [];
        for (int y = 0; y < labels.Length / width; y++, (above, runs) = (runs, above))
        {
            var row = labels.Slice(y * width, width);
            runs.Clear();
            for (int start = 0, end, first = 0; start < width; start = end)
            {
                for (end = start + 1; end < width && row[end] == row[start];) end++;
                if (row[start] == ground) continue;
                var run = new Region(row[start], start, y, end - 1, y, end - start);
                int region = -1;
                // A run above touches this one by a side or a corner: it ends at this one's start, or starts at its end, at the least.
                while (first < above.Count && above[first].End < start) first++;
                for (int i = first; i < above.Count && above[i].Start <= end; i++)
                {
                    int other = Root(above[i].Region);
                    if (regions[other].Class != run.Class || other == region) continue;
                    if (region < 0) (region, regions[other]) = (other, regions[other].With(run));
                    else
                    {
                        regions[region] = regions[region].With(regions[other]);
                        parents[other] = region;
                    }
                }
                if (region < 0)
                {
                    region = regions.Count;
                    regions.Add(run);
                    parents.Add(region);
                }
                runs.Add((start, end, region));
            }
        }
        // By their numbers: of noise there are millions, and sorting themselves would copy them twice.
        int[] standing = [.. Enumerable.Range(0, regions.Count).Where(i => parents[i] == i)];
        Array.Sort(standing, (a, b) => (regions[a].XMin, regions[a].YMin, a).CompareTo((regions[b].XMin, regions[b].YMin, b)));
        return Array.ConvertAll(standing, i => regions[i]);

        int Root(int region)
        {
            while (parents[region] != region) region = parents[region] = parents[parents[region]];
            return region;
        }
    }

    /// <summary>Both as one.</summary>
    public Region With(Region other) => new(Class, Math.Min(XMin, other.XMin), Math.Min(YMin, other.YMin),
        Math.Max(XMax, other.XMax), Math.Max(YMax, other.YMax), Pixels + other.Pixels);
}
