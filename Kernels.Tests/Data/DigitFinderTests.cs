using FcnFromScratch.Data;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Data;

/// <summary>Digits in pictures of all sizes, polarities and grounds come back in MNIST's form.</summary>
public class DigitFinderTests
{
    private static readonly DigitImages s_digits = ProceduralDigits.Make(30, seed: 4);

    /// <summary>A picture of light ink on black.</summary>
    private sealed class Sheet(int width, int height)
    {
        public byte[] Pixels { get; } = new byte[width * height];

        /// <summary>Pastes a digit scaled, pixel by pixel, its 28×28 window beginning at a place.</summary>
        public Sheet With(int digit, int x, int y, double scale)
        {
            var image = s_digits.Image(digit);
            for (int v = 0; v < 28 * scale; v++)
                for (int u = 0; u < 28 * scale; u++)
                {
                    byte level = image[(int)(v / scale) * 28 + (int)(u / scale)];
                    if (level > 0) Pixels[(y + v) * width + x + u] = level;
                }
            return this;
        }

        public Sheet On(Func<int, int, double> ground, double ink)
        {
            for (int i = 0; i < Pixels.Length; i++)
            {
                double below = ground(i % width, i / width);
                Pixels[i] = (byte)Math.Clamp(below + (ink - below) * Pixels[i] / 255, 0, 255);
            }
            return this;
        }
    }

    /// <summary>
    /// How alike two digits are: the cosine between their pixels, one moved by a pixel at most, since the drawn ones are centred by their path.
    /// </summary>
    private static double Likeness(byte[] a, ReadOnlySpan<byte> b)
    {
        double most = 0;
        for (int dy = -1; dy <= 1; dy++)
            for (int dx = -1; dx <= 1; dx++)
            {
                double both = 0, left = 0, right = 0;
                for (int i = 0; i < a.Length; i++)
                {
                    int x = i % 28 + dx, y = i / 28 + dy;
                    double moved = x is >= 0 and < 28 && y is >= 0 and < 28 ? b[y * 28 + x] : 0;
                    (both, left, right) = (both + a[i] * moved, left + a[i] * a[i], right + moved * moved);
                }
                most = Math.Max(most, both / Math.Sqrt(left * right));
            }
        return most;
    }

    [Theory]
    [InlineData(1), InlineData(1.5), InlineData(3), InlineData(8), InlineData(14)]
    public void A_digit_of_any_size_comes_back_in_its_form(double scale)
    {
        for (int digit = 0; digit < s_digits.Count; digit++)
        {
            int side = (int)(40 * scale);
            var found = DigitFinder.Find(new Sheet(side, side + 7).With(digit, (int)(9 * scale), (int)(2 * scale), scale).Pixels, side, keepGround: false);
            Assert.Single(found.Digits);
            Assert.InRange(Likeness(found.Digits[0].Pixels, s_digits.Image(digit)), 0.8, 1);
            Assert.True(DigitForm.Is(found.Digits[0].Pixels), $"digit {digit}");
        }
    }

    [Fact]
    public void A_digit_in_its_form_is_known_by_it()
    {
        for (int digit = 0; digit < s_digits.Count; digit++) Assert.True(DigitForm.Is(s_digits.Image(digit)), $"digit {digit}");
        byte[] moved = [.. s_digits.Image(3)[(28 * 3)..], .. new byte[28 * 3]];
        Assert.False(DigitForm.Is(moved));
        Assert.False(DigitForm.Is(new byte[784]));
        var small = new byte[784];
        small.AsSpan(13 * 28 + 12, 4).Fill(255);
        Assert.False(DigitForm.Is(small));
    }

    [Fact]
    public void Digits_are_told_apart_and_come_from_left_to_right()
    {
        var paper = new Sheet(200, 80).With(5, 140, 10, 1.5).With(1, 10, 20, 1.5).With(8, 75, 5, 2);
        var found = DigitFinder.Find(paper.Pixels, 200, keepGround: false);
        Assert.Equal((3, 0, 0), (found.Digits.Count, found.Specks, found.Lines));
        foreach (var (place, digit) in new[] { 1, 8, 5 }.Index())
            Assert.InRange(Likeness(found.Digits[place].Pixels, s_digits.Image(digit)), 0.84, 1);
        Assert.InRange(found.Digits[0].XMin, 10, 10 + 42);
        Assert.InRange(found.Digits[2].XMax, 140, 140 + 42);
    }

