using FcnFromScratch.Data;
using Xunit;
using static FcnFromScratch.Kernels.Tests.Data.TestTools;

namespace FcnFromScratch.Kernels.Tests.Data;

/// <summary>Scenes are what their options say, and their boxes are where the ink is.</summary>
public class SceneTests
{
    private static readonly DigitImages s_digits = ProceduralDigits.Make(300, seed: 4);

    /// <summary>All that options can ask for.</summary>
    private static readonly SceneOptions s_all = new()
    {
        Canvas = new(110, 90), Digits = new(1, 8), Overlap = new(0, 0.3), Scale = new(0.6, 1.4), Rotate = 15, Noise = new(0, 24), Clutter = new(0, 9),
        Warp = 0.5,
    };

    private static readonly SceneOptions s_one = new() { Canvas = new(60, 60), Digits = new(1) };

    private static (byte[] Pixels, SceneDigit[] Digits, byte[] Owners) Draw(
        SceneOptions options, int index = 0, int epoch = 0, ulong seed = 1, IDigitSource? digits = null)
    {
        var (pixels, owners, room) = (new byte[options.Canvas.Area], new byte[options.Canvas.Area], new SceneDigit[options.Digits.High]);
        var (count, _) = new SceneMaker(digits ?? s_digits, seed).Draw(options, epoch, index, pixels, room, owners);
        return (pixels, room[..count], owners);
    }

    /// <summary>The box and the number of the pixels that count.</summary>
    private static (Box Box, int Area) Ink(IEnumerable<(int X, int Y)> pixels)
    {
        var all = pixels.ToArray();
        return (new Box(all.Min(p => p.X), all.Min(p => p.Y), all.Max(p => p.X) + 1, all.Max(p => p.Y) + 1), all.Length);
    }

    private static IEnumerable<(int X, int Y)> Where(byte[] pixels, int width, Func<byte, bool> counts) =>
        Enumerable.Range(0, pixels.Length).Where(i => counts(pixels[i])).Select(i => (i % width, i / width));

    private static bool Counts(byte pixel) => pixel >= DigitStamp.Level;

    [Fact]
    public void A_scene_is_a_function_of_seed_epoch_and_index()
    {
        byte[] once = Draw(s_all, 3).Pixels;
        Assert.Equal(once, Draw(s_all, 3).Pixels);
        Assert.NotEqual(once, Draw(s_all, 4).Pixels);
        Assert.NotEqual(once, Draw(s_all, 3, epoch: 1).Pixels);
        Assert.NotEqual(once, Draw(s_all, 3, seed: 2).Pixels);
        // On every machine, with whatever registers: it was drawn with AVX-512, and is the same with none (DOTNET_EnableHWIntrinsic=0).
        Assert.Equal("dc074a6c6e5a9287bf89a153893546a530c35e2bde7768b932c4f067fbac2518",
            ContentHash.Of([.. Enumerable.Range(0, 40).SelectMany(i => Draw(s_all, i).Pixels)]));
    }

    [Fact]
    public void Digits_are_as_many_as_asked_for_inside_the_canvas_and_overlap_no_more_than_they_may()
    {
        const int count = 1600;
        var options = s_all with { Overlap = new(0.1, 0.3) };
        var held = new int[9];
        double most = 0;
        for (int i = 0; i < count; i++)
        {
            var digits = Draw(options, i).Digits;
            held[digits.Length]++;
            foreach (var digit in digits)
                Assert.True(digit is { XMin: >= 0, YMin: >= 0, XMax: <= 110, YMax: <= 90 } && digit.XMin < digit.XMax && digit.YMin < digit.YMax, $"{digit}");
            foreach (var (n, digit) in digits.Index())
                foreach (var other in digits[..n]) most = Math.Max(most, digit.Box.IoU(other.Box));
        }
        Assert.InRange(most, 0.25, 0.3);
        Assert.Equal(0, held[0]);
        // 200 of each number; 1 % of uniform draws pass 18.5 with 7 degrees of freedom.
        Assert.InRange(held[1..].Sum(n => Math.Pow(n - count / 8.0, 2) / (count / 8.0)), 0, 18.5);
    }

