namespace FcnFromScratch.Data;

/// <summary>
/// Handwritten digits of our own making, in MNIST's form: a skeleton of strokes, bent by a hand that is never the same, drawn with a
/// round pen, anti-aliased, scaled into a 20×20 box and centred by mass in 28×28 pixels. A function of (seed, index); sums, products
/// and square roots only, so the same bits on every machine.
/// </summary>
public static class ProceduralDigits
{
    private const int Side = DigitImages.Side;

    /// <summary>Side of the square that the ink is scaled to fill, as in MNIST.</summary>
    private const float Box = 20;

    private const int MaxPoints = 160;

    /// <summary>
    /// How people write a digit on the whole: mean width for a height of 1, mean slant, middle radius of the pen in pixels (small digits are scaled up,
    /// and the pen with them). Set so that the means over many digits are those of MNIST's 60000 training images.
    /// </summary>
    private readonly record struct Habit(float Aspect, float Slant, float Breadth);

    private static readonly Habit[] Habits =
    [
        new(0.88f, 0.165f, 1.36f), new(0.6f, 0.23f, 1.33f), new(0.92f, 0.09f, 1.25f), new(0.84f, 0.06f, 1.2f), new(0.81f, 0.21f, 1.18f),
        new(0.88f, 0.04f, 1.15f), new(0.76f, 0.08f, 1.17f), new(0.8f, 0.04f, 1.26f), new(0.8f, 0.09f, 1.12f), new(0.76f, 0.11f, 1.12f),
    ];

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
        public int Draw(ref CounterRandom random, Span<byte> pixels)
        {
            int digit = random.NextInt(10);
            Span<Dot> path = stackalloc Dot[MaxPoints];
            var pen = new Pen(ref random, Habits[digit].Breadth);
            int length = Trace(ref random, Choose(ref random, Skeletons.OfDigit[digit]), new Hand(ref random, Habits[digit], pen.Radius), path);
            Fit(ref random, path[..length], pen.Reach);
            pen.Ink(ref random, path[..length], pixels);
            return digit;
        }
    }

    /// <summary>A point of the pen's way; <paramref name="IsStart"/> where the pen comes down.</summary>
    private readonly record struct Dot(float X, float Y, bool IsStart);

    private static Skeleton Choose(ref CounterRandom random, Skeleton[] styles)
    {
        int total = 0;
        foreach (var style in styles) total += style.Weight;
        int pick = random.NextInt(total), index = 0;
        while ((pick -= styles[index].Weight) >= 0) index++;
        return styles[index];
    }

    /// <summary>
    /// The way of the pen: control points moved by an unsteady hand and by the writer's own shape of letters (an affine map
    /// and a gentle quadratic bend), joined by cubic Hermite pieces with Catmull–Rom tangents. Returns the number of points.
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

    /// <summary>A smooth random displacement over the box: 4×4 random vectors with bilinear interpolation (Simard, Steinkraus and Platt 2003).</summary>
    private readonly ref struct Elastic
    {
        public const int Side = 4, Length = 2 * Side * Side;

        private readonly Span<float> _field;

        public Elastic(ref CounterRandom random, Span<float> field)
        {
            _field = field;
            float size = random.NextFloat(0, 0.07f);
            for (int i = 0; i < Length; i++) field[i] = size * random.NextBell();
        }

        public (float X, float Y) Map((float X, float Y) point)
        {
            float x = Math.Clamp(point.X, 0, 1) * (Side - 1), y = Math.Clamp(point.Y, 0, 1) * (Side - 1);
            int left = Math.Min(Side - 2, (int)x), top = Math.Min(Side - 2, (int)y);
            return (point.X + Value(_field, 0), point.Y + Value(_field, 1));

            float Value(ReadOnlySpan<float> field, int axis)
            {
                int at = 2 * (top * Side + left) + axis;
                float above = field[at] + (x - left) * (field[at + 2] - field[at]);
                at += 2 * Side;
                float below = field[at] + (x - left) * (field[at + 2] - field[at]);
                return above + (y - top) * (below - above);
            }
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
        float scale = (Box - 2 * reach) / Math.Max(1e-3f, Math.Max(xMax - xMin, yMax - yMin));
        float left = Place(Side / 2f + random.NextFloat(0, 1) - scale * massX / mass, scale * xMin - reach, scale * xMax + reach);
        float top = Place(Side / 2f + random.NextFloat(0, 1) - scale * massY / mass, scale * yMin - reach, scale * yMax + reach);
        for (int i = 0; i < path.Length; i++) path[i] = new Dot(left + scale * path[i].X, top + scale * path[i].Y, path[i].IsStart);

        // Keeps ink from low … high inside the picture when it is moved.
        static float Place(float shift, float low, float high) => Math.Clamp(shift, -low, Math.Max(-low, Side - high));
    }

    /// <summary>How one writer shapes letters: narrow or wide, slanted, turned, bent.</summary>
    private readonly struct Hand
    {
        private readonly float _width, _slant, _cos, _sin, _xBendY, _yBendX, _xGrowY, _yGrowX, _xShift, _yShift;

        public Hand(ref CounterRandom random, Habit habit, float penRadius)
        {
            Jitter = random.NextFloat(0.01f, 0.05f);
            // A broad pen would fill the loops of a narrow digit, so people write wider with it.
            _width = habit.Aspect * (0.85f + 0.15f * penRadius / habit.Breadth) * Math.Clamp(1 + 0.2f * random.NextBell(), 0.62f, 1.6f);
            _slant = habit.Slant + 0.23f * random.NextBell();
            float tangent = 0.12f * random.NextBell();
            _cos = 1 / MathF.Sqrt(1 + tangent * tangent);
            _sin = tangent * _cos;
            _xBendY = 0.18f * random.NextBell();
            _yBendX = 0.12f * random.NextBell();
            _xGrowY = 0.25f * random.NextBell();
            _yGrowX = 0.15f * random.NextBell();
            _xShift = 0.2f * random.NextBell();
            _yShift = 0.22f * random.NextBell();
        }

        public float Jitter { get; }

        public (float X, float Y) Map(float x, float y)
        {
            (x, y) = (x - 0.5f, y - 0.5f);
            (x, y) = (x * (1 + _xGrowY * y + _xShift * x) + _xBendY * y * y, y * (1 + _yGrowX * x + _yShift * y) + _yBendX * x * x);
            x = _width * x - _slant * y;
            return (_cos * x - _sin * y, _sin * x + _cos * y);
        }
    }

    /// <summary>A round pen whose pressure drifts along the way, with an edge a pixel or so soft.</summary>
    private readonly struct Pen
    {
        /// <summary>Ink from which on the rough edge no longer shows.</summary>
        private const float Solid = 1.35f;

        private readonly float _drift, _edge, _rough;

        public Pen(ref CounterRandom random, float breadth)
        {
            float pressure = 1 + 0.125f * random.NextBell();
            float blot = random.NextInt(20) == 0 ? random.NextFloat(0, 0.8f) : 0;
            Radius = Math.Clamp(breadth * pressure * pressure + blot, 0.6f, 2.7f);
            _drift = 0.18f * random.NextBell();
            _edge = random.NextFloat(1.2f, 2.4f);
            _rough = random.NextFloat(0, 0.25f);
        }

        /// <summary>In pixels, to where half of the ink is left.</summary>
        public float Radius { get; }

        /// <summary>In pixels, to where no ink is left.</summary>
        public float Reach => Radius * (1 + Math.Abs(_drift)) + _edge / 2;

        public void Ink(ref CounterRandom random, ReadOnlySpan<Dot> path, Span<byte> pixels)
        {
            Span<float> ink = stackalloc float[Side * Side];
            ink.Clear();
            for (int i = 1; i < path.Length; i++)
            {
                if (path[i].IsStart) continue;
                float radius = Radius * (1 + _drift * (2f * i / path.Length - 1) + 0.05f * random.NextBell());
                Line(ink, path[i - 1], path[i], Math.Max(0.5f, radius));
            }
            for (int i = 0; i < ink.Length; i++)
            {
                float rough = ink[i] is > 0 and < Solid ? _rough * random.NextFloat(-1, 1) : 0;
                float amount = Math.Clamp(ink[i] + rough, 0, 1);
                pixels[i] = (byte)(255 * amount * amount * (3 - 2 * amount) + 0.5f);
            }
        }

        // Ink falls off over the pen's edge: 1 within radius − edge/2 of the line, 0 beyond radius + edge/2.
        private void Line(Span<float> ink, Dot from, Dot to, float radius)
        {
            float reach = radius + _edge / 2, dx = to.X - from.X, dy = to.Y - from.Y, perLength = 1 / Math.Max(1e-12f, dx * dx + dy * dy);
            int xMin = Math.Max(0, (int)(Math.Min(from.X, to.X) - reach)), xMax = Math.Min(Side - 1, (int)(Math.Max(from.X, to.X) + reach));
            int yMin = Math.Max(0, (int)(Math.Min(from.Y, to.Y) - reach)), yMax = Math.Min(Side - 1, (int)(Math.Max(from.Y, to.Y) + reach));
            for (int y = yMin; y <= yMax; y++)
            {
                for (int x = xMin; x <= xMax; x++)
                {
                    float px = x + 0.5f - from.X, py = y + 0.5f - from.Y;
                    float along = Math.Clamp((px * dx + py * dy) * perLength, 0, 1);
                    (px, py) = (px - along * dx, py - along * dy);
                    float squared = px * px + py * py;
                    if (squared >= reach * reach) continue;
                    float amount = Math.Min(Solid, (reach - MathF.Sqrt(squared)) / _edge);
                    ref float pixel = ref ink[y * Side + x];
                    if (amount > pixel) pixel = amount;
                }
            }
        }
    }
}
