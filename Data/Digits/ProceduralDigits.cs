namespace FcnFromScratch.Data;

/// <summary>
/// Handwritten digits of our own making, in MNIST's form: a skeleton of strokes, bent by a hand that is never the same, drawn with a
/// round pen, anti-aliased, scaled into a 20×20 box and centred by mass in 28×28 pixels. A function of (seed, index); sums, products,
/// quotients and square roots only, so the same bits on every machine.
/// </summary>
public static class ProceduralDigits
{
    private const int Side = DigitImages.Side;

    /// <summary>Side of the square that the ink is scaled to fill, as in MNIST.</summary>
    private const float InkSide = 20;

    private const int MaxPoints = 160;

    /// <summary>Draws digits by the numbers it is given, all ten equally often.</summary>
    public static IDigitSource Source { get; } = new Generator();

    /// <summary>Draws digit <paramref name="index"/> of the endless series of <paramref name="seed"/> into 28×28 pixels; returns what it is.</summary>
    public static int Draw(ulong seed, int index, Span<byte> pixels)
    {
        var random = new CounterRandom(seed, RandomStream.Digit, sample: (uint)index);
        return Source.Draw(ref random, pixels);
    }

    /// <summary>The first <paramref name="count"/> digits of the series.</summary>
    public static DigitImages Make(int count, ulong seed)
    {
        var (images, labels) = (new byte[count * DigitImages.Area], new byte[count]);
        Parallel.For(0, count, i => labels[i] = (byte)Draw(seed, i, images.AsSpan(i * DigitImages.Area, DigitImages.Area)));
        return new DigitImages($"procedural digits, seed {seed}", images, labels);
    }

    private sealed class Generator : IDigitSource
    {
        /// <summary>Another way of drawing is another version of the program.</summary>
        public string Fingerprint => "procedural";

        public int Draw(ref CounterRandom random, Span<byte> pixels)
        {
            int digit = random.NextInt(10);
            Span<Dot> path = stackalloc Dot[MaxPoints];
            var habit = Habit.OfDigit[digit];
            var pen = new Pen(ref random, habit.Breadth);
            var hand = new Hand(ref random, habit, pen.Radius);
            int length = Trace(ref random, Choose(ref random, Skeletons.OfDigit[digit]), hand, path);
            Fit(ref random, path[..length], pen.Reach);
            pen.Ink(ref random, path[..length], pixels);
            return digit;
        }
    }

    private static Skeleton Choose(ref CounterRandom random, Skeleton[] styles)
    {
        int total = 0;
        foreach (var style in styles) total += style.Weight;
        int pick = random.NextInt(total), index = 0;
        while ((pick -= styles[index].Weight) >= 0) index++;
        return styles[index];
    }

    /// <summary>
    /// The way of the pen: control points between two examples, moved by an elastic field, an unsteady hand and the writer's own shape of letters,
    /// joined by cubic Hermite pieces with Catmull–Rom tangents. Returns the number of points.
    /// </summary>
    private static int Trace(ref CounterRandom random, Skeleton skeleton, Hand hand, Span<Dot> path)
    {
        Span<float> field = stackalloc float[Elastic.Length];
        var elastic = new Elastic(ref random, field);
        Span<(float X, float Y)> points = stackalloc (float, float)[skeleton.Count];
        skeleton.Blend(ref random, points);
        int length = 0;
        for (int stroke = 0; stroke + 1 < skeleton.StrokeStarts.Length; stroke++)
        {
            int start = skeleton.StrokeStarts[stroke], end = skeleton.StrokeStarts[stroke + 1];
            float dx = stroke == 0 ? 0 : 0.03f * random.NextBell(), dy = stroke == 0 ? 0 : 0.03f * random.NextBell();
            Stretch(ref random, ref points[start], points[start + 1]);
            Stretch(ref random, ref points[end - 1], points[end - 2]);
            for (int i = start; i < end; i++)
            {
                var (x, y) = elastic.Map(points[i]);
                points[i] = hand.Map(x + dx + hand.Jitter * random.NextBell(), y + dy + hand.Jitter * random.NextBell());
            }
            path[length++] = new Dot(points[start].X, points[start].Y, true);
            for (int i = start; i + 1 < end; i++)
            {
                var (p, q) = (points[i], points[i + 1]);
                var before = i == start || skeleton.IsCorner[i] ? p : points[i - 1];
                var after = i + 2 == end || skeleton.IsCorner[i + 1] ? q : points[i + 2];
                var (px, py) = ((q.X - before.X) / 2, (q.Y - before.Y) / 2);
                var (qx, qy) = ((after.X - p.X) / 2, (after.Y - p.Y) / 2);
                const int steps = 6;
                for (int step = 1; step <= steps; step++)
                {
                    float t = (float)step / steps, t2 = t * t, t3 = t2 * t;
                    float a = 2 * t3 - 3 * t2 + 1, b = t3 - 2 * t2 + t, c = 3 * t2 - 2 * t3, d = t3 - t2;
                    path[length++] = new Dot(a * p.X + b * px + c * q.X + d * qx, a * p.Y + b * py + c * q.Y + d * qy, false);
                }
            }
        }
        return length;

        // Strokes begin early or late, and so they end.
        static void Stretch(ref CounterRandom random, ref (float X, float Y) tip, (float X, float Y) next)
        {
            float by = 0.18f * random.NextBell();
            tip = (tip.X + by * (tip.X - next.X), tip.Y + by * (tip.Y - next.Y));
        }
    }

    /// <summary>Scales the path so that the ink fills the box, and moves its centre of mass to the middle of the picture.</summary>
    private static void Fit(ref CounterRandom random, Span<Dot> path, float reach)
    {
        float xMin = path[0].X, xMax = xMin, yMin = path[0].Y, yMax = yMin, mass = 1e-6f, massX = mass * xMin, massY = mass * yMin;
        for (int i = 1; i < path.Length; i++)
        {
            var (x, y, isStart) = path[i];
            (xMin, xMax, yMin, yMax) = (Math.Min(xMin, x), Math.Max(xMax, x), Math.Min(yMin, y), Math.Max(yMax, y));
            if (isStart) continue;
            float dx = x - path[i - 1].X, dy = y - path[i - 1].Y, weight = MathF.Sqrt(dx * dx + dy * dy);
            mass += weight;
            massX += weight * (x + path[i - 1].X) / 2;
            massY += weight * (y + path[i - 1].Y) / 2;
        }
        float scale = (InkSide - 2 * reach) / Math.Max(1e-3f, Math.Max(xMax - xMin, yMax - yMin));
        float left = Place(Side / 2f + random.NextFloat(0, 1) - scale * massX / mass, scale * xMin - reach, scale * xMax + reach);
        float top = Place(Side / 2f + random.NextFloat(0, 1) - scale * massY / mass, scale * yMin - reach, scale * yMax + reach);
        for (int i = 0; i < path.Length; i++) path[i] = new Dot(left + scale * path[i].X, top + scale * path[i].Y, path[i].IsStart);

        // Keeps ink from low … high inside the picture when it is moved.
        static float Place(float shift, float low, float high) => Math.Clamp(shift, -low, Math.Max(-low, Side - high));
    }
}
