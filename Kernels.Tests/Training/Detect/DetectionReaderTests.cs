using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Training.Tasks.Detect;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Training.Detect;

/// <summary>What is taken from answers made by hand: of two classes, a cell each row.</summary>
public sealed class DetectionReaderTests : IDisposable
{
    private readonly CpuDevice _device = new(1);

    public void Dispose() => _device.Dispose();

    private IReadOnlyList<Detection> Read(DetectionLimits limits, int width, int height, params (float First, float Second, float[] Box)[] cells)
    {
        using var reader = new DetectionReader(_device, limits);
        return reader.Read([.. cells.SelectMany(c => new[] { 0, 0, 0, 0, c.First, c.Second })], [.. cells.SelectMany(c => c.Box)], width, height);
    }

    [Fact]
    public void Of_boxes_for_one_digit_the_surest_is_kept_and_neighbours_of_its_class_survive()
    {
        var found = Read(new(0.5, 0.5), 100, 100,
            (1, -9, [10, 10, 30, 30]), (2, -9, [11, 10, 31, 30]), // one digit
            (0.5f, 1.5f, [12, 10, 32, 30]), // surer that it is of the other class, whose best it is
            (0.2f, -9, [22, 10, 42, 30]), // a second one beside it: IoU with the best 0.29
            (-0.1f, -9, [60, 60, 80, 80])); // below the least score
        Assert.Equal([(0, 11.0), (1, 12), (0, 22)], found.Select(d => (d.Class, d.Box.XMin)));
        foreach (var (d, logit) in found.Zip([2, 1.5, 0.2])) Assert.Equal(1 / (1 + Math.Exp(-logit)), d.Score, 6);
    }

    /// <summary>An 8 that is somewhat like a 0 is no 08.</summary>
    [Fact]
    public void Of_two_classes_for_one_digit_the_surer_is_read_where_a_reading_is_wanted()
    {
        (float, float, float[])[] cells = [(1, -9, [10, 10, 30, 30]), (-9, 2, [11, 10, 31, 30]), (-9, 1, [60, 10, 80, 30]), (0.5f, -9, [66, 10, 86, 30])];
        Assert.Equal([1, 0, 1, 0], Read(new(0.5, 0.5), 100, 100, cells).Select(d => d.Class));
        Assert.Equal([(1, 11.0), (1, 60), (0, 66)], Read(new(0.5, 0.5) { Same = 0.7 }, 100, 100, cells).Select(d => (d.Class, d.Box.XMin)));
    }

    [Fact]
    public void Boxes_end_at_the_pictures_edge()
    {
        var box = Assert.Single(Read(new(0.5, 0.5), 50, 40, (3, -9, [-4, 10, 60, 44]))).Box;
        Assert.Equal(new Box(0, 10, 50, 40), box);
        // Beyond them there is nothing to find, to the right, below and above.
        Assert.Empty(Read(new(0.5, 0.5), 50, 40, (3, -9, [50, 10, 60, 30]), (3, -9, [5, 41, 9, 60]), (3, -9, [5, -9, 9, 0])));
    }

    [Fact]
    public void Equals_come_in_the_order_of_cells_and_classes()
    {
        var found = Read(new(0.5, 0.5), 100, 100, (1, 1, [50, 0, 60, 10]), (1, 1, [0, 0, 10, 10]));
        Assert.Equal([(0, 50.0), (1, 50), (0, 0), (1, 0)], found.Select(d => (d.Class, d.Box.XMin)));
    }

    /// <summary>An untrained network is as sure of all cells as of none: of ten thousand boxes the surest are looked at.</summary>
    [Fact]
    public void Of_too_many_boxes_the_surest_are_compared()
    {
        var cells = Enumerable.Range(0, 10_000).Select(i => (i / 10_000f, -9f, (float[])[i, 0, i + 1, 1])).ToArray();
        var found = Read(new(0.5, 0.5) { Most = 300 }, 20_000, 10, cells);
        Assert.Equal(Enumerable.Range(0, 300).Select(i => 9999.0 - i), found.Select(d => d.Box.XMin));
        Assert.Contains("more than 8192 things are found", Assert.Throws<EngineException>(() => Read(new(0.5, 0.5), 20_000, 10, cells)).Message);
    }

    /// <summary>A page of many digits, each found by several cells: more boxes than are compared at once.</summary>
    [Fact]
    public void Boxes_that_come_in_parts_are_compared_with_those_before()
    {
        // Three boxes for each of 4,000 things, the surest of them last, first and in the middle of all.
        var cells = Enumerable.Range(0, 12_000).Select(i =>
            ((i * 7919 % 12_000) / 1000f, -9f, (float[])[i / 3 * 4 + i % 3 * 0.25f, 0, i / 3 * 4 + 3 + i % 3 * 0.25f, 3])).ToArray();
        var found = Read(new(0.5, 0.5), 20_000, 10, cells);
        Assert.Equal(4000, found.Count);
        Assert.Equal(cells.Chunk(3).Select(three => three.MaxBy(c => c.Item1).Item3[0]).Order(), found.Select(d => (float)d.Box.XMin).Order());
    }
}
