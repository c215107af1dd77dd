using System.Globalization;
using System.Text.Json.Nodes;
using FcnFromScratch.Training;

namespace FcnFromScratch.App;

/// <summary>Segmentation figures as a plain table, and as JSON with the names of report.json.</summary>
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

    public static JsonObject Json(SegmentationMetrics m, int images, double loss) => new()
    {
        ["images"] = images,
        ["loss"] = JsonOutput.Number(loss),
        ["miou_digits"] = JsonOutput.Number(m.MeanIouDigits),
        ["dice_digits"] = JsonOutput.Number(m.MeanDiceDigits),
        ["pixel_accuracy"] = JsonOutput.Number(m.PixelAccuracy),
        ["iou"] = RunFolder.ByClass(m.Iou),
        ["dice"] = RunFolder.ByClass(m.Dice),
    };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
