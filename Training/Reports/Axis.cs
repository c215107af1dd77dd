using static System.FormattableString;

namespace FcnFromScratch.Training.Reports;

/// <summary>How an axis spreads its values: evenly; by their logarithm; or by that of what they lack to 1: 0.9, 0.99, 0.999 are evenly apart.</summary>
public enum AxisScale
{
    Linear,
    Logarithmic,
    TowardsOne,
}

/// <summary>One axis of a chart: values to pixels, and round ticks: 1, 2 or 5 times a power of ten, or as far from 1.</summary>
public sealed class Axis
{
    private readonly double _low, _high, _from, _to;
    private readonly AxisScale _scale;

    /// <param name="low">The smallest value to show, …</param>
    /// <param name="high">… and the largest. The axis is widened where both are the same.</param>
    /// <param name="from">The pixel of <paramref name="low"/>, …</param>
    /// <param name="to">… and that of <paramref name="high"/>.</param>
    /// <param name="scale">Logarithmic: both values must be positive; towards one: below 1.</param>
    public Axis(double low, double high, double from, double to, AxisScale scale = AxisScale.Linear)
    {
        if (!(high > low))
            (low, high) = scale switch
            {
                AxisScale.Logarithmic => (low / 2, high * 2),
                AxisScale.TowardsOne => (1 - 2 * (1 - low), 1 - (1 - high) / 2),
                _ => (low, low + 1),
            };
        (_low, _high, _from, _to, _scale) = (low, high, from, to, scale);
    }

    /// <summary>An axis with round ends about these values. A linear one begins at 0.</summary>
    /// <param name="values">At least one; positive on a logarithmic axis, up to 1 on one towards 1.</param>
    public static Axis About(IReadOnlyCollection<double> values, double from, double to, AxisScale scale) => scale switch
    {
        AxisScale.Logarithmic => new(RoundDown(values.Min()), RoundUp(values.Max()), from, to, scale),
        AxisScale.TowardsOne => AboutGaps([.. values.Select(v => Math.Round(1 - v, 12))], from, to), // 1 − 0.9 is a little less than 0.1
        _ => new(0, RoundUp(values.Max()), from, to),
    };

    private static Axis AboutGaps(double[] gaps, double from, double to)
    {
        double most = RoundUp(gaps.Max()), least = RoundDown(gaps.Where(gap => gap > 0).DefaultIfEmpty(most).Min());
        bool isBroken = gaps.Contains(0);
        return new(1 - most, 1 - (isBroken ? least / 10 : least), from, to, AxisScale.TowardsOne) { IsBroken = isBroken };
    }

    /// <summary>Whether there is a 1 on an axis towards it, where it is infinitely far: it stands at the end, a decade beyond the others.</summary>
    private bool IsBroken { get; init; }

    /// <summary>The pixel of a value.</summary>
    public double this[double value] => _from + (_to - _from) * (Scaled(value) - Scaled(_low)) / (Scaled(_high) - Scaled(_low));

    private double Scaled(double value) => _scale switch
    {
        AxisScale.Logarithmic => Math.Log10(value),
        AxisScale.TowardsOne => -Math.Log10(1 - Math.Min(value, _high)),
        _ => value,
    };

    /// <summary>Values with their labels, ascending; about as many as wanted.</summary>
    public IEnumerable<(double Value, string Label)> Ticks(int wanted)
    {
        var values = _scale switch
        {
            AxisScale.Logarithmic => LogTicks(_low, _high),
            AxisScale.TowardsOne => LogTicks(1 - _high, 1 - _low).Select(gap => 1 - gap).Reverse(),
            _ => LinearTicks(wanted),
        };
        var ticks = values.Select(v => (v, Label(v)));
        return IsBroken ? ticks.Where(tick => 1 - tick.v > 1.001 * (1 - _high)).Append((_high, "1")) : ticks;
    }

    /// <summary>The largest of 1, 2 or 5 times a power of ten that is not above a positive value.</summary>
    public static double RoundDown(double value)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return power * (value / power) switch { >= 5 => 5, >= 2 => 2, _ => 1 };
    }

    /// <summary>The smallest of 1, 2 or 5 times a power of ten that is not below a positive value; 1 for others.</summary>
    public static double RoundUp(double value)
    {
        if (!(value > 0)) return 1;
        double power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return power * (value / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
    }

    private List<double> LinearTicks(int wanted)
    {
        double step = RoundUp((_high - _low) / wanted);
        var ticks = new List<double>();
        // A tick is a multiple of the step, not a sum of steps: sums would drift off round numbers.
        for (double n = Math.Ceiling(_low / step - 1e-9); n * step <= _high + 1e-9 * step; n++) ticks.Add(n * step);
        return ticks;
    }

    private static IEnumerable<double> LogTicks(double low, double high)
    {
        int first = (int)Math.Floor(Math.Log10(low)), last = (int)Math.Ceiling(Math.Log10(high));
        // 1, 2 and 5 of each decade over up to three decades; only the powers of ten over more.
        int[] factors = last - first <= 3 ? [1, 2, 5] : [1];
        return from decade in Enumerable.Range(first, last - first + 1)
               from factor in factors
               let value = factor * Math.Pow(10, decade)
               where value >= low * 0.999 && value <= high * 1.001
               select value;
    }

    private static string Label(double value) =>
        value == 0 ? "0" : Math.Abs(value) is >= 1e-4 and < 1e6 ? Invariant($"{value:0.######}") : Invariant($"{value:0.##e0}");
}
