namespace FcnFromScratch.Data;

/// <summary>
/// How people write a digit on the whole: mean width for a height of 1, mean slant, middle radius of the pen in pixels (small digits are scaled up,
/// and the pen with them). Set so that means over many digits are those of MNIST's 60,000 training images.
/// </summary>
internal readonly record struct Habit(float Aspect, float Slant, float Breadth)
{
    public static readonly Habit[] OfDigit =
    [
        new(0.88f, 0.165f, 1.44f), new(0.6f, 0.23f, 1.41f), new(0.92f, 0.09f, 1.32f), new(0.84f, 0.06f, 1.27f), new(0.81f, 0.21f, 1.25f),
        new(0.88f, 0.04f, 1.22f), new(0.76f, 0.08f, 1.24f), new(0.8f, 0.04f, 1.34f), new(0.8f, 0.09f, 1.19f), new(0.76f, 0.11f, 1.19f),
    ];
}

/// <summary>How one writer shapes letters, as an affine map and a gentle quadratic bend: narrow or wide, slanted, turned, bent.</summary>
internal readonly struct Hand
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

    /// <summary>Deviation of control points, in heights of the digit.</summary>
    public float Jitter { get; }

    /// <summary>From the unit box, around its centre.</summary>
    public (float X, float Y) Map(float x, float y)
    {
        (x, y) = (x - 0.5f, y - 0.5f);
        (x, y) = (x * (1 + _xGrowY * y + _xShift * x) + _xBendY * y * y, y * (1 + _yGrowX * x + _yShift * y) + _yBendX * x * x);
        x = _width * x - _slant * y;
        return (_cos * x - _sin * y, _sin * x + _cos * y);
    }
}

/// <summary>A smooth random displacement over the box: 4×4 random vectors with bilinear interpolation (Simard, Steinkraus and Platt 2003).</summary>
internal readonly ref struct Elastic
{
    public const int Side = 4, Length = 2 * Side * Side;

    private readonly Span<float> _field;

    public Elastic(ref CounterRandom random, Span<float> field)
    {
        _field = field;
        float size = random.NextFloat(0, 0.08f);
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
