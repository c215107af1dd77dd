using System.Globalization;

namespace FcnFromScratch.Data;

/// <summary>
/// One way to write a digit: strokes of control points in a box of 100×100 (y downwards) that a smooth curve runs through.
/// Written as text: points <c>x,y</c> separated by spaces, <c>!</c> after a point makes a corner there, <c>|</c> lifts the pen.
/// It has several examples, alike in strokes, points and corners, so that any two can be blended into one between them.
/// </summary>
internal sealed class Skeleton
{
    private readonly (float X, float Y)[][] _examples;

    public Skeleton(int weight, params string[] examples)
    {
        Weight = weight;
        _examples = [.. examples.Select(text => Parse(text, out _, out _))];
        Parse(examples[0], out var corners, out var starts);
        (IsCorner, StrokeStarts) = (corners, starts);
        foreach (string text in examples)
        {
            Parse(text, out var otherCorners, out var otherStarts);
            if (!corners.SequenceEqual(otherCorners) || !starts.SequenceEqual(otherStarts))
                throw new ArgumentException($"the examples '{examples[0]}' and '{text}' differ in strokes, points or corners");
        }
    }

    /// <summary>How often people write this way, relative to the other ways of the digit.</summary>
    public int Weight { get; }

    public int Count => IsCorner.Length;

    public bool[] IsCorner { get; }

    /// <summary>Index of each stroke's first point, then the number of points.</summary>
    public int[] StrokeStarts { get; }

    /// <summary>Control points <c>[Count]</c> on the way from one example to another or a little beyond, in units of the box.</summary>
    public void Blend(ref CounterRandom random, Span<(float X, float Y)> points)
    {
        var (from, to) = (_examples[random.NextInt(_examples.Length)], _examples[random.NextInt(_examples.Length)]);
        float share = random.NextFloat(-0.1f, 1.1f);
        for (int i = 0; i < points.Length; i++)
            points[i] = (from[i].X + share * (to[i].X - from[i].X), from[i].Y + share * (to[i].Y - from[i].Y));
    }

    private static (float, float)[] Parse(string text, out bool[] corners, out int[] starts)
    {
        var (points, isCorner, first) = (new List<(float, float)>(), new List<bool>(), new List<int>());
        foreach (string stroke in text.Split('|'))
        {
            first.Add(points.Count);
            foreach (string point in stroke.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                string[] xy = point.TrimEnd('!').Split(',');
                points.Add((float.Parse(xy[0], CultureInfo.InvariantCulture) / 100, float.Parse(xy[1], CultureInfo.InvariantCulture) / 100));
                isCorner.Add(point.EndsWith('!'));
            }
        }
        first.Add(points.Count);
        (corners, starts) = ([.. isCorner], [.. first]);
        return [.. points];
    }
}
