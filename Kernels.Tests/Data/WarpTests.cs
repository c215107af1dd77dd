using FcnFromScratch.Data;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Data;

public class WarpTests
{
    private static readonly DigitImages s_digits = ProceduralDigits.Make(40, seed: 9);

    private static ISampleSource Kept { get; } = new DigitSource(s_digits, [.. Enumerable.Range(0, s_digits.Count)]);

    private static Batch Read(ISampleSource source, int epoch)
    {
        var batch = new Batch(source.Spec, source.Count);
        batch.Read(source, epoch, [.. Enumerable.Range(0, source.Count)]);
        return batch;
    }

    private static byte[] Pixels(Batch batch, int slot) => batch.PixelsOf(slot).ToArray();

    [Fact]
    public void Digits_come_in_their_order_with_their_labels()
    {
        var batch = Read(new DigitSource(s_digits, [7, 3, 3]), epoch: 2);
        Assert.Equal(new[] { 7, 3, 3 }.Select(i => (int)s_digits.Labels[i]), batch.Targets[0].Ints);
        Assert.Equal(s_digits.Image(7), batch.PixelsOf(0));
        Assert.Equal(s_digits.Image(3), batch.PixelsOf(2));
    }

    [Fact]
    public void A_warp_is_a_function_of_seed_epoch_and_position()
    {
        var (once, again) = (Read(new WarpedDigits(Kept, _ => 1, 5), 1), Read(new WarpedDigits(Kept, _ => 1, 5), 1));
        var (otherEpoch, otherSeed) = (Read(new WarpedDigits(Kept, _ => 1, 5), 2), Read(new WarpedDigits(Kept, _ => 1, 6), 1));
        for (int i = 0; i < s_digits.Count; i++)
        {
            Assert.Equal(Pixels(once, i), Pixels(again, i));
            Assert.NotEqual(Pixels(once, i), Pixels(otherEpoch, i));
            Assert.NotEqual(Pixels(once, i), Pixels(otherSeed, i));
        }
        Assert.Equal(once.Targets[0].Ints, s_digits.Labels.Select(label => (int)label));
    }

    /// <summary>Whatever makes it faster: runs that are resumed go on with the digits that they began with.</summary>
    [Fact]
    public void A_warp_keeps_its_bits()
    {
        var warped = new byte[s_digits.Images.Length];
        s_digits.Images.CopyTo(warped, 0);
        for (uint i = 0; i < s_digits.Count; i++)
        {
            var random = new CounterRandom(7, RandomStream.Augmentation, 1, i);
            Warp.Apply(ref random, warped.AsSpan((int)i * DigitImages.Area, DigitImages.Area));
        }
        Assert.Equal("648da456121c3dc3fa6c24c3ea1baab31e5553f1c343c711b6bacd3b7e484855", ContentHash.Of(warped));
    }

    [Theory]
    [InlineData(0, 0, 0), InlineData(0.3, 150, 330), InlineData(1, 800, 800)]
    public void So_large_a_share_is_warped(double share, int least, int most)
    {
        var source = new WarpedDigits(Kept, _ => share, 1);
        int warped = 0;
        for (int epoch = 0; epoch < 20; epoch++)
        {
            var batch = Read(source, epoch);
            warped += Enumerable.Range(0, s_digits.Count).Count(i => !batch.PixelsOf(i).SequenceEqual(s_digits.Image(i)));
        }
        Assert.InRange(warped, least, most);
    }

