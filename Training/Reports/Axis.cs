using static System.FormattableString;

namespace FcnFromScratch.Training.Reports;

/// <summary>One axis of a chart: values to pixels, and round ticks: 1, 2 or 5 times a power of ten.</summary>
public sealed class Axis
{
    private readonly double _low, _high, _from, _to;
    private readonly bool _isLogarithmic;

    /// <param name="low">The smallest value to show, …</param>
    /// <param name="high">… and the largest. The axis is widened where both are the same.</param>
    /// <param name="from">The pixel of <paramref name="low"/>, …</param>
    /// <param name="to">… and that of <paramref name="high"/>.</param>
    /// <param name="isLogarithmic">Both values must be positive.</param>
    public Axis(double low, double high, double from, double to, bool isLogarithmic = false)
    {
        if (!(high > low)) (low, high) = isLogarithmic ? (low / 2, high * 2) : (low, low + 1);
        (_low, _high, _from, _to, _isLogarithmic) = (low, high, from, to, isLogarithmic);
    }

    public double this[double value] => _from + (_to - _from) * (Scaled(value) - Scaled(_low)) / (Scaled(_high) - Scaled(_low));

    private double Scaled(double value) => _isLogarithmic ? Math.Log10(value) : value;

    /// <summary>Values with their labels, ascending; about as many as wanted.</summary>
    public IEnumerable<(double Value, string Label)> Ticks(int wanted)
    {
        var values = _isLogarithmic ? LogTicks() : LinearTicks(wanted);
        return values.Select(v => (v, Label(v)));
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

    private List<double> LogTicks()
    {
        int first = (int)Math.Floor(Math.Log10(_low)), last = (int)Math.Ceiling(Math.Log10(_high));
        // 1, 2 and 5 of each decade over up to three decades; only the powers of ten over more.
        int[] factors = last - first <= 3 ? [1, 2, 5] : [1];
        return [.. from decade in Enumerable.Range(first, last - first + 1)
                   from factor in factors
                   let value = factor * Math.Pow(10, decade)
                   where value >= _low * 0.999 && value <= _high * 1.001
                   select value];
    }

    private static string Label(double value) =>
        value == 0 ? "0" : Math.Abs(value) is >= 1e-4 and < 1e6 ? Invariant($"{value:0.######}") : Invariant($"{value:0.##e0}");
}
