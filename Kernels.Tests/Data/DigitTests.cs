using System.Diagnostics;
using FcnFromScratch.Data;
using Xunit;
using static FcnFromScratch.Kernels.Tests.Data.TestTools;

namespace FcnFromScratch.Kernels.Tests.Data;

public class DigitTests
{
    [Fact]
    public void Digits_are_a_function_of_seed_and_index()
    {
        var (a, b) = (ProceduralDigits.Make(50, 3), ProceduralDigits.Make(30, 3));
        Assert.Equal(a.Images[..b.Images.Length], b.Images);
        Assert.Equal(a.Labels[..30], b.Labels);
        Assert.NotEqual(a.Images, ProceduralDigits.Make(50, 4).Images);
        Assert.Equal(50, Enumerable.Range(0, 50).Select(i => Convert.ToHexString(a.Image(i))).Distinct().Count());
    }

    /// <summary>
    /// The same bits on every machine. A change of them is a change of every run on procedural data, and of the figures that were told of such runs: not to
    /// be made by the way.
    /// </summary>
    [Fact]
    public void Digits_and_the_pictures_composed_of_them_are_those_they_always_were()
    {
        var digits = ProceduralDigits.Make(2000, 1);
        Assert.Equal("4f6607a82ebe5e4bb99cd578d178527db46bfbc23bd31d723c535923ebb105e0", ContentHash.Of(digits.Images, digits.Labels));
        var pictures = M2nistComposer.Procedural(50, 1);
        Assert.Equal("7807728ab9aff5fe98f008fe11d7069272cf497f65c522475701a0befdc792b0", ContentHash.Of(pictures.Images, pictures.Labels));
    }

    [Fact]
    public void Digits_have_MNISTs_form()
    {
        const int count = 4000;
        var digits = ProceduralDigits.Make(count, 1);
        var byLabel = new int[10];
        double massX = 0, massY = 0, ink = 0;
        for (int i = 0; i < count; i++)
        {
            byLabel[digits.Labels[i]]++;
            var image = digits.Image(i);
            int xMin = 28, xMax = -1, yMin = 28, yMax = -1;
            double mass = 0, x1 = 0, y1 = 0;
            for (int p = 0; p < image.Length; p++)
            {
                if (image[p] == 0) continue;
                (int x, int y) = (p % 28, p / 28);
                (xMin, xMax, yMin, yMax) = (Math.Min(xMin, x), Math.Max(xMax, x), Math.Min(yMin, y), Math.Max(yMax, y));
                (mass, x1, y1) = (mass + image[p], x1 + image[p] * x, y1 + image[p] * y);
            }
            Assert.InRange(Math.Max(xMax - xMin, yMax - yMin) + 1, 17, 21); // 20 pixels, cut by the grid and by faint edges
            (massX, massY, ink) = (massX + x1 / mass, massY + y1 / mass, ink + mass / 784);
        }
        Assert.All(byLabel, n => Assert.InRange(n, 320, 480)); // 400 ± 4 deviations
        Assert.InRange(massX / count, 13.7, 14.3); // MNIST's centres of mass lie at 14.0, its mean pixel is 33.3
        Assert.InRange(massY / count, 13.7, 14.3);
        Assert.InRange(ink / count, 28, 39);
    }

    [Fact]
    public void Each_digit_covers_as_much_of_the_picture_as_in_MNIST()
    {
        // Percentage of pixels above 0, means over MNIST's 60,000 training images.
        double[] expected = [24.5, 11.0, 21.5, 20.8, 18.1, 19.4, 20.0, 16.8, 22.1, 18.2];
        var digits = ProceduralDigits.Make(10_000, 2);
        for (int digit = 0; digit < 10; digit++)
        {
            var images = Enumerable.Range(0, digits.Count).Where(i => digits.Labels[i] == digit).ToArray();
            double share = 100 * images.Average(i => 1 - digits.Image(i).Count((byte)0) / 784.0);
            Assert.True(share / expected[digit] is > 0.93 and < 1.07, $"a {digit} covers {share:f1} % on average; in MNIST {expected[digit]} %");
        }
    }

    [Fact]
    public void Composed_procedural_scenes_have_M2NISTs_share_of_background()
    {
        var scenes = M2nistComposer.Procedural(2000, 6);
        double share = scenes.Labels.Count(l => l == SegmentationData.Background) / (double)scenes.Labels.Length;
        Assert.InRange(share, 0.9425 - 0.002, 0.9425 + 0.002); // M2NIST: 94.25 %
    }