    [Fact]
    public void Without_overlap_no_two_boxes_share_a_pixel_and_masks_are_the_ink_of_each_box()
    {
        var options = s_all with { Overlap = new(0), Noise = new(0), Clutter = new(0) };
        for (int i = 0; i < 200; i++)
        {
            var (pixels, digits, owners) = Draw(options, i);
            foreach (var (n, digit) in digits.Index())
            {
                Assert.All(digits[..n], other => Assert.Equal(0, digit.Box.Intersection(other.Box)));
                Assert.Equal((digit.Box, digit.Area), Ink(Where(owners, 110, owner => owner == n + 1)));
            }
            Assert.All(owners.Zip(pixels), p => Assert.Equal(Counts(p.Second), p.First > 0));
        }
    }

    [Fact]
    public void Where_digits_lie_over_each_other_the_stronger_ink_is_seen_and_owns_the_pixel()
    {
        // Squares of levels 100 and 200 by turns, on a canvas with room for little more than one.
        var images = new byte[2 * DigitImages.Area];
        for (int i = 0; i < images.Length; i++)
            if (i % 28 is >= 4 and < 24 && i / 28 % 28 is >= 4 and < 24) images[i] = (byte)(i < DigitImages.Area ? 100 : 200);
        var squares = new DigitImages("squares", images, [1, 2]);
        var options = new SceneOptions { Canvas = new(36, 36), Digits = new(2), Overlap = new(0.9) };
        int mixed = 0;
        for (int i = 0; i < 40; i++)
        {
            var (pixels, digits, owners) = Draw(options, i, digits: squares);
            for (int p = 0; p < pixels.Length; p++)
            {
                int[] there = [.. Enumerable.Range(0, 2).Where(n => digits[n].Box.Intersection(new(p % 36, p / 36, p % 36 + 1, p / 36 + 1)) > 0)];
                int strongest = there.Length == 0 ? 0 : there.Max(n => 100 * digits[n].Digit);
                Assert.Equal(strongest, pixels[p]);
                Assert.Equal(there.Length == 0 ? 0 : 1 + there.First(n => 100 * digits[n].Digit == strongest), owners[p]);
                if (there.Length == 2 && digits[0].Digit != digits[1].Digit) mixed++;
            }
            Assert.All(digits, digit => Assert.Equal(400, digit.Area));
        }
        Assert.True(mixed > 0);
    }

    [Fact]
    public void What_is_neither_scaled_nor_turned_is_the_digit_pixel_by_pixel()
    {
        for (int i = 0; i < 100; i++)
        {
            var (pixels, digits, _) = Draw(s_one, i);
            var recorder = new Recorder(s_digits);
            Draw(s_one, i, digits: recorder);
            var window = recorder.Last;
            var ink = Ink(Where(window, 28, Counts));
            Assert.Equal((ink.Box.Width, ink.Box.Height, ink.Area), (digits[0].Box.Width, digits[0].Box.Height, digits[0].Area));
            var (dx, dy) = (digits[0].XMin - (int)ink.Box.XMin, digits[0].YMin - (int)ink.Box.YMin);
            var expected = new byte[pixels.Length];
            foreach (var (x, y) in Where(window, 28, p => p > 0))
                if (x + dx is >= 0 and < 60 && y + dy is >= 0 and < 60) expected[(y + dy) * 60 + x + dx] = window[y * 28 + x];
            Assert.Equal(expected, pixels);
        }
    }

