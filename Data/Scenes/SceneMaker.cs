namespace FcnFromScratch.Data;

/// <summary>
/// Draws scenes: digits of a source, each scaled and turned, at random places where their boxes overlap no more than they may, marks that are no digits,
/// noise. A scene is a function of (seed, epoch, index) and its options; sums, products, quotients and square roots only, so the same bits on every machine.
/// Where digits lie over each other the stronger ink is seen. Takes no memory; may be called from several threads.
/// </summary>
public sealed class SceneMaker(IDigitSource digits, ulong seed)
{
    /// <summary>Places that a digit is tried at, and scenes begun before one is left with the digits that it holds.</summary>
    private const int Places = 50, Beginnings = 4;

    /// <summary>Digits drawn for one that has ink at its scale.</summary>
    private const int Draws = 20;

    /// <summary>Scenes that are tried out to see whether digits find room.</summary>
    private const int Trials = 20;

    /// <summary>To be asked before scenes are made of these options: fails where not even half of them could hold as many digits as some are to have.</summary>
    /// <exception cref="DataException">They cannot, or digits of the source have no ink at this scale.</exception>
    public void ExpectRoom(SceneOptions options)
    {
        int most = options.Digits.High;
        var pixels = new byte[options.Canvas.Area];
        var drawn = new SceneDigit[most];
        var stampRoom = new byte[DigitStamp.Side * DigitStamp.Side];
        int[] held = [.. Enumerable.Range(0, Trials).Select(trial =>
        {
            // Of one seed: whether options are refused is no matter of luck.
            var random = new CounterRandom(0, RandomStream.Trial, 0, (uint)trial);
            return Compose(ref random, options, most, pixels, drawn, default, stampRoom);
        }).Order()];
        if (held[Trials / 2] == most) return;
        var (width, height) = options.Canvas;
        throw new DataException($"scenes of {width}×{height} pixels hold about {held[Trials / 2]} digits of scale {options.Scale} whose boxes overlap by "
            + $"{options.Overlap}, and {most} are asked for; ask for fewer or smaller digits, a larger canvas or more overlap.");
    }

    /// <param name="pixels">Canvas.Area of them, to be filled.</param>
    /// <param name="drawn">Room for the digits, Digits.High at least.</param>
    /// <param name="owners">
    /// For every pixel which digit, counted from 1, has the most ink there, and 0 where none has any that counts; empty if not wanted.
    /// </param>
    /// <returns>How many digits it has, and how many more it was to have that found no place.</returns>
    /// <exception cref="DataException">Digits of the source have no ink at this scale.</exception>
    public (int Drawn, int Missing) Draw(SceneOptions options, int epoch, int index, Span<byte> pixels, Span<SceneDigit> drawn, Span<byte> owners = default)
    {
        var random = new CounterRandom(seed, RandomStream.Placement, (uint)epoch, (uint)index);
        Span<byte> stampRoom = stackalloc byte[DigitStamp.Side * DigitStamp.Side];
        int wanted = Next(ref random, options.Digits), count = Compose(ref random, options, wanted, pixels, drawn, owners, stampRoom);
        Clutter.Draw(ref random, Next(ref random, options.Clutter), options, digits, pixels, stampRoom);
        if (Next(ref random, options.Noise) is var noise && noise > 0) Grain.Add(ref random, noise, pixels);
        return (count, wanted - count);
    }

    private int Compose(ref CounterRandom random, SceneOptions options, int wanted, Span<byte> pixels, Span<SceneDigit> drawn, Span<byte> owners,
        Span<byte> stampRoom)
    {
        double limit = Next(ref random, options.Overlap);
        int count = 0;
        for (int beginning = 1; beginning <= Beginnings; beginning++)
        {
            bool isLast = beginning == Beginnings;
            pixels.Clear();
            owners.Clear();
            count = 0;
            for (int n = 0; n < wanted && (count == n || isLast); n++)
                if (TryAdd(ref random, options, limit, pixels, drawn[..(count + 1)], owners, stampRoom)) count++;
            if (count == wanted) break;
        }
        return count;
    }

    /// <param name="drawn">The digits that are there, and room for one more.</param>
    private bool TryAdd(ref CounterRandom random, SceneOptions options, double limit, Span<byte> pixels, Span<SceneDigit> drawn, Span<byte> owners,
        Span<byte> stampRoom)
    {
        Span<byte> digit = stackalloc byte[DigitImages.Area];
        var stamp = new DigitStamp(stampRoom);
        int label, mnistIndex, draws = 0;
        do
        {
            if (draws++ == Draws)
                throw new DataException($"{Draws} digits one after another show no ink at a scale of {options.Scale}; take others, or draw them larger.");
            label = digits.Draw(ref random, digit, out mnistIndex);
            if (options.Warp > 0 && random.NextFloat() < options.Warp) Warp.Apply(ref random, digit);
            float scale = (float)Next(ref random, options.Scale);
            var (sin, cos) = Angle.Of((float)options.Rotate * random.NextFloat(-1, 1));
            stamp.Draw(digit, scale, cos, sin);
        }
        while (stamp.Area == 0);
        var (width, height) = options.Canvas;
        int wide = stamp.XMax - stamp.XMin, high = stamp.YMax - stamp.YMin;
        if (wide > width || high > height) return false;
        for (int place = 0; place < Places; place++)
        {
            int x = random.NextInt(width - wide + 1), y = random.NextInt(height - high + 1);
            var placed = new SceneDigit(x, y, x + wide, y + high, label, stamp.Area, mnistIndex);
            if (Overlaps(placed, drawn[..^1], limit)) continue;
            drawn[^1] = placed;
            Lay(stamp, x - stamp.XMin, y - stamp.YMin, options.Canvas, pixels, owners, (byte)drawn.Length);
            return true;
        }
        return false;
    }

    private static bool Overlaps(SceneDigit digit, ReadOnlySpan<SceneDigit> others, double limit)
    {
        foreach (var other in others)
        {
            int width = Math.Min(digit.XMax, other.XMax) - Math.Max(digit.XMin, other.XMin);
            int height = Math.Min(digit.YMax, other.YMax) - Math.Max(digit.YMin, other.YMin);
            if (width > 0 && height > 0 && digit.Box.IoU(other.Box) > limit) return true;
        }
        return false;
    }

    /// <summary>Adds a stamp's ink where it is stronger than what is there; what passes the edges is cut off.</summary>
    private static void Lay(DigitStamp stamp, int left, int top, CanvasSize canvas, Span<byte> pixels, Span<byte> owners, byte owner)
    {
        int first = Math.Max(0, -(left + stamp.Left)), end = Math.Min(stamp.Right - stamp.Left, canvas.Width - left - stamp.Left);
        for (int y = Math.Max(stamp.Top, -top); y < Math.Min(stamp.Bottom, canvas.Height - top); y++)
        {
            var ink = stamp.Row(y)[first..end];
            int start = (y + top) * canvas.Width + left + stamp.Left + first;
            var target = pixels.Slice(start, ink.Length);
            for (int x = 0; x < ink.Length; x++)
            {
                if (ink[x] <= target[x]) continue;
                target[x] = ink[x];
                if (ink[x] >= DigitStamp.Level && !owners.IsEmpty) owners[start + x] = owner;
            }
        }
    }

    private static int Next(ref CounterRandom random, Interval<int> interval) => interval.Low + random.NextInt(interval.High - interval.Low + 1);

    private static double Next(ref CounterRandom random, Interval<double> interval) =>
        interval.Low + (interval.High - interval.Low) * random.NextFloat();
}
