using System.Text;
using FcnFromScratch.Data;
using FcnFromScratch.Training.Reports;
using static System.FormattableString;

namespace FcnFromScratch.Training.Tasks.Segment;

/// <summary>What a segmentation's test has to show: test pictures, the figures of each class, and what was taken for what.</summary>
/// <param name="test">With the scores of each image kept.</param>
internal sealed class SegmentReport(SegmentationScores test)
{
    private const string PicturesFile = "predictions.png", ConfusionFile = "confusion_matrix.svg", ConfusionTable = "confusion_matrix.csv";

    public static IReadOnlyList<string> Files { get; } = [PicturesFile, ConfusionFile, ConfusionTable];

    public TaskReport Of(SegmentationEvaluator evaluator, ISampleSource samples) => Of(evaluator.Predict(samples, PredictionSheet.Choose(test)));

    /// <param name="pictures">Those that <see cref="PredictionSheet.Choose"/> names.</param>
    public TaskReport Of(IReadOnlyList<PredictedPicture> pictures)
    {
        var confusion = new ConfusionChart(test.Counts, SegmentationScores.ClassNames, "pixels");
        var drawn = confusion.Draw();
        byte[]? sheet = pictures.Count == 0 ? null : Png.Encode(PredictionSheet.Draw(test, pictures));
        (string, byte[])[] files = [(ConfusionFile, Encoding.UTF8.GetBytes(drawn.ToFile())), (ConfusionTable, Encoding.UTF8.GetBytes(confusion.Csv()))];
        double error = test.MeanIouDigitsError;
        string meaning = double.IsFinite(error)
            ? Invariant($" ± is one standard error over the choice of these {test.Images.Count} images; ")
                + "the figure over very many such images lies within twice that 19 times out of 20."
            : "";
        return new TaskReport
        {
            Headline = Figure(test.MeanIouDigits),
            PlusMinus = double.IsFinite(error) ? Invariant($"{error:F4}") : "",
            Meaning = $"mean IoU of the ten digits on {test.Images.Count} test images.{meaning}",
            Cards =
            [
                new("mean Dice of the digits", Figure(test.MeanDiceDigits)), new("IoU of the background", Figure(test.BackgroundIou)),
                new("pixels that are right", Invariant($"{100 * test.PixelAccuracy:F2} %")),
            ],
            Sections =
            [
                .. sheet is null ? Array.Empty<Section>() : [Pictures(sheet)],
                new("Digit by digit", DigitsNote(), DigitTable()),
                new("What it mixes up", Markup.Escape(Words(confusion)), $"""<div class="paper">{drawn.ToInline()}</div>"""),
            ],
            Files = sheet is null ? files : [(PicturesFile, sheet), .. files],
        };
    }

    private static Section Pictures(byte[] sheet) => new("What it sees",
        "Test pictures the network was never trained on, chosen by rank, not by hand: the worst, the middle and the best. Colours are the classes of pixels.",
        $"""<img class="wide" alt="Test pictures: input, truth and prediction" src="data:image/png;base64,{Convert.ToBase64String(sheet)}"/>""");

    private string DigitsNote()
    {
        int[] seen = [.. Enumerable.Range(0, SegmentationData.Background).Where(k => double.IsFinite(test.Iou[k])).OrderBy(k => test.Iou[k])];
        string extremes = seen.Length < 2 ? "" : Invariant($"Hardest is {seen[0]}, easiest {seen[^1]}. ");
        return extremes + "IoU is the share of pixels that truth and prediction agree on, of all that either paints; Dice weighs the agreement twice. "
            + "Pixels are pooled over all test images. Bars begin at 0.";
    }

    private string DigitTable()
    {
        var rows = new StringBuilder();
        for (int k = 0; k < test.Iou.Length; k++)
        {
            string name = SegmentationScores.ClassNames[k], colour = (k == SegmentationData.Background ? Palette.Dim : ClassColour.Of(k)).Hex;
            string key = k == SegmentationData.Background ? name
                : $"<span class=\"key\" style=\"background:{colour};color:{Palette.InkOn(ClassColour.Of(k)).Hex}\">{name}</span>";
            string error = double.IsFinite(test.IouError(k)) ? Invariant($"± {test.IouError(k):F4}") : "";
            rows.Append($"<tr><th scope=\"row\">{key}</th>{Bar(test.Iou[k], colour)}<td class=\"number dim\">{error}</td>{Bar(test.Dice[k], colour)}"
                + $"<td class=\"number dim\">{Invariant($"{test.Truth[k]:N0}")}</td></tr>\n");
        }
        return $"""
            <div class="scroll"><table>
            <thead><tr>
            <th scope="col">class</th><th scope="col" colspan="2">IoU</th><th scope="col">one s.e.</th><th scope="col" colspan="2">Dice</th>
            <th scope="col">pixels</th>
            </tr></thead>
            <tbody>
            {rows}</tbody>
            </table></div>
            """;
    }

    private static string Bar(double value, string colour) =>
        double.IsFinite(value)
            ? Invariant($"<td class=\"bar\"><div><i style=\"width:{100 * value:F2}%;background:{colour}\"></i></div></td><td class=\"number\">{value:F4}</td>")
            : "<td class=\"bar\"></td><td class=\"number dim\">not there</td>";

    /// <summary>The commonest mistakes in two sentences: digit for digit, and at the outlines.</summary>
    internal string Words(ConfusionChart confusion)
    {
        const int background = SegmentationData.Background;
        var confusions = (from t in Enumerable.Range(0, background)
                          from p in Enumerable.Range(0, background)
                          where t != p && test.Counts[t, p] > 0
                          orderby confusion.Share(t, p) descending
                          select $"{ConfusionChart.Percent(confusion.Share(t, p))} of the pixels of {t} were taken for {p}").Take(3).ToArray();
        string digits = confusions.Length == 0 ? "No pixel of a digit was taken for another digit." : $"Digit for digit: {string.Join(", ", confusions)}.";
        long ink = test.Truth.Take(background).Sum(), missed = Enumerable.Range(0, background).Sum(t => test.Counts[t, background]);
        long invented = test.Truth[background] - test.Counts[background, background];
        if (ink == 0) return digits;
        return $"{digits} At the outlines: {ConfusionChart.Percent(missed / (double)ink)} of all ink was left to the background, "
            + $"and pixels that are {ConfusionChart.Percent(invented / (double)ink)} of the ink were painted where there is none.";
    }

    private static string Figure(double value) => double.IsFinite(value) ? Invariant($"{value:F4}") : "none";
}