    [Fact]
    public void Parts_of_a_digit_are_one_and_a_neighbour_does_not_reach_into_it()
    {
        // A body with a bar above it, as a 5 has, and a slanted stroke whose box overlaps the body's.
        var pixels = new byte[120 * 60];
        Fill(10, 10, 26, 4);
        Fill(12, 18, 18, 30);
        for (int i = 0; i < 40; i++) Fill(40 - i / 4, 10 + i, 4, 1);
        var found = DigitFinder.Find(pixels, 120, keepGround: false);
        Assert.Equal([(10, 10, 35, 47), (31, 10, 43, 49)], found.Digits.Select(d => (d.XMin, d.YMin, d.XMax, d.YMax)));
        // Its right half is empty but for the bar, however near the slanted stroke comes.
        Assert.All(Enumerable.Range(0, 28 * 28).Where(i => i % 28 > 20 && i / 28 > 12), i => Assert.Equal(0, found.Digits[0].Pixels[i]));

        void Fill(int x, int y, int wide, int high)
        {
            for (int row = y; row < y + high; row++) pixels.AsSpan(row * 120 + x, wide).Fill(255);
        }
    }

    [Fact]
    public void Parts_are_joined_as_far_as_they_reach()
    {
        // The first and the last of three bars are joined by the one between them alone.
        var pixels = new byte[60 * 50];
        foreach (int top in new[] { 10, 18, 26 })
            for (int row = top; row < top + 5; row++) pixels.AsSpan(row * 60 + 20, 20).Fill(255);
        var digit = Assert.Single(DigitFinder.Find(pixels, 60, keepGround: false).Digits);
        Assert.Equal((20, 10, 39, 30), (digit.XMin, digit.YMin, digit.XMax, digit.YMax));
    }

    [Fact]
    public void What_is_lighter_than_the_paper_is_rounded()
    {
        // Its light falls from left to right by half a level a pixel.
        byte[] pixels = [.. Enumerable.Range(0, 64 * 40).Select(i => (byte)(100 + i % 64 / 2 + (i % 7 == 0 ? 60 : 0)))];
        var paper = new Paper(pixels, 64);
        byte[] lighter = [.. pixels];
        paper.TakeAway(lighter);
        for (int i = 0; i < pixels.Length; i++) Assert.Equal(Math.Max(0, Math.Floor(pixels[i] - paper[i] + 0.5)), lighter[i]);
        Assert.InRange(lighter[7], 50, 70);
    }

    [Theory]
    [InlineData(0, 0), InlineData(100, 0), InlineData(60, 100), InlineData(10, 130)]
    public void Even_and_falling_light_is_taken_away(double level, double fall)
    {
        for (int digit = 0; digit < 10; digit++)
        {
            var paper = new Sheet(150, 120).With(digit, 30, 20, 2.5).On((x, y) => level + fall * (x + y) / 270, 255);
            var found = DigitFinder.Find(paper.Pixels, 150, keepGround: false);
            Assert.Single(found.Digits);
            Assert.InRange(Likeness(found.Digits[0].Pixels, s_digits.Image(digit)), 0.84, 1);
        }
    }

    /// <summary>Paper on a table: the largest mark is the sheet, and its digits are what is dark on it.</summary>
    [Theory]
    [InlineData(0), InlineData(0.04)]
    public void Digits_are_found_on_a_sheet_that_lies_on_another_ground(double slope)
    {
        var paper = new Sheet(300, 220).With(5, 70, 60, 2).With(8, 150, 70, 2);
        for (int i = 0; i < paper.Pixels.Length; i++)
        {
            var (x, y) = (i % 300 - 150, i / 300 - 110);
            bool isSheet = Math.Abs(x + slope * y) < 110 && Math.Abs(y - slope * x) < 75;
            paper.Pixels[i] = isSheet ? (byte)(230 - paper.Pixels[i] * 190 / 255) : (byte)60;
        }
        var found = DigitFinder.Find([.. paper.Pixels], 300, keepGround: false);
        Assert.Equal(2, found.Digits.Count);
        foreach (var (place, digit, left) in new[] { (0, 5, 70), (1, 8, 150) })
        {
            Assert.InRange(Likeness(found.Digits[place].Pixels, s_digits.Image(digit)), 0.84, 1);
            Assert.InRange(found.Digits[place].XMin, left, left + 28);
            // Ends where its ink does, of which the faintest row or two are none.
            int end = (digit == 5 ? 60 : 70) + 2 * (1 + Enumerable.Range(0, 784).Last(i => s_digits.Image(digit)[i] > 0) / 28) - 1;
            Assert.InRange(found.Digits[place].YMax, end - 4, end);
        }
        // A blank one has none, and is none itself.
        for (int i = 0; i < paper.Pixels.Length; i++) paper.Pixels[i] = paper.Pixels[i] == 60 ? (byte)60 : (byte)230;
        Assert.Empty(DigitFinder.Find(paper.Pixels, 300, keepGround: false).Digits);
    }

