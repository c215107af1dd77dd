namespace FcnFromScratch.Training;

/// <summary>
/// IoU and Dice by class from pixel counts pooled over all images: with I the pixels where truth and prediction agree on a class, A those of the
/// truth and B those of the prediction, IoU = I / (A + B − I) and Dice = 2I / (A + B). A class that neither has counts as NaN and is left out
/// of means. The references report the mean over the ten digits, background beside it.
/// </summary>
public sealed class SegmentationMetrics
{
    private readonly long[,] _counts;

    /// <param name="counts">[truth, prediction]; the last class is the background.</param>
    public SegmentationMetrics(long[,] counts)
    {
        _counts = counts;
        int classes = counts.GetLength(0);
        (Iou, Dice) = (new double[classes], new double[classes]);
        for (int k = 0; k < classes; k++)
        {
            long both = counts[k, k], truth = 0, predicted = 0;
            for (int j = 0; j < classes; j++)
            {
                truth += counts[k, j];
                predicted += counts[j, k];
            }
            Iou[k] = both / (double)(truth + predicted - both);
            Dice[k] = 2 * both / (double)(truth + predicted);
        }
    }

    public double[] Iou { get; }
    public double[] Dice { get; }
    public long[,] Counts => _counts;
    public double MeanIouDigits => Mean(Iou);
    public double MeanDiceDigits => Mean(Dice);
    public double BackgroundIou => Iou[^1];
    public double BackgroundDice => Dice[^1];

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

    private static double Mean(double[] byClass)
    {
        var digits = byClass[..^1].Where(v => !double.IsNaN(v)).ToArray();
        return digits.Length == 0 ? double.NaN : digits.Average();
    }
}
