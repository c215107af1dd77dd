using System.Runtime.InteropServices;

namespace FcnFromScratch.Training.Tasks.Detect;

/// <summary>
/// Precision, the share of detections that are right, over recall, the share of the truth that is found, while detections come in, the surest first.
/// </summary>
internal sealed class PrecisionCurve
{
    /// <summary>The recalls at which precision is read: 0, 0.01 … 1.</summary>
    public const int Points = 101;

    // A curve rises only where something is found; the rest of it is never the largest precision beyond any recall.
    private readonly List<(double Right, double Precision)> _found = [];
    private long _right, _all;

    /// <summary>The recall of a point. Products, not quotients: so are the reference's, which differ from these in the last bit of ten recalls.</summary>
    public static double Recall(int point) => point * 0.01;

    public void Clear()
    {
        _found.Clear();
        (_right, _all) = (0, 0);
    }

    /// <summary>The next detection; 2 or more times it and its picture's copies.</summary>
    public void Add(bool isRight, int times = 1)
    {
        _all += times;
        if (!isRight || times == 0) return;
        _right += times;
        _found.Add((_right, _right / (double)_all));
    }

    /// <summary>The largest precision at each recall or beyond; 0 where that recall is not reached.</summary>
    /// <param name="positives">What there is to find, more than none.</param>
    /// <param name="precision"><see cref="Points"/> values.</param>
    public void Read(long positives, Span<double> precision)
    {
        var found = CollectionsMarshal.AsSpan(_found);
        for (int i = found.Length - 2; i >= 0; i--) found[i].Precision = Math.Max(found[i].Precision, found[i + 1].Precision);
        for (int point = 0, first = 0; point < Points; point++)
        {
            for (int end = found.Length; first < end;)
            {
                int middle = (first + end) / 2;
                if (found[middle].Right / positives >= Recall(point)) end = middle;
                else first = middle + 1;
            }
            precision[point] = first < found.Length ? found[first].Precision : 0;
        }
    }

    /// <summary>The mean of <see cref="Read"/>'s points; NaN where there is nothing to find.</summary>
    public double Average(long positives)
    {
        if (positives == 0) return double.NaN;
        Span<double> precision = stackalloc double[Points];
        Read(positives, precision);
        double sum = 0;
        foreach (double p in precision) sum += p;
        return sum / Points;
    }
}