    [Fact]
    public void A_warped_digit_is_still_that_digit()
    {
        // Mean pictures of each digit tell most warped ones apart as well as those as they are.
        var digits = ProceduralDigits.Make(2000, seed: 2);
        var means = new double[10, DigitImages.Area];
        for (int i = 0; i < digits.Count; i++)
        {
            int label = digits.Labels[i], count = digits.Labels.Count(l => l == label);
            for (int p = 0; p < DigitImages.Area; p++) means[label, p] += digits.Image(i)[p] / (double)count;
        }
        int kept = 0, warped = 0;
        for (int i = 0; i < 300; i++)
        {
            byte[] pixels = digits.Image(i).ToArray();
            kept += Nearest(pixels) == digits.Labels[i] ? 1 : 0;
            var random = new CounterRandom(3, RandomStream.Augmentation, 0, (uint)i);
            Warp.Apply(ref random, pixels);
            warped += Nearest(pixels) == digits.Labels[i] ? 1 : 0;
            Assert.InRange(pixels.Sum(p => p), 0.4 * digits.Image(i).ToArray().Sum(p => p), 2.2 * digits.Image(i).ToArray().Sum(p => p));
        }
        Assert.InRange(kept, 200, 300);
        Assert.InRange(warped, kept - 60, 300);

        int Nearest(byte[] pixels) => Enumerable.Range(0, 10).MinBy(digit => pixels.Select((p, i) => (p - means[digit, i]) * (p - means[digit, i])).Sum());
    }

    [Fact]
    public void Warps_lean_to_no_side()
    {
        // Over many warps of a disc in the middle its centre, its width and its ink stay where they were on the mean.
        var disc = new byte[DigitImages.Area];
        for (int i = 0; i < disc.Length; i++) disc[i] = (byte)(Math.Pow(i % 28 - 13.5, 2) + Math.Pow(i / 28 - 13.5, 2) < 49 ? 255 : 0);
        double x = 0, y = 0, ink = 0;
        const int count = 2000;
        for (uint i = 0; i < count; i++)
        {
            byte[] pixels = [.. disc];
            var random = new CounterRandom(8, RandomStream.Augmentation, 0, i);
            Warp.Apply(ref random, pixels);
            double mass = pixels.Sum(p => (double)p);
            x += pixels.Select((p, at) => p * (at % 28 - 13.5)).Sum() / mass / count;
            y += pixels.Select((p, at) => p * (at / 28 - 13.5)).Sum() / mass / count;
            ink += mass / count;
        }
        // The deviation of a shift is 0.9 pixels, so that of its mean 0.02.
        Assert.InRange(x, -0.1, 0.1);
        Assert.InRange(y, -0.1, 0.1);
        Assert.InRange(ink / disc.Sum(p => (double)p), 0.95, 1.1);
    }

    [Theory]
    [InlineData(1f, 13, 255), InlineData(0.5f, 13, 128), InlineData(-1f, 12, 0), InlineData(-0.5f, 12, 128), InlineData(0f, 12, 255)]
    public void A_stroke_grows_or_shrinks_by_a_share(float share, int row, int level)
    {
        // Rows 10 to 12 are ink.
        var pixels = new byte[DigitImages.Area];
        pixels.AsSpan(10 * 28, 3 * 28).Fill(255);
        Warp.Thicken(pixels, share);
        Assert.Equal(level, pixels[row * 28 + 14]);
        Assert.Equal(255, pixels[11 * 28 + 14]);
        Assert.Equal(0, pixels[15 * 28 + 14]);
    }

    [Fact]
    public void Fresh_digits_take_the_place_of_a_share()
    {
        var source = new FreshDigits(Kept, ProceduralDigits.Source, 0.5, seed: 3);
        int fresh = 0;
        for (int epoch = 0; epoch < 10; epoch++)
        {
            var batch = Read(source, epoch);
            for (int i = 0; i < s_digits.Count; i++)
                if (batch.PixelsOf(i).SequenceEqual(s_digits.Image(i))) Assert.Equal(s_digits.Labels[i], batch.Targets[0].Ints[i]);
                else fresh++;
        }
        Assert.InRange(fresh, 150, 250);
        Assert.Equal(Pixels(Read(source, 1), 0), Pixels(Read(source, 1), 0));
        var all = new FreshDigits(Kept, ProceduralDigits.Source, 1, seed: 3);
        Assert.NotEqual(Pixels(Read(all, 1), 0), Pixels(Read(all, 2), 0));
    }
}
