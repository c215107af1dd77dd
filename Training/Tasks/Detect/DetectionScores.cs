using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using static System.FormattableString;

namespace FcnFromScratch.Training.Tasks.Detect;

/// <summary>How well objects are found. What needs a class that the truth does not have is NaN, "–" for people and null in JSON.</summary>
internal sealed class DetectionScores : IScores
{
    /// <summary>Sets drawn for the standard errors. Their own error is then 4 %: 1 / √(2 · 300).</summary>
    private const int Resamples = 300;

    private readonly Lazy<Mistakes> _mistakes;
    private readonly Lazy<(double At50, double AtAll)> _errors;
    private readonly Lazy<long[,]> _confusion;

    /// <param name="classNames">As people read them, no two alike.</param>
    /// <param name="loss">Of all pictures together, as training has it of a batch.</param>
    /// <param name="threshold">
    /// The score from which on detections count in F1, the confusion matrix and whole sequences, as a detector would be used; NaN takes the best for these
    /// pictures themselves, all classes counted together.
    /// </param>
    /// <exception cref="ArgumentException">As <see cref="CocoEvaluation"/>.</exception>
    public DetectionScores(
        IReadOnlyList<DetectedPicture> pictures, IReadOnlyList<string> classNames, double loss = double.NaN, double threshold = double.NaN)
    {
        (Pictures, ClassNames, Loss, Evaluation) = (pictures, classNames, loss, new CocoEvaluation(pictures, classNames.Count));
        int[] classes = [.. Enumerable.Range(0, classNames.Count)];
        Ap50 = Array.ConvertAll(classes, k => Evaluation.Precision(k, 0));
        Ap = Array.ConvertAll(classes, k => Evaluation.MeanPrecision(k));
        (Map50, Map) = (Evaluation.OverClasses(k => Ap50[k]), Evaluation.OverClasses(k => Ap[k]));
        ByClass = Array.ConvertAll(classes, k => OperatingPoint.Best([.. Evaluation.Ranked(k)], Evaluation.Positives(k)));
        Objects = classes.Sum(k => Evaluation.Positives(k));
        (double, bool)[] ranked = [.. classes.SelectMany(Evaluation.Ranked).OrderByDescending(d => d.Score)];
        Together = double.IsNaN(threshold) ? OperatingPoint.Best(ranked, Objects) : OperatingPoint.At(threshold, ranked, Objects);
        _mistakes = new(() => new Mistakes(Evaluation));
        _errors = new(StandardErrors);
        _confusion = new(() => BoxConfusion.Count(Pictures, ClassNames.Count, Together.Threshold));
    }

    public IReadOnlyList<DetectedPicture> Pictures { get; }

    public IReadOnlyList<string> ClassNames { get; }

    public double Loss { get; }
    public IReadOnlyList<double> Metrics => [Map, Map50, Together.F1];
    public CocoEvaluation Evaluation { get; }

    /// <summary>Objects to find, crowds not counted.</summary>
    public long Objects { get; }

    /// <summary>Average precision at IoU 0.5 by class.</summary>
    public double[] Ap50 { get; }

    /// <summary>The mean over IoU 0.5, 0.55 … 0.95, by class.</summary>
    public double[] Ap { get; }

    /// <summary>Mean over the classes.</summary>
    public double Map50 { get; }

    /// <inheritdoc cref="Map50"/>
    public double Map { get; }

    /// <summary>One standard error of <see cref="Map50"/> and of <see cref="Map"/> over the choice of pictures; NaN for fewer than two.</summary>
    public (double At50, double AtAll) Errors => _errors.Value;

    /// <summary>Each class at the threshold that is best for it.</summary>
    public OperatingPoint[] ByClass { get; }

    /// <summary>All classes' detections together, at one threshold.</summary>
    public OperatingPoint Together { get; }

    public Mistakes Mistakes => _mistakes.Value;

    /// <summary>[truth, prediction] at the threshold of <see cref="Together"/>; the last is the background.</summary>
    public long[,] Confusion => _confusion.Value;

    /// <summary>The share of pictures that are right as a whole; NaN where no threshold is any good.</summary>
    public double SequencesRight =>
        double.IsNaN(Together.Threshold) ? double.NaN : Enumerable.Range(0, Pictures.Count).Count(IsRight) / (double)Pictures.Count;

    /// <summary>A picture's detections that are right and wrong, and its objects that are missed, at the threshold of <see cref="Together"/>.</summary>
    public (int Right, int Wrong, int Missed) Tally(int picture)
    {
        var counted = Pictures[picture].Found.Zip(Evaluation.Verdicts(picture)).Where(d => d.First.Score >= Together.Threshold).CountBy(d => d.Second)
            .ToDictionary();
        int right = counted.GetValueOrDefault(Verdict.Right);
        return (right, counted.GetValueOrDefault(Verdict.Wrong), Pictures[picture].Truth.Count(o => !o.IsCrowd) - right);
    }

    /// <summary>2TP / (2TP + FP + FN) of one picture, at that threshold; 1 where nothing is there and nothing was found.</summary>
    public double PictureF1(int picture)
    {
        var (right, wrong, missed) = Tally(picture);
        return right + wrong + missed == 0 ? 1 : 2.0 * right / (2 * right + wrong + missed);
    }

    /// <summary>
    /// Whether a picture is right as a whole at that threshold: each object found in its class with an IoU of at least 0.5, and nothing else.
    /// </summary>
    public bool IsRight(int picture) => Tally(picture) is { Wrong: 0, Missed: 0 };