    [Fact]
    public void Drawing_allocates_nothing()
    {
        var pixels = new byte[784];
        ProceduralDigits.Draw(1, 0, pixels);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++) ProceduralDigits.Draw(1, i, pixels);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData("0,0 50,50 100,100", "0,0 100,100")]
    [InlineData("0,0 50,50! 100,100", "0,0 50,50 100,100")]
    [InlineData("0,0 50,50 | 90,0 100,100", "0,0 50,50 90,0 100,100")]
    public void Examples_of_one_skeleton_have_the_same_strokes_points_and_corners(string first, string second) =>
        Assert.Contains($"'{first}' and '{second}' differ", Assert.Throws<ArgumentException>(() => new Skeleton(1, first, second)).Message);

    [Fact]
    public void A_core_draws_thousands_of_digits_a_second()
    {
        var pixels = new byte[784];
        double best = 0;
        for (int attempt = 0; attempt < 5 && best < 2000; attempt++)
        {
            var clock = Stopwatch.StartNew();
            for (int i = 0; i < 2000; i++) ProceduralDigits.Draw(1, i, pixels);
            best = Math.Max(best, 2000 / clock.Elapsed.TotalSeconds);
        }
        Assert.True(best > 2000, $"{best:f0} digits a second"); // low for a Debug build on a busy machine; Release draws more than 30,000
    }

    [Fact]
    public void Composed_scenes_follow_the_recipe()
    {
        const int count = 4000;
        var data = M2nistComposer.Compose("test", count, 5, new Block());
        var (perImage, xs, ys) = (new int[4], new int[10], new int[37]);
        Assert.NotNull(data.Digits);
        foreach (var image in data.Digits.GroupBy(d => d.Image)) perImage[image.Count()]++;
        foreach (var digit in data.Digits)
        {
            if (digit.Slot < 2) xs[digit.X - 28 * digit.Slot]++;
            else Assert.Equal(56, digit.X);
            ys[digit.Y]++;
            Assert.Equal((digit.X + 4, digit.Y + 5, digit.X + 23, digit.Y + 22), (digit.XMin, digit.YMin, digit.XMax, digit.YMax));
        }
        // A third digit needs n = 3 and the one fitting x of ten: 5 % of images.
        Assert.Equal((0, 0, count), (perImage[0], perImage[1], perImage[2] + perImage[3]));
        Assert.InRange(perImage[3], 200 - 55, 200 + 55);
        Assert.All(xs, n => Assert.InRange(n, 800 - 112, 800 + 112));
        double expected = data.Digits.Count / 37.0;
        Assert.All(ys, n => Assert.InRange(n, expected - 4.5 * Math.Sqrt(expected), expected + 4.5 * Math.Sqrt(expected)));
    }

    // Windows at columns 0, 20 and 28 that overlap: inks 5, 9 and 7.
    [Theory]
    [InlineData(1, 2, 3, "5 9 9 7", "1 1 2 3")] // classes differ: the maximum, and the lowest class
    [InlineData(3, 2, 1, "5 9 9 7", "3 2 1 1")]
    [InlineData(4, 4, 2, "5 9 9 7", "4 4 2 2")] // one class: the later window wins
    [InlineData(2, 4, 4, "5 9 7 7", "2 2 4 4")]
    [InlineData(4, 2, 4, "5 9 9 7", "4 2 2 4")]
    public void Overlaps_are_merged_as_in_M2NIST(int first, int second, int third, string pixels, string classes)
    {
        var (windows, image, labels) = (new byte[3 * 784], new byte[64 * 84], new byte[64 * 84]);
        windows.AsSpan(0, 784).Fill(5);
        windows.AsSpan(784, 784).Fill(9);
        windows.AsSpan(2 * 784).Fill(7);
        M2nistComposer.Merge(windows, [(0, 10, first), (20, 10, second), (28, 10, third)], image, labels);
        int[] columns = [19, 20, 47, 55]; // in the first window alone, first and second, second and third, third alone
        Assert.Equal(pixels, string.Join(' ', columns.Select(x => image[20 * 84 + x])));
        Assert.Equal(classes, string.Join(' ', columns.Select(x => labels[20 * 84 + x])));
        Assert.Equal((0, 10), (image[9 * 84 + 20], labels[9 * 84 + 20]));
    }

    [Fact]
    public void A_later_window_of_the_same_class_erases_ink_even_where_it_has_none()
    {
        var (windows, image, labels) = (new byte[2 * 784], new byte[64 * 84], new byte[64 * 84]);
        windows.AsSpan(0, 784).Fill(5);
        M2nistComposer.Merge(windows, [(0, 0, 6), (20, 0, 6)], image, labels);
        Assert.Equal((5, 6, 0, 10), (image[19], labels[19], image[20], labels[20]));
    }

    [Fact]
    public void Procedural_data_is_repeatable_and_told_apart_by_its_hash()
    {
        var data = M2nistComposer.Procedural(40, 9);
        Assert.Equal((40, 64, 84, "procedural digits, seed 9"), (data.Count, data.Height, data.Width, data.Name));
        Assert.Equal(data.Sha256, M2nistComposer.Procedural(40, 9).Sha256);
        Assert.NotEqual(data.Sha256, M2nistComposer.Procedural(40, 10).Sha256);
        Assert.Equal(data.Images.Select(p => p > 0), data.Labels.Select(l => l < 10));
        var (image, labels) = (new byte[64 * 84], new byte[64 * 84]);
        var random = new CounterRandom(9, RandomStream.Scene, sample: 17);
        M2nistComposer.Compose(ref random, ProceduralDigits.Source, image, labels);
        Assert.Equal(data.Image(17), image);
        Assert.Equal(data.Mask(17), labels);
        Fails("0 images were asked for", () => M2nistComposer.Procedural(0, 1));
        Fails("399460 images were asked for; at most", () => M2nistComposer.Procedural(399_460, 1));
    }

    /// <summary>A block of 20×18 pixels, one value for each digit.</summary>
    private sealed class Block : IDigitSource
    {
        public string Fingerprint => "blocks";

        public int Draw(ref CounterRandom random, Span<byte> pixels)
        {
            int digit = random.NextInt(10);
            pixels.Clear();
            for (int y = 5; y < 23; y++) pixels.Slice(28 * y + 4, 20).Fill((byte)(10 + 20 * digit));
            return digit;
        }
    }
}
