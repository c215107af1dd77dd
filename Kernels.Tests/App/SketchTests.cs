using FcnFromScratch.App.Shell;
using FcnFromScratch.Data;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.App;

public class SketchTests
{
    [Fact]
    public void Cells_are_twice_as_high_as_wide_and_shaded_by_their_mean()
    {
        var picture = new Picture(4, 4, 1, [0, 60, 120, 255, 0, 60, 120, 255, 0, 0, 0, 0, 255, 0, 0, 0]);
        Assert.Equal([" ░▒█", "▒"], Sketch.Of(picture, columns: 80));
        Assert.Equal([" ▓"], Sketch.Of(picture with { Height = 2, Pixels = picture.Pixels[..8] }, columns: 2));
    }

    [Theory]
    [InlineData(84, 64, 79), InlineData(240, 240, 79), InlineData(700, 240, 79), InlineData(8000, 100, 30), InlineData(1, 900, 20), InlineData(3, 1, 20)]
    public void It_fits_its_terminal(int width, int height, int columns)
    {
        var picture = new Picture(width, height, 3);
        Array.Fill(picture.Pixels, (byte)255);
        string[] lines = [.. Sketch.Of(picture, columns)];
        Assert.InRange(lines.Length, 1, 16);
        Assert.All(lines, line => Assert.InRange(line.Length, 1, columns));
    }
}