    public string Headline => $"mAP@.5 {WithError(Map50, Errors.At50)}  mAP@.5:.95 {WithError(Map, Errors.AtAll)}  "
        + Invariant($"F1 {Figure(Together.F1)} from a score of {Figure(Together.Threshold)} on  ({Objects} objects in {Pictures.Count} pictures, ")
        + $"{Percent(SequencesRight)} right as a whole)";

    public IReadOnlyList<string> Lines
    {
        get
        {
            string[] names = [.. ClassNames.Select(ForeignText.Name)];
            int width = names.Select(name => name.Length).Append("class".Length).Max();
            return
            [
                $"{"class".PadRight(width)} objects  AP@.5  AP@.5:.95      F1  threshold",
                .. names.Select((name, k) => name.PadRight(width) + Invariant($" {Evaluation.Positives(k),7} {Figure(Ap50[k]),6} {Figure(Ap[k]),10}")
                    + $"  {Figure(ByClass[k].F1),6} {Figure(ByClass[k].Threshold),10}"),
                Headline,
            ];
        }
    }

    public JsonObject ToJson() => new()
    {
        ["images"] = Pictures.Count,
        ["objects"] = Objects,
        ["loss"] = Json.Number(Loss),
        ["map50"] = Json.Number(Map50),
        ["map50_error"] = Json.Number(Errors.At50),
        ["map50_95"] = Json.Number(Map),
        ["map50_95_error"] = Json.Number(Errors.AtAll),
        ["ap50"] = Of(k => Json.Number(Ap50[k])),
        ["ap50_95"] = Of(k => Json.Number(Ap[k])),
        ["f1"] = Of(k => Json.Number(ByClass[k].F1)),
        ["f1_threshold"] = Of(k => Json.Number(ByClass[k].Threshold)),
        ["threshold"] = Json.Number(Together.Threshold),
        ["f1_together"] = Json.Number(Together.F1),
        ["precision"] = Json.Number(Together.Precision),
        ["recall"] = Json.Number(Together.Recall),
        ["sequences_right"] = Json.Number(SequencesRight),
        ["average_recall"] = new JsonObject(((int[])[1, 10, 100]).Select(most =>
            KeyValuePair.Create(Invariant($"{most}"), Json.Number(Evaluation.MeanRecall(most))))),
        ["sizes"] = new JsonObject(((ObjectSize[])[ObjectSize.Small, ObjectSize.Medium, ObjectSize.Large]).Select(size =>
            KeyValuePair.Create($"{size}".ToLowerInvariant(), (JsonNode?)new JsonObject
            {
                ["objects"] = Enumerable.Range(0, ClassNames.Count).Sum(k => Evaluation.Positives(k, size)),
                ["map50_95"] = Json.Number(Evaluation.MeanPrecision(size)),
                ["average_recall"] = Json.Number(Evaluation.MeanRecall(size: size)),
            }))),
        ["confusion"] = Json.Array(Enumerable.Range(0, ClassNames.Count + 1).Select(t =>
            Json.Array(Enumerable.Range(0, ClassNames.Count + 1).Select(p => Confusion[t, p])))),
        ["mistakes"] = new JsonObject(Enum.GetValues<MistakeKind>().Select(kind =>
            KeyValuePair.Create($"{kind}".ToLowerInvariant(), (JsonNode?)new JsonObject
            {
                ["count"] = Mistakes.Count(kind),
                ["cost"] = Json.Number(Mistakes.Cost(kind)),
            }))),
        ["false_positive_cost"] = Json.Number(Mistakes.FalsePositiveCost),
        ["false_negative_cost"] = Json.Number(Mistakes.FalseNegativeCost),
    };

    /// <summary>Four digits after the point.</summary>
    internal static string Figure(double value) => double.IsFinite(value) ? Invariant($"{value:F4}") : "–";

    internal static string Percent(double share) => double.IsFinite(share) ? Invariant($"{100 * share:F2} %") : "–";

    internal static string WithError(double value, double error) => double.IsFinite(error) ? Invariant($"{Figure(value)} ± {error:F4}") : Figure(value);

    private JsonObject Of(Func<int, JsonNode?> figure) => new(ClassNames.Select((name, k) => KeyValuePair.Create(name, figure(k))));

    /// <summary>
    /// By the bootstrap (Efron 1979): the deviation over sets of as many pictures, drawn from these with replacement. An AP is no sum over pictures, so it has
    /// no formula for its error.
    /// </summary>
    private (double, double) StandardErrors()
    {
        if (Pictures.Count < 2) return (double.NaN, double.NaN);
        var random = new CounterRandom(0, RandomStream.Resampling);
        var drawn = new List<(double At50, double AtAll)>();
        int[] times = new int[Pictures.Count];
        for (int i = 0; i < Resamples; i++)
        {
            Array.Clear(times);
            for (int n = 0; n < times.Length; n++) times[random.NextInt(times.Length)]++;
            var figures = Evaluation.MeanPrecision(times);
            if (double.IsFinite(figures.At50)) drawn.Add(figures);
        }
        return (Deviation(drawn.Select(d => d.At50)), Deviation(drawn.Select(d => d.AtAll)));

        static double Deviation(IEnumerable<double> figures)
        {
            double[] all = [.. figures];
            if (all.Length < 2) return double.NaN;
            double mean = all.Average();
            return Math.Sqrt(all.Sum(f => (f - mean) * (f - mean)) / (all.Length - 1));
        }
    }
}
