using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using static System.FormattableString;

namespace FcnFromScratch.Training.Tasks.Classify;

/// <summary>What a network made of one sample.</summary>
/// <param name="Position">The sample's position in its source.</param>
/// <param name="Probabilities">By class; they add up to 1.</param>
public sealed record Reading(int Position, int Truth, float[] Probabilities)
{
    /// <summary>The class that is most probable, the first of equals.</summary>
    public int Prediction => Array.IndexOf(Probabilities, Probabilities.Max());

    public bool IsRight => Prediction == Truth;
}

/// <summary>
/// How many digits are read right. Precision of a class is the share of what was read as it that is it, recall the share of it that was read as it, and
/// F1 = 2TP / (2TP + FP + FN); a class that neither truth nor prediction has counts as NaN and is left out of means.
/// </summary>
public sealed class ClassificationScores : IScores
{
    private readonly long[] _truth, _predicted;

    /// <param name="counts">[truth, prediction].</param>
    /// <param name="loss">Mean cross-entropy.</param>
    /// <param name="readings">Of each sample in their order, where they were kept.</param>
    public ClassificationScores(long[,] counts, double loss = double.NaN, IReadOnlyList<Reading>? readings = null)
    {
        (Counts, Loss, Readings) = (counts, loss, readings ?? []);
        int classes = counts.GetLength(0);
        (_truth, _predicted) = (new long[classes], new long[classes]);
        for (int k = 0; k < classes; k++)
        {
            for (int j = 0; j < classes; j++)
            {
                _truth[k] += counts[k, j];
                _predicted[k] += counts[j, k];
            }
            Right += counts[k, k];
        }
        Count = _truth.Sum();
        F1 = [.. Enumerable.Range(0, classes).Select(k => 2 * counts[k, k] / (double)(_truth[k] + _predicted[k]))];
    }

    /// <summary>The classes as people read them.</summary>
    public static IReadOnlyList<string> ClassNames { get; } = [.. Enumerable.Range(0, 10).Select(digit => Invariant($"{digit}"))];

    public long[,] Counts { get; }
    public double Loss { get; }

    /// <summary>Empty where they were only counted.</summary>
    public IReadOnlyList<Reading> Readings { get; }

    public long Count { get; }
    public long Right { get; }
    public long Wrong => Count - Right;
    public IReadOnlyList<double> Metrics => [Accuracy, MeanF1];
    public double Accuracy => Right / (double)Count;

    /// <summary>
    /// The 95 % interval of the accuracy over the choice of digits (Wilson 1927, the score interval): unlike ± an error it stays below 1.
    /// </summary>
    public (double Low, double High) Interval
    {
        get
        {
            const double z = 1.96;
            double n = Count, p = Accuracy, middle = p + z * z / (2 * n), reach = z * Math.Sqrt(p * (1 - p) / n + z * z / (4 * n * n));
            return ((middle - reach) / (1 + z * z / n), (middle + reach) / (1 + z * z / n));
        }
    }

    public double[] F1 { get; }

    /// <summary>Mean over the classes.</summary>
    public double MeanF1 => F1.Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();

    public double Precision(int k) => Counts[k, k] / (double)_predicted[k];

    public double Recall(int k) => Counts[k, k] / (double)_truth[k];

    /// <summary>Samples of a class.</summary>
    public long Truth(int k) => _truth[k];

    public string Headline => Invariant(
        $"accuracy {Accuracy:F4}  (95 % interval {Interval.Low:F4} … {Interval.High:F4}; {Wrong} of {Count} misread)  F1 {MeanF1:F4}");

    public IReadOnlyList<string> Lines =>
    [
        "digit   precision  recall      F1   misread",
        .. ClassNames.Take(F1.Length).Select((name, k) =>
            Invariant($"{name,-5} {Precision(k),11:F4} {Recall(k),7:F4}  {F1[k],6:F4} {_truth[k] - Counts[k, k],9}")),
        Headline,
    ];

    public JsonObject ToJson() => new()
    {
        ["images"] = Count,
        ["loss"] = Json.Number(Loss),
        ["accuracy"] = Json.Number(Accuracy),
        ["accuracy_low"] = Json.Number(Interval.Low),
        ["accuracy_high"] = Json.Number(Interval.High),
        ["misread"] = Wrong,
        ["f1_macro"] = Json.Number(MeanF1),
        ["precision"] = ByClass(Precision),
        ["recall"] = ByClass(Recall),
        ["f1"] = ByClass(k => F1[k]),
    };

    private JsonObject ByClass(Func<int, double> figure) =>
        new(ClassNames.Take(F1.Length).Select((name, k) => KeyValuePair.Create(name, Json.Number(figure(k)))));
}