    [Theory]
    [InlineData(0.25), InlineData(0.5), InlineData(0.7), InlineData(1.5), InlineData(2.5), InlineData(4)]
    public void Ink_grows_with_the_square_of_the_scale(double scale)
    {
        // A disc with a soft rim, as strokes have; the cubic sharpens it by little.
        var disc = Disc(8);
        var options = s_one with { Canvas = new(120, 120), Scale = new(scale) };
        var (pixels, digits, _) = Draw(options, digits: disc);
        double ink = pixels.Sum(p => (double)p) / disc.Images.Sum(p => (double)p);
        Assert.InRange(ink / (scale * scale), 0.97, 1.03);
        Assert.InRange(digits[0].Box.Width / (16 * scale), 0.85, 1.2);
        // A quarter of full ink lies a quarter of the rim further out than half of it.
        double radius = 8 * scale + 0.25 * Math.Max(1, scale);
        Assert.InRange(digits[0].Area / (Math.PI * radius * radius), 0.9, 1.1);
        // Nothing of 28 pixels shows when they are enlarged: along the rim the radius is that of a circle.
        var middle = (X: (digits[0].XMin + digits[0].XMax) / 2.0, Y: (digits[0].YMin + digits[0].YMax) / 2.0);
        foreach (var (x, y) in Where(pixels, 120, p => p is > 100 and < 155))
            Assert.InRange(Math.Sqrt(Math.Pow(x + 0.5 - middle.X, 2) + Math.Pow(y + 0.5 - middle.Y, 2)) / scale, 8 - 0.6 / scale - 0.2, 8 + 0.6 / scale + 0.2);
    }

    [Fact]
    public void A_thin_line_stays_whole_when_shrunk()
    {
        // One pixel wide, at half its size and any angle: no pixel along it is lost.
        var line = new byte[DigitImages.Area];
        for (int y = 4; y < 24; y++) line[y * 28 + 14] = 255;
        var options = s_one with { Scale = new(0.5), Rotate = 180 };
        for (int i = 0; i < 50; i++)
        {
            var (pixels, digits, _) = Draw(options, i, digits: new DigitImages("line", line, [1]));
            Assert.InRange(Math.Sqrt(Math.Pow(digits[0].Box.Width, 2) + Math.Pow(digits[0].Box.Height, 2)), 9, 12.5);
            bool isUpright = digits[0].Box.Height >= digits[0].Box.Width;
            int rows = Where(pixels, 60, Counts).Select(p => isUpright ? p.Y : p.X).Distinct().Count();
            Assert.Equal(isUpright ? digits[0].Box.Height : digits[0].Box.Width, rows);
            Assert.InRange(pixels.Sum(p => p) / (20 * 255 * 0.25), 0.9, 1.1);
        }
    }

    [Fact]
    public void Digits_are_turned_to_both_sides_and_no_further_than_asked()
    {
        // A line from the middle up: where its end lies tells the angle.
        var line = new byte[DigitImages.Area];
        for (int y = 2; y < 14; y++)
            for (int x = 13; x < 15; x++) line[y * 28 + x] = 255;
        var digit = new DigitImages("line", line, [1]);
        double least = 0, most = 0;
        for (int i = 0; i < 300; i++)
        {
            var pixels = Draw(s_one with { Rotate = 30 }, i, digits: digit).Pixels;
            var ink = Where(pixels, 60, p => p > 0).ToArray();
            double all = ink.Sum(p => (double)pixels[p.Y * 60 + p.X]);
            double x = ink.Sum(p => p.X * pixels[p.Y * 60 + p.X] / all), y = ink.Sum(p => p.Y * pixels[p.Y * 60 + p.X] / all);
            double xx = 0, xy = 0, yy = 0;
            foreach (var p in ink)
            {
                double weight = pixels[p.Y * 60 + p.X] / all;
                (xx, xy, yy) = (xx + weight * (p.X - x) * (p.X - x), xy + weight * (p.X - x) * (p.Y - y), yy + weight * (p.Y - y) * (p.Y - y));
            }
            double degrees = 0.5 * Math.Atan2(2 * xy, yy - xx) * 180 / Math.PI;
            (least, most) = (Math.Min(least, degrees), Math.Max(most, degrees));
        }
        Assert.InRange(least, -30.5, -27);
        Assert.InRange(most, 27, 30.5);
    }

