using FcnFromScratch.Data;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Data;

public class RegionTests
{
    [Theory]
    [InlineData(1, 1, 2), InlineData(40, 1, 2), InlineData(1, 40, 2), InlineData(60, 50, 2), InlineData(60, 50, 3), InlineData(33, 80, 11)]
    public void Regions_are_those_that_a_flood_would_fill(int width, int height, int classes)
    {
        var random = new CounterRandom((ulong)(width * classes), RandomStream.Augmentation);
        // Few classes make regions that wind and meet again; the last class is the ground.
        byte[] labels =
            [.. Enumerable.Range(0, width * height).Select(_ => (byte)(random.NextInt(classes) is var c && c < classes - 1 ? c : SegmentationData.Background))];
        Assert.Equal(Flooded(labels, width).Order(Comparer), Region.Find(labels, width, SegmentationData.Background).Order(Comparer));
    }

    [Fact]
    public void A_region_of_one_row_or_column_is_a_line()
    {
        Assert.True(new Region(1, 3, 4, 60, 4, 58).IsLine);
        Assert.True(new Region(1, 3, 4, 3, 60, 57).IsLine);
        Assert.False(new Region(1, 3, 4, 4, 60, 90).IsLine);
    }

    private static Comparer<Region> Comparer { get; } = Comparer<Region>.Create(
        (a, b) => (a.Class, a.XMin, a.YMin, a.XMax, a.YMax, a.Pixels).CompareTo((b.Class, b.XMin, b.YMin, b.XMax, b.YMax, b.Pixels)));

    private static List<Region> Flooded(byte[] labels, int width)
    {
        var regions = new List<Region>();
        var left = new HashSet<int>(Enumerable.Range(0, labels.Length).Where(i => labels[i] != SegmentationData.Background));
        while (left.Count > 0)
        {
            var open = new Stack<int>([left.First()]);
            var found = new List<int>();
            while (open.TryPop(out int at))
            {
                if (!left.Remove(at)) continue;
                found.Add(at);
                foreach (int next in left.Where(i => labels[i] == labels[at] && Math.Abs(i / width - at / width) <= 1 && Math.Abs(i % width - at % width) <= 1))
                    open.Push(next);
            }
            regions.Add(new Region(labels[found[0]], found.Min(i => i % width), found.Min(i => i / width),
                found.Max(i => i % width), found.Max(i => i / width), found.Count));
        }
        return regions;
    }
}
