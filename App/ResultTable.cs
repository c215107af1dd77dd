using System.Globalization;
using FcnFromScratch.Training;

namespace FcnFromScratch.App;

/// <summary>Segmentation figures as a plain table.</summary>
public static class ResultTable
{
    public static void Print(SegmentationMetrics m, string title, string? folder = null)
    {
        Console.WriteLine(title);
        Console.WriteLine("class        IoU    Dice");
        for (int k = 0; k < m.Iou.Length; k++)
            Console.WriteLine(Invariant($"{(k == m.Iou.Length - 1 ? "background" : k),-10} {m.Iou[k],6:F4}  {m.Dice[k],6:F4}"));
        Console.WriteLine(Digits(m));
        if (folder is not null) Console.WriteLine($"run folder: {folder}");
    }

    /// <summary>The headline; ± is one standard error over the images, where each was measured.</summary>
    public static string Digits(SegmentationMetrics m)
    {
        string error = double.IsFinite(m.MeanIouDigitsError) ? Invariant($"; IoU ± {m.MeanIouDigitsError:F4}") : "";
        return Invariant($"{"digits",-10} {m.MeanIouDigits,6:F4}  {m.MeanDiceDigits,6:F4}  (mean{error})");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
