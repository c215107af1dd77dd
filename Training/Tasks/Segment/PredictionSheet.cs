using FcnFromScratch.Data;
using FcnFromScratch.Training.Reports;
using static System.FormattableString;

namespace FcnFromScratch.Training.Tasks.Segment;

/// <summary>
/// predictions.png: pictures as they came in, as they are and as the network saw them, with IoU and Dice by digit. Shown are the worst, the middle and
/// the best of all test pictures by rank, so that nobody has to trust a choice.
/// </summary>
public static class PredictionSheet
{
    private const int PerGroup = 4, Columns = 2, Margin = 24, Padding = 16, Gap = 12, Line = 24;

    // Pictures are enlarged to about this width, which is also what "3 IoU 0.92 Dice 0.96" takes.
    private const int PanelWidth = 252;

    /// <summary>Positions of the test pictures to show: the four worst, the four about the median and the four best by mean IoU over their digits.</summary>
    public static IReadOnlyList<int> Choose(SegmentationScores test)
    {
        int[] order = Order(test);
        if (order.Length <= 3 * PerGroup) return order;
        return [.. order[..PerGroup], .. order.AsSpan((order.Length - PerGroup) / 2, PerGroup), .. order[^PerGroup..]];
    }

    public static Picture Draw(SegmentationScores test, IReadOnlyList<PredictedPicture> pictures)
    {
        var groups = Groups(test, pictures);
        int scale = Math.Max(1, PanelWidth / pictures[0].Width), panel = pictures[0].Width * scale;
        int inner = 3 * panel + 2 * Gap, card = inner + 2 * Padding, width = Columns * (card + Margin) + Margin;
        int perLine = Math.Max(1, (inner + Gap) / (PanelWidth + Gap));
        int CardHeight(PredictedPicture p) =>
            2 * Padding + 2 * Line + p.Height * scale + Gap + (Digits(p).Length + perLine - 1) / perLine * Line;

        const int head = 3 * Margin + 2 * Line;
        int height = head;
        foreach (var group in groups) height += Line + Gap + group.Pictures.Chunk(Columns).Sum(row => row.Max(CardHeight) + Margin);
        var canvas = new Canvas(width, height, Palette.Ground);
        canvas.Text(Margin, Margin, Invariant($"{pictures.Count} of {test.Images.Count} test pictures, chosen by rank of IoU"), Palette.Ink, scale: 3);
        for (int digit = 0; digit < SegmentationData.Background; digit++)
            ClassColour.Swatch(canvas, width - Margin - (SegmentationData.Background - digit) * (Canvas.SwatchSize + 6), Margin + 2, digit);
        canvas.Text(Margin, Margin + Line + 14, "IoU of a picture: the mean over the digits in it", Palette.Dim);

        int y = head;
        foreach (var (heading, members) in groups)
        {
            canvas.Text(Margin, y, heading, Palette.Ink);
            y += Line + Gap;
            foreach (var row in members.Chunk(Columns))
            {
                int rowHeight = row.Max(CardHeight);
                for (int i = 0; i < row.Length; i++)
                {
                    int x = Margin + i * (card + Margin);
                    canvas.Fill(x, y, card, rowHeight, Palette.Card);
                    DrawCard(canvas, x + Padding, y + Padding, scale, perLine, row[i], test);
                }
                y += rowHeight + Margin;
            }
        }
        return canvas.Picture;
    }

    private static void DrawCard(Canvas canvas, int x, int y, int scale, int perLine, PredictedPicture p, SegmentationScores test)
    {
        int panel = p.Width * scale;
        canvas.Text(x, y, Invariant($"picture {p.Position}  IoU {test.Images[p.Position].MeanIouTruthDigits:F3}"), Palette.Ink);
        y += Line;
        (string Name, Func<int, Rgb> Colour)[] panels =
        [
            ("input", i => Rgb.Grey(p.Image[i])), ("truth", i => ClassColour.Of(p.Truth[i])), ("prediction", i => ClassColour.Of(p.Prediction[i])),
        ];
        for (int i = 0; i < panels.Length; i++)
        {
            canvas.Text(x + i * (panel + Gap), y, panels[i].Name, Palette.Dim);
            canvas.Paste(x + i * (panel + Gap), y + Line, p.Width, p.Height, scale, panels[i].Colour);
        }
        y += Line + p.Height * scale + Gap;
        var metrics = test.Images[p.Position];
        int[] digits = Digits(p);
        for (int i = 0; i < digits.Length; i++)
        {
            int k = digits[i], left = x + i % perLine * (PanelWidth + Gap), top = y + i / perLine * Line;
            ClassColour.Swatch(canvas, left, top, k);
            bool isThere = metrics.Truth[k] > 0;
            canvas.Text(left + Canvas.SwatchSize + 6, top + 3,
                isThere ? Invariant($"IoU {metrics.Iou[k]:F2} Dice {metrics.Dice[k]:F2}") : Invariant($"not there: {metrics.Predicted[k]} px"),
                isThere ? Palette.Ink : Palette.Wrong);
        }
    }

    /// <summary>The digits of the truth, then those that only the prediction has.</summary>
    private static int[] Digits(PredictedPicture p)
    {
        int[] truth = [.. Enumerable.Range(0, SegmentationData.Background).Where(k => p.Truth.Contains((byte)k))];
        return [.. truth, .. Enumerable.Range(0, SegmentationData.Background).Where(k => !truth.Contains(k) && p.Prediction.Contains((byte)k))];
    }

    private static (string Heading, PredictedPicture[] Pictures)[] Groups(SegmentationScores test, IReadOnlyList<PredictedPicture> pictures)
    {
        int[] order = Order(test);
        var sorted = pictures.OrderBy(p => Array.IndexOf(order, p.Position)).ToArray();
        if (order.Length <= 3 * PerGroup || sorted.Length != 3 * PerGroup) return [("from the worst to the best", sorted)];
        return
        [
            ($"the {PerGroup} worst", sorted[..PerGroup]),
            ($"the {PerGroup} about the median", sorted[PerGroup..^PerGroup]),
            ($"the {PerGroup} best", sorted[^PerGroup..]),
        ];
    }

    /// <summary>Positions from the worst to the best; images without any digit have no rank and are left out.</summary>
    private static int[] Order(SegmentationScores test) =>
    [
        .. Enumerable.Range(0, test.Images.Count).Where(i => double.IsFinite(test.Images[i].MeanIouTruthDigits))
            .OrderBy(i => test.Images[i].MeanIouTruthDigits),
    ];
}
