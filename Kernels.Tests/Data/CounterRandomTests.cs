using FcnFromScratch.Data;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Data;

public class CounterRandomTests
{
    // Known answers of the Random123 library's kat_vectors, philox4x32 with 10 rounds.
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void Philox_gives_the_known_answers(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint r0, uint r1, uint r2, uint r3) =>
        Assert.Equal((r0, r1, r2, r3), CounterRandom.Philox((c0, c1, c2, c3), (k0, k1)));

    [Fact]
    public void Numbers_are_philox_of_block_sample_epoch_stream_under_the_seed()
    {
        var random = new CounterRandom(0x1122334455667788, RandomStream.Scene, epoch: 5, sample: 9);
        for (uint block = 0; block < 3; block++)
        {
            var (a, b, c, d) = CounterRandom.Philox((block, 9, 5, (uint)RandomStream.Scene), (0x55667788, 0x11223344));
            Assert.Equal([a, b, c, d], new[] { random.NextUInt(), random.NextUInt(), random.NextUInt(), random.NextUInt() });
        }
    }

    [Theory]
    [InlineData(0, 0), InlineData(0, 100), InlineData(1, 3), InlineData(3, 18), InlineData(2, 16), InlineData(4, 1037)]
    public void Many_at_once_are_those_one_by_one(int before, int count)
    {
        CounterRandom random = new(ulong.MaxValue - 5, RandomStream.Placement, 7, uint.MaxValue), other = random;
        for (int i = 0; i < before; i++) Assert.Equal(random.NextUInt(), other.NextUInt());
        var numbers = new uint[count];
        random.Fill(numbers);
        Assert.All(numbers, number => Assert.Equal(other.NextUInt(), number));
        Assert.Equal(other.NextUInt(), random.NextUInt());
    }

    [Fact]
    public void Integers_are_uniform()
    {
        var random = new CounterRandom(1, RandomStream.Split);
        var counts = new int[7];
        const int draws = 70_000;
        for (int i = 0; i < draws; i++) counts[random.NextInt(7)]++;
        double chiSquare = counts.Sum(n => Math.Pow(n - draws / 7.0, 2) / (draws / 7.0));
        Assert.True(chiSquare < 16.8, $"chi-square {chiSquare}, 1 % of uniform sources pass 16.8 with 6 degrees of freedom");
    }

    [Fact]
    public void Floats_and_bells_have_their_moments()
    {
        var random = new CounterRandom(3, RandomStream.Digit);
        const int draws = 100_000;
        Check(Draw((ref r) => r.NextFloat()), 0.5, 1 / Math.Sqrt(12), 0, 1);
        Check(Draw((ref r) => r.NextFloat(-3, 5)), 1, 8 / Math.Sqrt(12), -3, 5);
        Check(Draw((ref r) => r.NextBell()), 0, 1, -3.4642, 3.4642);

        double[] Draw(Sample sample)
        {
            var values = new double[draws];
            for (int i = 0; i < draws; i++) values[i] = sample(ref random);
            return values;
        }

        static void Check(double[] values, double mean, double deviation, double low, double high)
        {
            double measured = values.Average(), spread = Math.Sqrt(values.Average(v => (v - measured) * (v - measured)));
            Assert.InRange(measured, mean - 4 * deviation / Math.Sqrt(draws), mean + 4 * deviation / Math.Sqrt(draws));
            Assert.InRange(spread, 0.985 * deviation, 1.015 * deviation);
            Assert.True(values.Min() >= low && values.Max() < high, $"[{values.Min()}, {values.Max()}] is not within [{low}, {high})");
        }
    }

    [Fact]
    public void A_shuffle_keeps_every_item_and_reaches_every_order()
    {
        var random = new CounterRandom(8, RandomStream.Shuffle);
        var orders = new Dictionary<string, int>();
        for (int i = 0; i < 6000; i++)
        {
            char[] items = ['a', 'b', 'c'];
            random.Shuffle<char>(items);
            string order = new(items);
            orders[order] = orders.GetValueOrDefault(order) + 1;
        }
        Assert.Equal(["abc", "acb", "bac", "bca", "cab", "cba"], orders.Keys.Order());
        Assert.All(orders.Values, n => Assert.InRange(n, 880, 1120)); // 1000 ± 4 deviations
    }

    private delegate float Sample(ref CounterRandom random);
}
