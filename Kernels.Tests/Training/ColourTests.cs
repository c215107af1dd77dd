using FcnFromScratch.Data;
using FcnFromScratch.Training.Reports;
using FcnFromScratch.Training.Tasks.Segment;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Training;

/// <summary>The ten colours of the digits: which they are, and how far they are apart for every eye.</summary>
public sealed class ColourTests
{
    /// <summary>Views on linear RGB: all cones; without those for long waves; without those for middle ones (severity 1).</summary>
    /// <remarks>Machado, Oliveira, Fernandes, "A physiologically-based model for simulation of color vision deficiency", 2009.</remarks>
    private static readonly (string Name, double[,] Matrix, double Least)[] s_views =
    [
        ("normal vision", new double[,] { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } }, 23.5),
        ("protanopia", new[,] { { 0.152286, 1.052583, -0.204868 }, { 0.114503, 0.786281, 0.099216 }, { -0.003882, -0.048116, 1.051998 } }, 18.8),
        ("deuteranopia", new[,] { { 0.367322, 0.860646, -0.227968 }, { 0.280085, 0.672501, 0.047413 }, { -0.011820, 0.042940, 0.968881 } }, 18.8),
    ];

    [Fact]
    public void Each_digit_keeps_its_colour() => Assert.Equal(
        ["#34825f", "#d6ffca", "#cca55b", "#89557f", "#da8fa4", "#2efefe", "#0961ff", "#10b7ff", "#d30900", "#fff405", "#14171c"],
        Enumerable.Range(0, SegmentationData.Classes).Select(k => ClassColour.Of(k).Hex));

    [Fact]
    public void Colours_of_digits_are_apart_for_the_colour_blind_too_and_from_the_ground()
    {
        foreach (var (name, matrix, least) in s_views)
            for (int a = 0; a < SegmentationData.Classes; a++)
                for (int b = 0; b < a; b++)
                {
                    double difference = Difference(Lab(ClassColour.Of(a), matrix), Lab(ClassColour.Of(b), matrix));
                    Assert.True(difference >= least, $"{a} and {b} look alike with {name}: {difference:F1}");
                }
    }

    /// <summary>3 and 8, say: the wrong one of two that look alike should leap to the eye.</summary>
    [Theory]
    [InlineData(3, 8), InlineData(1, 6), InlineData(0, 7), InlineData(4, 9), InlineData(3, 5), InlineData(5, 6), InlineData(7, 9), InlineData(1, 7)]
    [InlineData(2, 7), InlineData(0, 6), InlineData(8, 9), InlineData(5, 8), InlineData(2, 3), InlineData(6, 8)]
    public void Digits_of_like_form_have_colours_far_apart(int a, int b) =>
        Assert.All(s_views, view => Assert.InRange(Difference(Lab(ClassColour.Of(a), view.Matrix), Lab(ClassColour.Of(b), view.Matrix)), 31.5, 100));

    [Fact]
    public void Keys_can_be_read_and_colours_stand_out_from_the_ground()
    {
        foreach (int k in Enumerable.Range(0, SegmentationData.Background))
        {
            var colour = ClassColour.Of(k);
            Assert.True(Contrast(colour, Palette.Ground) >= 2.9, $"{k} is hard to see");
            Assert.True(Contrast(colour, Palette.InkOn(colour)) >= 4.0, $"the key of {k} is hard to read");
        }
        Assert.True(Contrast(Palette.Wrong, Rgb.Grey(255 / 3)) >= 2.9, "wrong pixels are hard to see on a stroke");
    }

    /// <summary>Pairs of CIELAB colours with their difference, from table 1 of the paper; they cross every branch of the formula.</summary>
    [Theory]
    [InlineData(50, 2.6772, -79.7751, 50, 0, -82.7485, 2.0425)]
    [InlineData(50, 3.1571, -77.2803, 50, 0, -82.7485, 2.8615)]
    [InlineData(50, -1.3802, -84.2814, 50, 0, -82.7485, 1.0000)]
    [InlineData(50, 0, 0, 50, -1, 2, 2.3669)]
    [InlineData(50, 2.49, -0.001, 50, -2.49, 0.0009, 7.1792)]
    [InlineData(50, 2.49, -0.001, 50, -2.49, 0.0011, 7.2195)]
    [InlineData(50, -0.001, 2.49, 50, 0.0009, -2.49, 4.8045)]
    [InlineData(50, -0.001, 2.49, 50, 0.0011, -2.49, 4.7461)]
    [InlineData(50, 2.5, 0, 73, 25, -18, 27.1492)]
    [InlineData(50, 2.5, 0, 61, -5, 29, 22.8977)]
    [InlineData(50, 2.5, 0, 56, -27, -3, 31.9030)]
    [InlineData(50, 2.5, 0, 58, 24, 15, 19.4535)]
    [InlineData(60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644)]
    [InlineData(63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.2630)]
    [InlineData(35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645)]
    [InlineData(6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377)]
    [InlineData(2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082)]
    public void The_difference_is_that_of_the_paper(double l1, double a1, double b1, double l2, double a2, double b2, double difference)
    {
        Assert.Equal(difference, Difference((l1, a1, b1), (l2, a2, b2)), 4);
        Assert.Equal(difference, Difference((l2, a2, b2), (l1, a1, b1)), 4);
    }

    /// <summary>CIEDE2000: Sharma, Wu, Dalal, "The CIEDE2000 color-difference formula", Color Research and Application 30 (1), 2005.</summary>
    private static double Difference((double L, double A, double B) p, (double L, double A, double B) q)
    {
        double chroma = (double.Hypot(p.A, p.B) + double.Hypot(q.A, q.B)) / 2, g = 0.5 * (1 - Saturation(chroma));
        double a1 = (1 + g) * p.A, a2 = (1 + g) * q.A, c1 = double.Hypot(a1, p.B), c2 = double.Hypot(a2, q.B);
        double h1 = Hue(a1, p.B), h2 = Hue(a2, q.B), turn = h2 - h1, sum = h1 + h2;
        bool isGrey = c1 * c2 == 0, isAcross = Math.Abs(turn) > 180;
        if (isGrey) turn = 0;
        else if (isAcross) turn += turn > 0 ? -360 : 360;
        double mean = isGrey ? sum : isAcross ? (sum + (sum < 360 ? 360 : -360)) / 2 : sum / 2, c = (c1 + c2) / 2, l = Math.Pow((p.L + q.L) / 2 - 50, 2);
        double t = 1 - 0.17 * Cos(mean - 30) + 0.24 * Cos(2 * mean) + 0.32 * Cos(3 * mean + 6) - 0.20 * Cos(4 * mean - 63);
        double dl = (q.L - p.L) / (1 + 0.015 * l / Math.Sqrt(20 + l)), dc = (c2 - c1) / (1 + 0.045 * c);
        double dh = 2 * Math.Sqrt(c1 * c2) * Math.Sin(turn / 2 * Math.PI / 180) / (1 + 0.015 * c * t);
        double rotation = -2 * Saturation(c) * Math.Sin(60 * Math.Exp(-Math.Pow((mean - 275) / 25, 2)) * Math.PI / 180);
        return Math.Sqrt(dl * dl + dc * dc + dh * dh + rotation * dc * dh);

        static double Saturation(double chroma) => Math.Sqrt(Math.Pow(chroma, 7) / (Math.Pow(chroma, 7) + Math.Pow(25, 7)));
        static double Cos(double degrees) => Math.Cos(degrees * Math.PI / 180);
        static double Hue(double a, double b) => a == 0 && b == 0 ? 0 : (Math.Atan2(b, a) * 180 / Math.PI + 360) % 360;
    }

    private static double[] Linear(Rgb c) =>
        [.. new[] { c.R, c.G, c.B }.Select(v => v / 255.0).Select(v => v <= 0.04045 ? v / 12.92 : Math.Pow((v + 0.055) / 1.055, 2.4))];

    /// <summary>CIELAB under D65 of a colour as it is seen.</summary>
    private static (double L, double A, double B) Lab(Rgb colour, double[,] view)
    {
        double[] linear = Linear(colour);
        double[] rgb = [.. Enumerable.Range(0, 3).Select(i => Math.Clamp(Enumerable.Range(0, 3).Sum(j => view[i, j] * linear[j]), 0, 1))];
        double x = F((0.4124564 * rgb[0] + 0.3575761 * rgb[1] + 0.1804375 * rgb[2]) / 0.95047);
        double y = F(0.2126729 * rgb[0] + 0.7151522 * rgb[1] + 0.0721750 * rgb[2]);
        double z = F((0.0193339 * rgb[0] + 0.1191920 * rgb[1] + 0.9503041 * rgb[2]) / 1.08883);
        return (116 * y - 16, 500 * (x - y), 200 * (y - z));

        static double F(double t) => t > 0.008856 ? Math.Cbrt(t) : 7.787 * t + 16 / 116.0;
    }

    /// <summary>The ratio of luminances as WCAG 2.1 has it: 3 for drawings, 4.5 for small text.</summary>
    private static double Contrast(Rgb a, Rgb b)
    {
        double first = Luminance(a), second = Luminance(b);
        return (Math.Max(first, second) + 0.05) / (Math.Min(first, second) + 0.05);

        static double Luminance(Rgb c) => Linear(c) is var l ? 0.2126 * l[0] + 0.7152 * l[1] + 0.0722 * l[2] : 0;
    }
}