    /// <summary>The loop of a broad 0 that fills its picture is no writing on it.</summary>
    [Fact]
    public void A_broad_digit_is_no_sheet()
    {
        var pixels = new byte[90 * 90];
        for (int i = 0; i < pixels.Length; i++)
        {
            double x = (i % 90 - 45) / 24.0, y = (i / 90 - 45) / 34.0, inner = (i % 90 - 45) / 8.0, innerY = (i / 90 - 45) / 16.0;
            if (x * x + y * y < 1 && inner * inner + innerY * innerY > 1) pixels[i] = 255;
        }
        var digit = Assert.Single(DigitFinder.Find(pixels, 90, keepGround: false).Digits);
        Assert.InRange(digit.YMax - digit.YMin, 60, 70);
    }

    /// <summary>Half of the page lies in the shadow, along a slanted edge; once the corner of it came out as a digit, and those in it were lost.</summary>
    [Theory]
    [InlineData(0.2, 60), InlineData(0.6, 90), InlineData(-0.4, 100)]
    public void A_shadow_across_the_page_is_no_ink(double slope, double depth)
    {
        var paper = new Sheet(260, 120).With(2, 20, 30, 2).With(3, 100, 20, 2).With(8, 180, 35, 2)
            .On((x, y) => y - 60 < slope * (x - 130) ? 10 : 10 + depth, 235);
        var found = DigitFinder.Find(paper.Pixels, 260, keepGround: false);
        Assert.Equal(3, found.Digits.Count);
        foreach (var (place, digit) in new[] { 2, 3, 8 }.Index())
            Assert.InRange(Likeness(found.Digits[place].Pixels, s_digits.Image(digit)), 0.8, 1);
    }

    /// <summary>Chalk and pencil leave gaps, which are no edges of a texture.</summary>
    [Fact]
    public void Strokes_of_chalk_have_digits()
    {
        var random = new CounterRandom(1, RandomStream.Augmentation);
        for (int digit = 0; digit < 10; digit++)
        {
            var paper = new Sheet(250, 230).With(digit, 15, 5, 7.5);
            for (int i = 0; i < paper.Pixels.Length; i++) paper.Pixels[i] = (byte)(paper.Pixels[i] * (64 + random.NextInt(192)) / 255);
            Assert.Single(DigitFinder.Find(paper.Pixels, 250, keepGround: false).Digits);
        }
    }

    [Fact]
    public void Specks_and_lines_are_no_digits()
    {
        var paper = new Sheet(300, 100).With(2, 20, 10, 2);
        paper.Pixels.AsSpan(90 * 300 + 5, 280).Fill(255);
        paper.Pixels.AsSpan(91 * 300 + 5, 280).Fill(255);
        for (int i = 0; i < 3; i++) paper.Pixels.AsSpan((20 + 20 * i) * 300 + 200, 3).Fill(255);
        var found = DigitFinder.Find(paper.Pixels, 300, keepGround: false);
        Assert.Equal((1, 3, 1), (found.Digits.Count, found.Specks, found.Lines));
    }

    /// <summary>Not that of the mark that is left out, though most of the ink is in it.</summary>
    /// <summary>Squared paper, rules with a margin, a window of four, and frames: straight, and turned as by an unsteady hand.</summary>
    [Theory]
    [InlineData("squares", 0), InlineData("squares", 0.02), InlineData("rules", 0), InlineData("rules", 0.03), InlineData("window", 0)]
    [InlineData("frame", 0), InlineData("frame", -0.02)]
    public void What_paper_is_ruled_with_is_no_digit(string ruling, double slope)
    {
        // Between the lines, which are 48 apart.
        var paper = new Sheet(301, 301).With(2, 104, 56, 1.2).With(8, 200, 152, 1.2);
        for (int y = 0; y < 300; y++)
            for (int x = 0; x < 300; x++)
            {
                int u = (int)Math.Round(x - slope * (y - 150)), v = (int)Math.Round(y + slope * (x - 150));
                bool isBorder = Math.Max(Math.Abs(u - 150), Math.Abs(v - 150)) is >= 138 and < 141;
                bool isInside = Math.Max(Math.Abs(u - 150), Math.Abs(v - 150)) < 141;
                if (ruling switch
                {
                    "squares" => (u + 4) % 48 is 0 or 1 or 2 || (v + 4) % 48 is 0 or 1 or 2,
                    "rules" => v % 48 is 0 or 1 or 2 || u is >= 40 and < 43,
                    "window" => isBorder || isInside && (u is >= 144 and < 147 || v is >= 144 and < 147),
                    _ => isBorder,
                })
                    paper.Pixels[y * 301 + x] = 200;
            }
        var found = DigitFinder.Find(paper.Pixels, 301, keepGround: false);
        Assert.Equal([(104, 56), (200, 152)], found.Digits.Select(d => (d.XMin / 48 * 48 + 8, d.YMin / 48 * 48 + 8)));
        foreach (var (digit, image) in found.Digits.Zip([2, 8])) Assert.InRange(Likeness(digit.Pixels, s_digits.Image(image)), 0.8, 1);
        Assert.InRange(found.Lines, 1, 10);
    }

