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

    private const string ConfusionNote = "A cell has the share of its row's pixels, in per cent: blue is right, orange wrong, the tint grows with the cube "
        + "root of the share. Point at a cell, or tap it, for its pixels.";

    public static IReadOnlyList<string> Files { get; } = [PicturesFile, ConfusionFile, ConfusionTable];

    public TaskReport Of(SegmentationEvaluator evaluator, ISampleSource samples)
    {
        var choice = new PictureChoice(test);
        int[] positions = [.. choice.ByRank().SelectMany(group => group.Positions).Concat(choice.WorstOfEachDigit().Select(w => w.Position)).Distinct()];
        return Of(evaluator.Predict(samples, positions).ToDictionary(picture => picture.Position));
    }

    /// <param name="pictures">Those that <see cref="PictureChoice"/> names, by position.</param>
    internal TaskReport Of(IReadOnlyDictionary<int, PredictedPicture> pictures)
    {
        var choice = new PictureChoice(test);
        var groups = choice.ByRank().Select(group => (group.Heading, Pictures: Array.ConvertAll(group.Positions, position => pictures[position]))).ToArray();
        var worst = choice.WorstOfEachDigit().Select(w => (w.Digit, pictures[w.Position])).ToArray();
        var confusion = new ConfusionChart(test.Counts, SegmentationScores.ClassNames, "pixels");
        var drawn = confusion.Draw();
        (string, byte[])[] files = [(ConfusionFile, Encoding.UTF8.GetBytes(drawn.ToFile())), (ConfusionTable, Encoding.UTF8.GetBytes(confusion.Csv()))];
        if (groups.Length > 0) files = [(PicturesFile, Png.Encode(PredictionSheet.Draw(test, groups))), .. files];
        double error = test.MeanIouDigitsError;
        string meaning = double.IsFinite(error)
            ? Invariant($" ± is the standard error over images; the 95 % interval is {SegmentationScores.Interval(test.MeanIouDigits, error)}.") : "";
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
                .. groups.Length == 0 ? Array.Empty<Section>() : [ByRank(groups)],
                new("Digit by digit", DigitsNote(), DigitTable()),
                .. worst.Length == 0 ? Array.Empty<Section>() : [WorstOfEachDigit(worst)],
                new("What it mixes up", Markup.Escape($"{Words(confusion)} {ConfusionNote}"), Section.Chart(drawn, confusion.DrawNarrow())),
            ],
            Files = files,
        };
    }

    private Section ByRank(IEnumerable<(string Heading, PredictedPicture[] Pictures)> groups) => new("What it sees",
        "Test pictures, chosen by rank, not by hand. Colours are the classes of pixels; "
            + "the IoU of a picture is the mean over the digits in it.",
        PredictionGallery.Keys() + string.Concat(groups.Select(group =>
            $"\n<h3>{group.Heading}</h3>\n{new PredictionGallery(test).Of(group.Pictures.Select(picture => ("", picture)))}")));

    private Section WorstOfEachDigit(IEnumerable<(int Digit, PredictedPicture Picture)> worst) => new("The worst picture of each digit",
        "Of all test pictures that show a digit, the one where its own IoU is lowest.",
        new PredictionGallery(test).Of(worst.Select(w => ($"{ClassColour.Key(w.Digit)} ", w.Picture))));

    private string DigitsNote()
    {
        int[] seen = [.. Enumerable.Range(0, SegmentationData.Background).Where(k => double.IsFinite(test.Iou[k])).OrderBy(k => test.Iou[k])];
        string extremes = seen.Length < 2 ? "" : Invariant($"Hardest is {seen[0]}, easiest {seen[^1]}. ");
        return extremes + "IoU is the share of pixels that truth and prediction agree on, of all that either paints; Dice weighs the agreement twice. "
            + Invariant($"Pixels are pooled over all test images. A bar is what the IoU lacks to 1, from 0 to {BarEnd}: the shorter the better. ")
            + "The thin line on it is the 95 % interval.";
    }

    /// <summary>Where the bars' axis ends: beyond the worst class.</summary>
    private double BarEnd => Axis.RoundUp(test.Iou.Where(double.IsFinite).Select(iou => 1 - iou).DefaultIfEmpty(0).Max());

    private string DigitTable()
    {
        var rows = new StringBuilder();
        for (int k = 0; k < test.Iou.Length; k++)
        {
            double iou = test.Iou[k], error = test.IouError(k);
            string plusMinus = double.IsFinite(error) ? Invariant($" <small>± {error:F4}</small>") : "";
            string measured = double.IsFinite(iou)
                ? Bar(k) + $"<td class=\"number\" data-name=\"IoU\">{Figure(iou)}{plusMinus}</td>"
                    + $"<td class=\"number\" data-name=\"Dice\">{Figure(test.Dice[k])}</td>"
                : "<td class=\"bar\"></td><td class=\"number dim\" colspan=\"2\">not there</td>";
            string pixels = Invariant($"<td class=\"number dim\" data-name=\"pixels\">{test.Truth[k]:N0}</td>");
            rows.Append($"<tr><th scope=\"row\">{ClassColour.Key(k)}</th>{measured}{pixels}</tr>\n");
        }
        return $"""
            <div class="table"><table class="reflow">
            <thead><tr>
            <th scope="col">class</th><th scope="col">what IoU lacks to 1</th><th scope="col" class="number">IoU</th><th scope="col" class="number">Dice</th>
            <th scope="col" class="number">pixels</th>
            </tr></thead>
            <tbody>
            {rows}</tbody>
            </table></div>
            """;
    }

    private string Bar(int k)
    {
        double gap = 1 - test.Iou[k], error = test.IouError(k), scale = 100 / BarEnd;
        string colour = (k == SegmentationData.Background ? Palette.Dim : ClassColour.Of(k)).Hex;
        double from = Math.Max(0, gap - SegmentationScores.Interval95 * error), to = Math.Min(BarEnd, gap + SegmentationScores.Interval95 * error);
        string interval = double.IsFinite(error) ? Invariant($"<b style=\"left:{scale * from:F2}%;width:{scale * (to - from):F2}%\"></b>") : "";
        return Invariant($"<td class=\"bar\"><div><i style=\"width:{scale * gap:F2}%;background:{colour}\"></i>{interval}</div></td>");
    }

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
