using System.Globalization;
using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using static System.FormattableString;

namespace FcnFromScratch.Training.Tasks.Segment;

/// <summary>
/// IoU and Dice by class from pixel counts pooled over all images: with I the pixels where truth and prediction agree on a class, A those of the
/// truth and B those of the prediction, IoU = I / (A + B − I) and Dice = 2I / (A + B). A class that neither has counts as NaN and is left out
/// of means. The references report the mean over the ten digits, background beside it.
/// </summary>
public sealed class SegmentationScores : IScores
{
    private readonly long[,] _counts;
    private readonly long[] _truth, _predicted;
    private readonly int _imageCount;

    /// <param name="counts">[truth, prediction]; the last class is the background.</param>
    /// <param name="imageCount">Images they were pooled over.</param>
    /// <param name="loss">Mean cross-entropy over all pixels.</param>
    /// <param name="images">The scores of each image by itself, in the order of the samples, where they were kept.</param>
    public SegmentationScores(long[,] counts, int imageCount = 1, double loss = double.NaN, IReadOnlyList<SegmentationScores>? images = null)
    {
        (_counts, _imageCount, Loss, Images) = (counts, imageCount, loss, images ?? []);
        int classes = counts.GetLength(0);
        (_truth, _predicted, Iou, Dice) = (new long[classes], new long[classes], new double[classes], new double[classes]);
        for (int k = 0; k < classes; k++)
        {
            for (int j = 0; j < classes; j++)
            {
                _truth[k] += counts[k, j];
                _predicted[k] += counts[j, k];
            }
            Iou[k] = Both(k) / (double)Either(k);
            Dice[k] = 2 * Both(k) / (double)(_truth[k] + _predicted[k]);
        }
    }

    /// <summary>The classes as people read them.</summary>
    public static IReadOnlyList<string> ClassNames { get; } =
        [.. Enumerable.Range(0, SegmentationData.Background).Select(k => k.ToString(CultureInfo.InvariantCulture)), "background"];

    public double Loss { get; }
    public IReadOnlyList<double> Metrics => [MeanIouDigits, MeanDiceDigits];

    /// <summary>95 % of a normal distribution lie within so many standard deviations of its mean.</summary>
    internal const double Interval95 = 1.96;

    /// <summary>The 95 % interval of a share over the choice of images, as "0.9196 … 0.9364": nothing lies outside of 0 to 1.</summary>
    internal static string Interval(double value, double error) =>
        Invariant($"{Math.Max(0, value - Interval95 * error):F4} … {Math.Min(1, value + Interval95 * error):F4}");

    public string Headline
    {
        get
        {
            string error = double.IsFinite(MeanIouDigitsError) ? $"; 95 % interval of the IoU {Interval(MeanIouDigits, MeanIouDigitsError)}" : "";
            return Invariant($"{"digits",-10} {MeanIouDigits,6:F4}  {MeanDiceDigits,6:F4}  (mean{error})");
        }
    }

    public IReadOnlyList<string> Lines =>
        ["class        IoU    Dice", .. ClassNames.Select((name, k) => Invariant($"{name,-10} {Iou[k],6:F4}  {Dice[k],6:F4}")), Headline];

    public double[] Iou { get; }
    public double[] Dice { get; }
    public long[,] Counts => _counts;

    /// <summary>Empty where the images were only pooled.</summary>
    public IReadOnlyList<SegmentationScores> Images { get; }

    /// <summary>Pixels of the truth by class.</summary>
    public IReadOnlyList<long> Truth => _truth;

    /// <summary>Pixels of the prediction by class.</summary>
    public IReadOnlyList<long> Predicted => _predicted;
    public double MeanIouDigits => Mean(Iou, _ => true);
    public double MeanDiceDigits => Mean(Dice, _ => true);

    /// <summary>
    /// Mean IoU over the digits that the truth has: what ranks single images, where a stray pixel of another class should not weigh like a digit.
    /// </summary>
    public double MeanIouTruthDigits => Mean(Iou, k => _truth[k] > 0);
    public double BackgroundIou => Iou[^1];
    public double BackgroundDice => Dice[^1];

    /// <summary>
    /// One standard error of <see cref="MeanIouDigits"/> over the choice of images; NaN for fewer than two <see cref="Images"/>. A pooled IoU is a ratio of
    /// sums over images, so its error is that of a ratio estimator, linearised (Cochran, "Sampling Techniques", 1977, section 6.4).
    /// </summary>
    public double MeanIouDigitsError => StandardError(Enumerable.Range(0, Iou.Length - 1));

    /// <summary>One standard error of a class' IoU, as <see cref="MeanIouDigitsError"/>.</summary>
    public double IouError(int classNumber) => StandardError([classNumber]);

    /// <summary>Share of pixels, background included, that are right.</summary>
    public double PixelAccuracy
    {
        get
        {
            long right = 0, all = 0;
            for (int i = 0; i < Iou.Length; i++)
            {
                right += _counts[i, i];
                for (int j = 0; j < Iou.Length; j++) all += _counts[i, j];
            }
            return right / (double)all;
        }
    }

    private long Both(int k) => _counts[k, k];

    private long Either(int k) => _truth[k] + _predicted[k] - Both(k);

    private double StandardError(IEnumerable<int> classes)
    {
        int[] seen = [.. classes.Where(k => Either(k) > 0)];
        int n = Images.Count;
        if (n < 2 || seen.Length == 0) return double.NaN;
        double squares = 0;
        foreach (var image in Images)
        {
            // How much this image pulls the mean away from where the others have it.
            double pull = seen.Sum(k => (image.Both(k) - Iou[k] * image.Either(k)) / Either(k)) / seen.Length;
            squares += pull * pull;
        }
        return Math.Sqrt(squares * n / (n - 1));
    }

    private static double Mean(double[] byClass, Func<int, bool> counts)
    {
        var digits = Enumerable.Range(0, byClass.Length - 1).Where(k => !double.IsNaN(byClass[k]) && counts(k)).Select(k => byClass[k]).ToArray();
        return digits.Length == 0 ? double.NaN : digits.Average();
    }

    /// <summary>Digits by name, the background last; null where a figure is no number.</summary>
    public JsonObject ToJson() => new()
    {
        ["images"] = _imageCount,
        ["loss"] = Json.Number(Loss),
        ["miou_digits"] = Json.Number(MeanIouDigits),
        ["dice_digits"] = Json.Number(MeanDiceDigits),
        ["pixel_accuracy"] = Json.Number(PixelAccuracy),
        ["iou"] = ByClass(Iou),
        ["dice"] = ByClass(Dice),
    };

    private static JsonObject ByClass(double[] values) => new(ClassNames.Zip(values, (name, value) => KeyValuePair.Create(name, Json.Number(value))));
}
