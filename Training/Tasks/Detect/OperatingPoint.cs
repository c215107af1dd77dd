namespace FcnFromScratch.Training.Tasks.Detect;

/// <summary>
/// What a detector is when only what has at least a score counts as found, at IoU 0.5. F1 = 2TP / (2TP + FP + FN), with TP detections that are right, FP that
/// are wrong and FN objects that are not found.
/// </summary>
/// <param name="Threshold">The score; NaN where there is none to be had.</param>
/// <param name="F1">NaN where there is nothing to find.</param>
/// <param name="Precision">NaN where nothing has the score.</param>
/// <param name="Recall">NaN where there is nothing to find.</param>
internal readonly record struct OperatingPoint(double Threshold, double F1, double Precision, double Recall)
{
    /// <summary>Where F1 is largest, of equals the highest score; without a threshold where no detection is right.</summary>
    /// <param name="ranked">Detections that count, the surest first.</param>
    /// <param name="positives">What there is to find.</param>
    public static OperatingPoint Best(IReadOnlyList<(double Score, bool IsRight)> ranked, long positives)
    {
        int right = 0;
        var best = Of(double.NaN, 0, 0, positives);
        for (int i = 0; i < ranked.Count; i++)
        {
            if (ranked[i].IsRight) right++;
            // A threshold cannot divide equal scores.
            if (i + 1 < ranked.Count && ranked[i + 1].Score == ranked[i].Score) continue;
            var here = Of(ranked[i].Score, right, i + 1, positives);
            if (here.F1 > best.F1) best = here;
        }
        return best;
    }

    /// <inheritdoc cref="Best"/>
    public static OperatingPoint At(double threshold, IReadOnlyList<(double Score, bool IsRight)> ranked, long positives)
    {
        var counted = ranked.Where(d => d.Score >= threshold).ToArray();
        return Of(threshold, counted.Count(d => d.IsRight), counted.Length, positives);
    }

    private static OperatingPoint Of(double threshold, int right, int all, long positives) => positives == 0
        ? new(double.NaN, double.NaN, double.NaN, double.NaN)
        : new(threshold, 2 * right / (double)(positives + all), right / (double)all, right / (double)positives);
}