    [Fact]
    public void Sines_are_those_of_the_library()
    {
        for (int degrees = -180; degrees <= 180; degrees++)
        {
            var (sin, cos) = Angle.Of(degrees);
            Assert.Equal(Math.Sin(degrees * Math.PI / 180), sin, 1e-7);
            Assert.Equal(Math.Cos(degrees * Math.PI / 180), cos, 1e-7);
        }
    }

    [Theory]
    [InlineData(0.5), InlineData(16), InlineData(128)]
    public void Noise_has_its_deviation_and_keeps_to_the_levels(double deviation)
    {
        var pixels = new byte[200_000];
        pixels.AsSpan().Fill(128);
        var random = new CounterRandom(3, RandomStream.Placement);
        Grain.Add(ref random, deviation, pixels);
        double mean = pixels.Average(p => p), spread = Math.Sqrt(pixels.Average(p => (p - mean) * (p - mean)));
        // Whole levels add 1/12 to the variance; at 128 a third of the pixels are cut off at 0 or 255.
        double expected = deviation == 128 ? 93 : Math.Sqrt(deviation * deviation + 1 / 12.0);
        Assert.InRange(mean, 128 - 0.015 * deviation - 0.02, 128 + 0.015 * deviation + 0.02);
        Assert.InRange(spread, 0.97 * expected, 1.03 * expected);
    }

