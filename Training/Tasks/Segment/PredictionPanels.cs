using FcnFromScratch.Data;
using FcnFromScratch.Training.Reports;
using static System.FormattableString;

namespace FcnFromScratch.Training.Tasks.Segment;

/// <summary>A test picture beside what it is and what the network saw in it: the views and the words that the sheet and the page share.</summary>
internal static class PredictionPanels
{
    /// <summary>What stands side by side: a name, and the colour of pixel y · width + x.</summary>
    public static IReadOnlyList<(string Name, Func<int, Rgb> Colour)> Of(PredictedPicture p) =>
    [
        ("input", i => Rgb.Grey(p.Image[i])),
        ("truth", i => ClassColour.Of(p.Truth[i])),
        ("prediction", i => ClassColour.Of(p.Prediction[i])),
        // The picture shines through, so that one sees which stroke it is.
        ("wrong pixels", i => p.Truth[i] == p.Prediction[i] ? Rgb.Grey((byte)(p.Image[i] / 3)) : Palette.Wrong),
    ];

    /// <summary>"IoU 0.912, 31 pixels wrong".</summary>
    public static string Caption(PredictedPicture p, SegmentationScores image)
    {
        int wrong = p.Truth.Zip(p.Prediction).Count(pair => pair.First != pair.Second);
        return Invariant($"IoU {image.MeanIouTruthDigits:F3}, {Pixels(wrong)} wrong");
    }

    /// <summary>The digits of the truth, then those that only the prediction has.</summary>
    public static IEnumerable<int> Digits(SegmentationScores image) =>
        Enumerable.Range(0, SegmentationData.Background).Where(k => image.Truth[k] + image.Predicted[k] > 0).OrderBy(k => image.Truth[k] == 0);

    /// <summary>What is said of a digit that the picture has not.</summary>
    public static string NotThere(SegmentationScores image, int digit) => $"not in the picture, seen on {Pixels(image.Predicted[digit])}";

    private static string Pixels(long count) => Invariant($"{count:N0} pixel{(count == 1 ? "" : "s")}");
}
