using FcnFromScratch.Data;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Data;

public class RealDataTests
{
    [RealDataFact]
    public void M2nist_has_its_published_counts()
    {
        var data = M2nist.Load(RealDataFactAttribute.Folder);
        Assert.Equal((5000, 64, 84), (data.Count, data.Height, data.Width));
        var pixels = new int[11];
        foreach (byte label in data.Labels) pixels[label]++;
        Assert.Equal([185565, 94895, 171913, 167575, 138203, 148585, 172812, 141236, 179192, 144965, 25335059], pixels);
        Assert.Equal(-1, Enumerable.Range(0, data.Images.Length).FirstOrDefault(i => data.Images[i] > 0 != data.Labels[i] < 10, -1));
        Assert.NotNull(data.Digits);
        Assert.Equal(10260, data.Digits.Count);
    }

    [RealDataFact]
    public void Digits_and_places_give_every_real_image_and_mask_bit_for_bit()
    {
        var data = M2nist.Load(RealDataFactAttribute.Folder);
        var mnist = MnistData.Load(RealDataFactAttribute.Folder);
        Assert.Equal((60000, 10000), (mnist.Train.Count, mnist.Test.Count));
        var (windows, image, labels) = (new byte[3 * DigitImages.Area], new byte[64 * 84], new byte[64 * 84]);
        foreach (var digits in data.Digits!.GroupBy(d => d.Image))
        {
            var places = digits.Select(d => (d.X, d.Y, d.Label)).ToArray();
            int count = 0;
            foreach (var digit in digits)
            {
                var (set, index) = digit.MnistIndex < 60000 ? (mnist.Train, digit.MnistIndex) : (mnist.Test, digit.MnistIndex - 60000);
                Assert.Equal(digit.Label, set.Labels[index]);
                set.Image(index).CopyTo(windows.AsSpan(count++ * DigitImages.Area));
            }
            M2nistComposer.Merge(windows, places, image, labels);
            Assert.True(data.Image(digits.Key).SequenceEqual(image), $"image {digits.Key} differs");
            Assert.True(data.Mask(digits.Key).SequenceEqual(labels), $"mask {digits.Key} differs");
        }
    }

    // Digits an image, digits by class and pixels by class of 5000 composed images against those of the real set.
    [RealDataFact]
    public void Composed_images_are_like_the_real_ones()
    {
        var real = M2nist.Load(RealDataFactAttribute.Folder);
        var composed = M2nistComposer.Compose("composed", 5000, 11, MnistData.Load(RealDataFactAttribute.Folder).Train);
        Agree(Count(real.Digits!.GroupBy(d => d.Image).Select(g => g.Count() - 2), 2), Count(composed.Digits!.GroupBy(d => d.Image).Select(g => g.Count() - 2), 2), 6.63);
        Agree(Count(real.Digits!.Select(d => d.Label), 10), Count(composed.Digits!.Select(d => d.Label), 10), 21.67);
        Agree(Count(real.Digits!.Select(d => d.Y), 37), Count(composed.Digits!.Select(d => d.Y), 37), 58.62);
        double realMean = real.Images.Average(p => (double)p), composedMean = composed.Images.Average(p => (double)p);
        Assert.InRange(composedMean / realMean, 0.985, 1.015);

        static int[] Count(IEnumerable<int> values, int kinds)
        {
            var counts = new int[kinds];
            foreach (int value in values) counts[value]++;
            return counts;
        }

        // Chi-square of two samples; the limit is its 1 % point at kinds − 1 degrees of freedom.
        static void Agree(int[] a, int[] b, double limit)
        {
            double sumA = a.Sum(), sumB = b.Sum();
            double chiSquare = a.Zip(b, (m, n) => Math.Pow(Math.Sqrt(sumB / sumA) * m - Math.Sqrt(sumA / sumB) * n, 2) / (m + n)).Sum();
            Assert.True(chiSquare < limit, $"chi-square {chiSquare:f2}, limit {limit}");
        }
    }
}
