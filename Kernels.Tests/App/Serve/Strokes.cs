namespace FcnFromScratch.Kernels.Tests.App.Serve;

/// <summary>
/// Digits as people write them, stroke by stroke, in a square of side 1 from its upper left corner; not those that the program draws to learn from. Each is
/// slanted, turned and shaken a little by chance.
/// </summary>
internal sealed class Strokes(int seed)
{
    private readonly Random _random = new(seed);

    private static readonly (double X, double Y)[][][] s_digits =
    [
        [Arc(0.5, 0.5, 0.32, 0.48, -90, -450)],
        [[(0.5, 0.02), (0.5, 0.98)]],
        [[.. Arc(0.5, 0.28, 0.33, 0.27, 190, 380), (0.15, 0.98), (0.88, 0.98)]],
        [[.. Arc(0.45, 0.26, 0.33, 0.25, 200, 450), .. Arc(0.45, 0.74, 0.37, 0.25, -90, 160)]],
        [[(0.62, 0.02), (0.12, 0.64), (0.92, 0.64)], [(0.68, 0.32), (0.66, 1)]],
        [[(0.82, 0.04), (0.26, 0.04), (0.22, 0.44), .. Arc(0.47, 0.68, 0.34, 0.3, -130, 140)]],
        [[(0.68, 0.03), (0.4, 0.25), (0.2, 0.6), .. Arc(0.5, 0.72, 0.31, 0.26, 180, -180)]],
        [[(0.12, 0.05), (0.86, 0.05), (0.42, 0.98)]],
        [[.. Arc(0.5, 0.26, 0.27, 0.24, 90, 450), .. Arc(0.5, 0.75, 0.32, 0.25, -90, 270)]],
        [[.. Arc(0.48, 0.3, 0.29, 0.27, 0, -360), (0.77, 0.3), (0.7, 0.98)]],
    ];

    /// <summary>The strokes of a number: digits side by side in a square of side 1, each with room of its own.</summary>
    public IEnumerable<(double X, double Y)[]> Of(string number)
    {
        double room = 1.0 / number.Length;
        foreach (var (place, character) in number.Index())
        {
            double width = Math.Min(0.2, 0.6 * room) * (1 + Chance(0.15)), height = 0.5 + Chance(0.1), slant = Chance(0.15), turn = Chance(0.12);
            double left = (place + 0.5) * room - width / 2 + Chance(0.05 * room), top = 0.22 + Chance(0.1);
            foreach (var stroke in s_digits[character - '0'])
                yield return [.. stroke.Select(point =>
                {
                    double u = point.X - 0.5, v = point.Y - 0.5;
                    double x = u * Math.Cos(turn) - v * Math.Sin(turn) - slant * v + 0.5 + Chance(0.02);
                    double y = u * Math.Sin(turn) + v * Math.Cos(turn) + 0.5 + Chance(0.02);
                    return (left + x * width, top + y * height);
                })];
        }
    }

    /// <summary>A number in −most … most.</summary>
    private double Chance(double most) => (2 * _random.NextDouble() - 1) * most;

    private static (double, double)[] Arc(double x, double y, double width, double height, double from, double to) =>
    [
        .. Enumerable.Range(0, 21).Select(i => double.DegreesToRadians(from + (to - from) * i / 20))
            .Select(a => (x + width * Math.Cos(a), y + height * Math.Sin(a))),
    ];
}
