using FcnFromScratch.Data;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Data;

public class GroundTests
{
    private const int Half = Ground.Side / 2;

    [Theory]
    [InlineData(1, 1), InlineData(5, 3), InlineData(16, 40), InlineData(70, 65), InlineData(64, 17), InlineData(129, 90)]
    public void What_is_left_is_the_picture_less_its_opening(int width, int height)
    {
        var random = new CounterRandom(7, RandomStream.Augmentation);
        byte[] pixels = [.. Enumerable.Range(0, width * height).Select(_ => (byte)random.NextInt(256))];
        var opening = Widest(Widest(pixels, Math.Min, 255), Math.Max, 0);
        byte[] taken = [.. pixels];
        Ground.TakeAway(taken, width);
        Assert.Equal(pixels.Select((p, i) => (byte)(p - opening[i])), taken);

        // By definition, square by square; beyond the edge there is nothing.
        byte[] Widest(byte[] from, Func<byte, byte, byte> pick, byte start) =>
        [
            .. from.Select((_, i) =>
            {
                byte found = start;
                for (int y = Math.Max(0, i / width - Half); y <= Math.Min(height - 1, i / width + Half); y++)
                    for (int x = Math.Max(0, i % width - Half); x <= Math.Min(width - 1, i % width + Half); x++) found = pick(found, from[y * width + x]);
                return found;
            }),
        ];
    }

    /// <summary>The square whose side is doubled less one is made of squares as before, at the edges as well.</summary>
    [Theory]
    [InlineData(1, 1), InlineData(5, 3), InlineData(16, 40), InlineData(70, 65), InlineData(129, 90)]
    public void An_opening_by_a_larger_square_needs_only_what_a_smaller_opened(int width, int height)
    {
        var random = new CounterRandom(8, RandomStream.Augmentation);
        byte[] pixels = [.. Enumerable.Range(0, width * height).Select(_ => (byte)random.NextInt(256))], after = [.. pixels];
        for (int side = 3; side < 2 * Math.Max(width, height); side = 2 * side - 1)
        {
            byte[] opening = [.. pixels];
            Ground.Open(opening, width, side);
            Ground.Open(after, width, side);
            Assert.Equal(opening, after);
        }
    }

    [Fact]
    public void Ink_on_black_stays_as_it_is()
    {
        var data = M2nistComposer.Procedural(20, seed: 1);
        for (int i = 0; i < data.Count; i++)
        {
            byte[] image = data.Image(i).ToArray(), taken = [.. image];
            Ground.TakeAway(taken, data.Width);
            Assert.Equal(image, taken);
        }
    }

    [Theory]
    [InlineData(0), InlineData(100), InlineData(255)]
    public void An_even_ground_is_black(byte level)
    {
        byte[] pixels = [.. Enumerable.Repeat(level, 50 * 40)];
        Ground.TakeAway(pixels, 50);
        Assert.All(pixels, p => Assert.Equal(0, p));
    }
}