    [Fact]
    public void A_pixel_has_the_same_noise_whether_it_is_one_of_sixteen_or_of_the_rest()
    {
        var (all, some) = (new byte[3000], new byte[2999]);
        foreach (byte[] pixels in new[] { all, some })
        {
            for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)(i % 256);
            var random = new CounterRandom(3, RandomStream.Placement);
            Grain.Add(ref random, 40, pixels);
        }
        Assert.Equal(all[..some.Length], some);
        // Without registers, by the definition.
        var numbers = new CounterRandom(3, RandomStream.Placement);
        for (int i = 0; i < all.Length; i++)
        {
            uint number = numbers.NextUInt();
            double sum = (number & 255) + (number >> 8 & 255) + (number >> 16 & 255) + (number >> 24), noise = (sum - 510) / 147.80053 * 40;
            Assert.InRange(all[i] - Math.Clamp(i % 256 + noise, 0, 255), -0.51, 0.51);
        }
    }

    [Fact]
    public void Clutter_and_noise_leave_digits_and_boxes_as_they_are()
    {
        var plain = s_all with { Noise = new(0), Clutter = new(0) };
        for (int i = 0; i < 50; i++)
        {
            var (bare, digits, owners) = Draw(plain, i);
            var marked = Draw(plain with { Clutter = new(20), Noise = new(9) }, i);
            Assert.Equal(digits, marked.Digits);
            Assert.Equal(owners, marked.Owners);
            var cluttered = Draw(plain with { Clutter = new(20) }, i).Pixels;
            Assert.All(bare.Zip(cluttered), p => Assert.True(p.Second >= p.First));
        }
    }

    [Fact]
    public void Marks_are_smaller_than_digits_and_are_of_all_kinds()
    {
        var options = new SceneOptions { Canvas = new(100, 100), Digits = new(0), Clutter = new(1) };
        int small = 0, hairs = 0, none = 0;
        for (int i = 0; i < 500; i++)
        {
            var (pixels, digits, _) = Draw(options, i);
            Assert.Empty(digits);
            var ink = Where(pixels, 100, Counts).ToArray();
            if (ink.Length == 0) none++; // faint, or cut off by the canvas
            else if (Ink(ink).Box is var box && Math.Max(box.Width, box.Height) <= 15) small++;
            else
            {
                // Long ones are hairs: hardly two pixels wide, and not as white as a digit.
                hairs++;
                Assert.InRange(ink.Length / Math.Max(box.Width, box.Height), 0, 2.2);
                Assert.InRange(pixels.Max(), 0, 210);
            }
        }
        Assert.InRange(small, 300, 450);
        Assert.InRange(hairs, 20, 100);
        Assert.InRange(none, 1, 120);
    }

    [Theory]
    [InlineData(100, 50, 0, 1, "scenes of 100×100 pixels hold about ")]
    [InlineData(100, 5, 0, 4, "digits of scale 4 whose boxes overlap by 0, and 5 are asked for; ask for fewer or smaller digits")]
    [InlineData(10, 1, 0.3, 1, "scenes of 10×10 pixels hold about 0 digits")]
    public void Scenes_that_cannot_hold_their_digits_are_refused(int side, int digits, double overlap, double scale, string expected)
    {
        var maker = new SceneMaker(s_digits, 1);
        var options = new SceneOptions { Canvas = new(side, side), Digits = new(0, digits), Overlap = new(overlap), Scale = new(scale) };
        Fails(expected, () => maker.ExpectRoom(options));
        // Asked all the same, it draws what there is room for.
        var (drawn, missing) = maker.Draw(options with { Digits = new(digits) }, 0, 0, new byte[side * side], new SceneDigit[digits]);
        Assert.True(missing > 0 && drawn + missing == digits);
    }

    [Fact]
    public void Scenes_that_can_are_not()
    {
        var maker = new SceneMaker(s_digits, 1);
        maker.ExpectRoom(s_all);
        maker.ExpectRoom(new SceneOptions { Digits = new(1, 12) });
        maker.ExpectRoom(new SceneOptions { Digits = new(30), Overlap = new(0.3) });
        maker.ExpectRoom(new SceneOptions { Canvas = new(8, 8), Digits = new(0) });
    }

    /// <summary>Between those that always have room and those that never do, about half of the scenes decide.</summary>
    [Fact]
    public void Scenes_that_are_seldom_full_as_asked_are_refused_and_those_that_mostly_are_not()
    {
        var maker = new SceneMaker(s_digits, 1);
        var shares = new List<double>();
        for (int digits = 14; digits <= 21; digits++)
        {
            var options = new SceneOptions { Digits = new(digits) };
            double share = Enumerable.Range(0, 100).Count(i => maker.Draw(options, 0, i, new byte[10_000], new SceneDigit[digits]).Missing == 0) / 100.0;
            if (share > 0.8) maker.ExpectRoom(options);
            if (share < 0.2) Assert.Throws<DataException>(() => maker.ExpectRoom(options));
            shares.Add(share);
        }
        Assert.True(shares.Exists(share => share is > 0 and < 0.2), string.Join(' ', shares));
    }

    [Fact]
    public void Digits_without_ink_that_shows_are_an_error_and_not_an_empty_scene()
    {
        var faint = new DigitImages("faint", [.. Enumerable.Repeat((byte)(DigitStamp.Level - 1), DigitImages.Area)], [0]);
        Fails("20 digits one after another show no ink at a scale of 1", () => Draw(s_one, digits: faint));
    }

    /// <summary>A disc in the middle of the window.</summary>
    private static DigitImages Disc(double radius) => new("disc", [.. Enumerable.Range(0, DigitImages.Area).Select(i =>
        (byte)(255 * Math.Clamp(radius + 0.5 - Math.Sqrt(Math.Pow(i % 28 - 13.5, 2) + Math.Pow(i / 28 - 13.5, 2)), 0, 1)))], [0]);

    /// <summary>Remembers the digit that was drawn last.</summary>
    private sealed class Recorder(IDigitSource digits) : IDigitSource
    {
        public byte[] Last { get; private set; } = [];

        public string Fingerprint => digits.Fingerprint;

        public int Draw(ref CounterRandom random, Span<byte> pixels)
        {
            int label = digits.Draw(ref random, pixels);
            Last = pixels.ToArray();
            return label;
        }
    }
}
