namespace FcnFromScratch.Engine;

/// <summary>What a comparison found: the worst element, as a share of its tolerance.</summary>
/// <param name="Share">Largest |a − r| / tolerance; above 1 the comparison fails. NaN counts as infinite.</param>
public readonly record struct Comparison(double Share, string Message)
{
    /// <summary>Whether the difference is within what is allowed.</summary>
    public bool Holds => Share <= 1;

    /// <summary>Element by element; the comparison is written so that NaN cannot pass, and names the worst element.</summary>
    public static Comparison Of(ReadOnlySpan<float> actual, ReadOnlySpan<double> expected, Shape shape, double absolute, double relative, string what)
    {
        double worst = 0;
        int at = -1;
        for (int i = 0; i < expected.Length; i++)
        {
            double share = Math.Abs(actual[i] - expected[i]) / (absolute + relative * Math.Abs(expected[i]));
            if (!(share <= worst)) (worst, at) = (double.IsNaN(share) ? double.PositiveInfinity : share, i);
        }
        return at < 0 ? default
            : new Comparison(worst, $"{what} at {Position(shape, at)}: {actual[at]:G9}, expected {expected[at]:G9}, {worst:P0} of the tolerance");
    }

    /// <summary>Integers must be equal.</summary>
    public static Comparison Of(ReadOnlySpan<int> actual, ReadOnlySpan<int> expected, Shape shape, string what)
    {
        int at = actual.CommonPrefixLength(expected);
        return at == expected.Length ? default
            : new Comparison(double.PositiveInfinity, $"{what} at {Position(shape, at)}: {actual[at]}, expected {expected[at]}");
    }

    /// <summary>The one that fails by most, or comes nearest to failing.</summary>
    public static Comparison Worst(IEnumerable<Comparison> comparisons)
    {
        var worst = default(Comparison);
        foreach (var comparison in comparisons)
            if (!(comparison.Share <= worst.Share)) worst = comparison;
        return worst;
    }

    private static string Position(Shape shape, long at)
    {
        var position = new long[shape.Rank];
        for (int axis = shape.Rank - 1; axis >= 0; axis--) (at, position[axis]) = (at / shape[axis], at % shape[axis]);
        return $"[{string.Join(",", position)}]";
    }
}
