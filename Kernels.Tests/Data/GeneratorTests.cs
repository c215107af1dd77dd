using FcnFromScratch.Data;
using Xunit;
using Xunit.Abstractions;

namespace FcnFromScratch.Kernels.Tests.Data;

/// <summary>
/// Are images composed by our recipe M2NIST's? Counts of independent things (images, digits) are compared by chi-square. Pixels of one image hang
/// together, so their shares are compared by a standard error over images instead. Each comparison fails at 1 %; where one
/// question is asked of several classes at once, at 1 % for all of them together (Bonferroni).
/// </summary>
public class GeneratorTests(ITestOutputHelper output)
{
    private const double Level = 0.01;

    private readonly List<string> _failures = [];

    // What `fcn data make m2nist --digits mnist` writes: the real set, too, is of all 70000 digits.
    [RealDataFact]
    public void Composed_images_are_like_the_real_ones()
    {
        var mnist = RealData.Mnist.All();
        Compare(RealData.M2nist, M2nistComposer.Compose("composed", 5000, seed: 1, mnist), mnist);
        Assert.True(_failures.Count == 0, string.Join("; ", _failures));
    }

    // The test of the test: digits that are a little different do not pass.
    [RealDataFact]
    public void Images_of_bolder_digits_are_told_from_the_real_ones()
    {
        var mnist = RealData.Mnist.All();
        byte[] images = Array.ConvertAll(mnist.Images, p => (byte)Math.Min(255, p * 21 / 20));
        var bolder = new DigitImages("bolder", images, mnist.Labels, [.. Enumerable.Range(0, mnist.Count)]);
        Compare(RealData.M2nist, M2nistComposer.Compose("composed", 5000, seed: 1, bolder), mnist, bolder);
        Assert.NotEmpty(_failures);
    }

    private void Compare(SegmentationData real, SegmentationData made, DigitImages realDigits, DigitImages? madeDigits = null)
    {
        var (a, b) = (real.Digits!, made.Digits!);
        ChiSquare("digits an image", Count(PerImage(a), 4), Count(PerImage(b), 4));
        ChiSquare("digits by class", Count(a.Select(d => d.Label), 10), Count(b.Select(d => d.Label), 10));
        ChiSquare("digits by slot", Count(a.Select(d => d.Slot), 3), Count(b.Select(d => d.Slot), 3));
        foreach (int slot in new[] { 0, 1 }) // the third slot has one place only
            ChiSquare($"x of slot {slot}", Count(Offsets(a, slot), 10), Count(Offsets(b, slot), 10));
        ChiSquare("y", Count(a.Select(d => d.Y), 37), Count(b.Select(d => d.Y), 37));
        ChiSquare("width of ink", Count(a.Select(d => d.XMax - d.XMin), 28), Count(b.Select(d => d.XMax - d.XMin), 28), merge: 5);
        ChiSquare("height of ink", Count(a.Select(d => d.YMax - d.YMin), 28), Count(b.Select(d => d.YMax - d.YMin), 28), merge: 5);
        var (realInk, madeInk) = (InkOf(realDigits, a), InkOf(madeDigits ?? realDigits, b));
        ChiSquare("ink pixels a digit", Count(realInk.Select(i => i.Pixels / 10), 79), Count(madeInk.Select(i => i.Pixels / 10), 79), merge: 5);
        ChiSquare("mean of a digit's ink", Count(realInk.Select(i => i.Mean / 5), 52), Count(madeInk.Select(i => i.Mean / 5), 52), merge: 5);
        SameShares("pixels of class", Shares(real.Labels, 11, v => v), Shares(made.Labels, 11, v => v));
        SameShares("pixels of brightness", Shares(real.Images, 8, v => v / 32), Shares(made.Images, 8, v => v / 32));
    }

    private void ChiSquare(string what, int[] a, int[] b, int merge = 0)
    {
        if (merge > 0) (a, b) = Merge(a, b, merge);
        var (statistic, freedom, p) = Statistics.ChiSquare(a, b);
        Report(what, $"chi-square {statistic,6:F2}, {freedom,2} degrees of freedom", p, Level);
    }

    private void SameShares(string what, double[][] a, double[][] b)
    {
        for (int k = 0; k < a.Length; k++)
        {
            var (z, p) = Statistics.SameMean(a[k], b[k]);
            Report($"{what} {k}", $"z {z,5:F2}", p, Level / a.Length);
        }
    }

