using FcnFromScratch.Data;
using FcnFromScratch.Training.Reports;
using static System.FormattableString;

namespace FcnFromScratch.Training.Tasks.Segment;

/// <summary>
/// predictions.png: pictures as they came in, as they are, as the network saw them and where it was wrong, with IoU and Dice by digit.
/// </summary>
internal static class PredictionSheet
{
    private const int Columns = 3, Margin = 24, Padding = 16, Gap = 12, Line = 24;

    // Pictures are enlarged to about this width; two of them are as wide as what is said of them.
    private const int PanelWidth = 252;

    /// <param name="test">With the scores of each image kept.</param>
    /// <param name="groups">At least one picture; all of one size.</param>
    public static Picture Draw(SegmentationScores test, IReadOnlyList<(string Heading, PredictedPicture[] Pictures)> groups)
    {
        var first = groups[0].Pictures[0];
        int scale = Math.Max(1, PanelWidth / first.Width), panel = first.Width * scale;
        int inner = Math.Max(2 * PanelWidth, 2 * panel) + Gap, card = inner + 2 * Padding, width = Columns * (card + Margin) + Margin;
        int CardHeight(PredictedPicture p) =>
            2 * Padding + Line + 2 * (Line + p.Height * scale + Gap) + Gap + Line * PredictionPanels.Digits(test.Images[p.Position]).Count();

        const int head = 3 * Margin + 2 * Line;
        int height = head;
        foreach (var group in groups) height += Line + Gap + group.Pictures.Chunk(Columns).Sum(row => row.Max(CardHeight) + Margin);
        var canvas = new Canvas(width, height, Palette.Ground);
        canvas.Text(Margin, Margin,
            Invariant($"{groups.Sum(g => g.Pictures.Length)} of {test.Images.Count} test pictures, chosen by rank of IoU"), Palette.Ink, scale: 3);
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
                    DrawCard(canvas, x + Padding, y + Padding, scale, inner, row[i], test.Images[row[i].Position]);
                }
                y += rowHeight + Margin;
            }
        }
        return canvas.Picture;
    }

    private static void DrawCard(Canvas canvas, int x, int y, int scale, int width, PredictedPicture p, SegmentationScores image)
    {
        canvas.Text(x, y, $"picture {p.Position}: {PredictionPanels.Caption(p, image)}", Palette.Ink);
        y += Line;
        foreach (var pair in PredictionPanels.Of(p).Chunk(2))
        {
            for (int i = 0; i < pair.Length; i++)
            {
                int left = x + i * (p.Width * scale + Gap);
                canvas.Text(left, y + 4, pair[i].Name, Palette.Dim);
                canvas.Paste(left, y + Line, p.Width, p.Height, scale, pair[i].Colour);
            }
            y += Line + p.Height * scale + Gap;
        }
        canvas.Fill(x, y - 1, width, 1, Palette.Dim);
        y += Gap;
        foreach (int k in PredictionPanels.Digits(image))
        {
            ClassColour.Swatch(canvas, x, y, k);
            bool isThere = image.Truth[k] > 0;
            string text = isThere ? Invariant($"IoU {image.Iou[k]:F3}  Dice {image.Dice[k]:F3}") : PredictionPanels.NotThere(image, k);
            canvas.Text(x + Canvas.SwatchSize + Gap, y + 3, text, isThere ? Palette.Ink : Palette.Wrong);
            y += Line;
        }
    }
}