    /// <summary>Nothing that a digit's strokes enclose or cut up makes it one.</summary>
    [Fact]
    public void A_digit_is_no_ruling()
    {
        // An 8 of straight strokes, and a 0 as square as a frame, both with a speck inside.
        var paper = new Sheet(200, 140);
        for (int y = 0; y < 100; y++)
            for (int x = 0; x < 60; x++)
                if (x is < 6 or >= 54 || y is < 6 or >= 94) paper.Pixels[(y + 20) * 200 + x + 20] = paper.Pixels[(y + 20) * 200 + x + 120] = 255;
                else if (y is >= 47 and < 53) paper.Pixels[(y + 20) * 200 + x + 20] = 255;
                else if (y is >= 70 and < 75 && x is >= 25 and < 30) paper.Pixels[(y + 20) * 200 + x + 20] = paper.Pixels[(y + 20) * 200 + x + 120] = 255;
        var found = DigitFinder.Find(paper.Pixels, 200, keepGround: false);
        Assert.Equal((2, 0), (found.Digits.Count, found.Lines));
    }

    [Fact]
    public void The_typical_side_is_a_digits()
    {
        var paper = new Sheet(300, 200).With(2, 20, 10, 2);
        for (int y = 60; y < 140; y++) paper.Pixels.AsSpan(y * 300 + 150, 80).Fill(255);
        var found = DigitFinder.Find(paper.Pixels, 300, keepGround: true);
        var digit = Assert.Single(found.Digits);
        Assert.Equal((1, Math.Max(digit.XMax - digit.XMin, digit.YMax - digit.YMin) + 1), (found.Textures, found.Typical));
    }

    /// <summary>Its ground, which becomes what is ink: broad strokes need several squares, and one plane takes them all.</summary>
    [Theory]
    [InlineData(2), InlineData(8), InlineData(30)]
    public void A_large_page_takes_one_plane_beside_its_own(double scale)
    {
        const int side = 2000;
        var paper = new Sheet(side, side).With(3, 100, 200, scale).With(8, 1100, 300, scale).On((_, _) => 230, 40);
        byte[] pixels = [.. paper.Pixels.Select(p => (byte)(255 - p))];
        long before = GC.GetAllocatedBytesForCurrentThread();
        var ink = InkLayer.Of(pixels, side, keepGround: false);
        long taken = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Same(pixels, ink.Pixels);
        Assert.InRange(taken, side * side, 1.75 * side * side); // the filters take strips of columns
    }

    /// <summary>Nearly as many runs as are taken for ink that may be digits, each a part by itself.</summary>
    [Fact]
    public void Noise_of_a_million_parts_takes_little_more_than_they_do()
    {
        const int side = 2830;
        byte[] pixels = [.. Enumerable.Range(0, side * side).Select(i => (byte)(i % side % 2 == 0 && i / side % 2 == 0 ? 255 : 0))];
        long before = GC.GetAllocatedBytesForCurrentThread();
        var found = DigitFinder.Find(pixels, side, keepGround: true);
        long taken = GC.GetAllocatedBytesForCurrentThread() - before - side * side;
        Assert.Equal(1, found.Textures);
        Assert.InRange(taken / (side * side / 4), 28, 120);
    }