    private void Report(string what, string statistic, double p, double level)
    {
        string line = $"{what,-24} {statistic,-40} p {p:F4}, limit {level:F4}";
        output.WriteLine(line);
        if (!(p >= level)) _failures.Add(line);
    }

    private static IEnumerable<int> PerImage(IEnumerable<PlacedDigit> digits) => digits.GroupBy(d => d.Image).Select(g => g.Count());

    private static IEnumerable<int> Offsets(IEnumerable<PlacedDigit> digits, int slot) => digits.Where(d => d.Slot == slot).Select(d => d.X - 28 * slot);

    /// <summary>Ink pixels and their mean, 1 … 255, of each placed digit as it was drawn; overlaps are not seen here.</summary>
    private static (int Pixels, int Mean)[] InkOf(DigitImages digits, IEnumerable<PlacedDigit> placed) => [.. placed.Select(d =>
    {
        int pixels = 0, sum = 0;
        foreach (byte ink in digits.Image(d.MnistIndex))
        {
            if (ink > 0) pixels++;
            sum += ink;
        }
        return (pixels, sum / pixels);
    })];

    /// <summary>The share of each kind in the pixels of each image: [kind][image].</summary>
    private static double[][] Shares(byte[] values, int kinds, Func<byte, int> kindOf)
    {
        const int size = M2nist.Height * M2nist.Width;
        int[] kind = [.. Enumerable.Range(0, 256).Select(v => kindOf((byte)v))];
        double[][] shares = [.. Enumerable.Range(0, kinds).Select(_ => new double[values.Length / size])];
        for (int i = 0; i < values.Length; i++) shares[kind[values[i]]][i / size] += 1.0 / size;
        return shares;
    }

    private static int[] Count(IEnumerable<int> values, int kinds)
    {
        var counts = new int[kinds];
        foreach (int value in values) counts[value]++;
        return counts;
    }

    // Chi-square is an approximation that needs about five expected observations of a kind, so rare neighbours are counted together.
    private static (int[], int[]) Merge(int[] a, int[] b, int least)
    {
        var merged = new List<(int A, int B)> { (0, 0) };
        for (int k = 0; k < a.Length; k++)
        {
            if (Math.Min(merged[^1].A, merged[^1].B) >= least) merged.Add((0, 0));
            merged[^1] = (merged[^1].A + a[k], merged[^1].B + b[k]);
        }
        if (merged.Count > 1 && Math.Min(merged[^1].A, merged[^1].B) < least)
        {
            merged[^2] = (merged[^2].A + merged[^1].A, merged[^2].B + merged[^1].B);
            merged.RemoveAt(merged.Count - 1);
        }
        return ([.. merged.Select(m => m.A)], [.. merged.Select(m => m.B)]);
    }
}

/// <summary>The tests' own mathematics against published tables (NIST/SEMATECH e-Handbook, 1.3.6.7.4) and closed forms.</summary>
public class StatisticsTests
{
    [Theory]
    [InlineData(6.634897, 1, 0.01)]
    [InlineData(21.665994, 9, 0.01)]
    [InlineData(3.325113, 9, 0.95)]
    [InlineData(58.619215, 36, 0.01)]
    [InlineData(124.342113, 100, 0.05)]
    [InlineData(0, 4, 1)]
    public void Tail_of_chi_square(double x, int freedom, double expected) => Assert.Equal(expected, Statistics.ChiSquareTail(x, freedom), 1e-6);

    [Fact]
    public void Tail_of_two_degrees_of_freedom_is_exponential()
    {
        foreach (double x in new[] { 0.01, 1, 3.9, 4.1, 20, 200 }) Assert.Equal(1, Statistics.ChiSquareTail(x, 2) / Math.Exp(-x / 2), 1e-12);
        Assert.Equal(0.05, Statistics.NormalTails(1.959963985), 1e-9);
    }

    [Fact]
    public void Chi_square_of_a_table()
    {
        // Expected 25 each: (5² + 5²) / 25 twice.
        var (statistic, freedom, p) = Statistics.ChiSquare([30, 0, 20], [20, 0, 30]);
        Assert.Equal((4, 1), (statistic, freedom));
        Assert.Equal(0.0455003, p, 1e-7);
    }
}