    [Theory]
    [InlineData(12, 33, 1)] // 3,600 filled boxes
    [InlineData(8, 12, 1)] // 27,889, each a digit's size
    [InlineData(8, 9, 0)] // more ink than ground: the ground's lines are the ink
    [InlineData(8, 11, 0)]
    [InlineData(4, 10, 1)]
    [InlineData(1, 2, 1)] // a million pixels
    public void A_grid_of_dots_has_no_digits(int dot, int pitch, int textures)
    {
        const int side = 2000;
        byte[] pixels = [.. Enumerable.Range(0, side * side).Select(i => (byte)(i % side % pitch < dot && i / side % pitch < dot ? 255 : 0))];
        var found = DigitFinder.Find(pixels, side, keepGround: false);
        Assert.Empty(found.Digits);
        Assert.True(found.Textures >= textures, $"{found.Textures}");
    }

    [Fact]
    public void Digits_are_found_among_dust_of_many_parts()
    {
        const int width = 2000, height = 1800;
        var paper = new Sheet(width, height).With(3, 100, 100, 30).With(6, 1000, 600, 30);
        int specks = 0;
        for (int y = 1; y < height - 1; y += 10)
            for (int x = 1; x < width - 1; x += 10)
                if (Enumerable.Range(0, 9).All(i => paper.Pixels[(y - 1 + i / 3) * width + x - 1 + i % 3] == 0))
                    (paper.Pixels[y * width + x], specks) = (255, specks + 1);
        Assert.InRange(specks, 1 << 15, 1 << 16);
        var found = DigitFinder.Find(paper.Pixels, width, keepGround: true);
        Assert.Equal((2, specks, 0), (found.Digits.Count, found.Specks, found.Textures));
    }

    [Theory]
    [InlineData(1, 1), InlineData(28, 28), InlineData(300, 7), InlineData(400, 300)]
    public void Nothing_is_found_where_nothing_is(int width, int height)
    {
        foreach (double level in new[] { 0, 128, 255 })
            foreach (double fall in new[] { 0, 100.0 })
                Assert.Empty(DigitFinder.Find(new Sheet(width, height).On((x, y) => level - fall * x / width, 255).Pixels, width, keepGround: false).Digits);
    }

    [Fact]
    public void Noise_has_no_digits()
    {
        var random = new CounterRandom(1, RandomStream.Augmentation);
        byte[] noise = new byte[300 * 200];
        foreach (int amplitude in new[] { 10, 60, 256 })
        {
            for (int i = 0; i < noise.Length; i++) noise[i] = (byte)(random.NextInt(amplitude) + (256 - amplitude) / 2);
            var found = DigitFinder.Find(noise, 300, keepGround: false);
            Assert.True(found.Digits.Count == 0, $"{amplitude}: {string.Join(", ", found.Digits)}");
        }
    }

    [Theory]
    [InlineData(255, 10), InlineData(200, 90), InlineData(120, 20), InlineData(10, 240), InlineData(110, 220)]
    public void Polarity_is_seen_on_any_ground(int ground, int ink)
    {
        for (int digit = 0; digit < 10; digit++)
            foreach (double scale in new[] { 1, 6.0 })
                foreach (double fall in new[] { 0, 0.35 })
                {
                    int side = (int)(34 * scale);
                    var paper = new Sheet(side, side).With(digit, (int)(3 * scale), (int)(3 * scale), scale).On((x, y) => ground * (1 - fall * x / side), ink);
                    // Ink that is no darker than the darkest ground is no dark ink.
                    if (ink > ground || ink < ground * (1 - fall) - 40)
                        Assert.Equal(ink < ground, new Paper(paper.Pixels, side).HasDarkInk(paper.Pixels));
                }
    }

    [Fact]
    public void A_blank_picture_is_one_of_dark_ink_if_it_is_light()
    {
        byte[] white = [.. Enumerable.Repeat((byte)255, 60)], black = new byte[60];
        Assert.True(new Paper(white, 6).HasDarkInk(white));
        Assert.False(new Paper(black, 6).HasDarkInk(black));
    }

    [Fact]
    public void Strokes_become_as_wide_as_most_are()
    {
        // A hairline and a slab of 300 pixels' height: both come out within what nine in ten of MNIST's digits have.
        foreach (int wide in new[] { 3, 90 })
        {
            var pixels = new byte[400 * 400];
            for (int y = 50; y < 350; y++)
                for (int x = 50; x < 350; x++)
                    if (y < 50 + wide || x >= 350 - wide) pixels[y * 400 + x] = 255;
            var digit = Assert.Single(DigitFinder.Find(pixels, 400, keepGround: false).Digits);
            Assert.InRange(DigitForm.StrokeWidth(digit.Pixels), 1.3, 4.2);
        }
    }
}
