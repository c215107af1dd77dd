using System.Globalization;
using System.Text;
using FcnFromScratch.Data;
using static System.FormattableString;

namespace FcnFromScratch.Training.Reports;

/// <summary>The confusion matrix of pixels as a drawing, as a table and in words. A row is a class of the truth; shares are of its row.</summary>
public static class ConfusionChart
{
    private const int CellWidth = 70, CellHeight = 48, Left = 130, Top = 76;

    /// <summary>A class as people read it.</summary>
    public static string Name(int classNumber) =>
        classNumber == SegmentationData.Background ? "background" : classNumber.ToString(CultureInfo.InvariantCulture);

    public static Svg Draw(SegmentationMetrics m)
    {
        int classes = m.Iou.Length;
        var svg = new Svg(Left + classes * CellWidth + 20, Top + classes * CellHeight + 36, "Confusion matrix of pixels");
        svg.Text(Left + classes * CellWidth / 2, 22, "predicted as", "title", "middle");
        svg.Text(22, Top + classes * CellHeight / 2, "truth", "title", "middle", turn: -90);
        for (int t = 0; t < classes; t++)
        {
            double y = Top + t * CellHeight;
            svg.Text(Left + (t + 0.5) * CellWidth, Top - 12, Name(t), anchor: "middle");
            svg.Text(Left - 12, y + CellHeight / 2 + 5, Name(t), anchor: "end");
            for (int p = 0; p < classes; p++)
            {
                double share = Share(m, t, p), x = Left + p * CellWidth;
                // The cube root keeps errors of one per mille visible beside rows that are right to 99 %.
                double opacity = m.Counts[t, p] == 0 ? 0.03 : 0.04 + 0.9 * Math.Cbrt(share);
                svg.Rectangle(x + 1, y + 1, CellWidth - 2, CellHeight - 2, t == p ? "right" : "wrong", opacity,
                    $"{Name(t)} predicted as {Name(p)}: {m.Counts[t, p]:N0} pixels, {share:P2} of the row");
                if (m.Counts[t, p] == 0) continue;
                string on = opacity > 0.5 ? " on" : "";
                svg.Text(x + CellWidth / 2.0, y + 22, Percent(share), on, "middle");
                svg.Text(x + CellWidth / 2.0, y + 38, Short(m.Counts[t, p]), $"dim small{on}", "middle");
            }
        }
        svg.Text(Left, Top + classes * CellHeight + 22, "Share of the row's pixels, and pixels. Blue is right, orange wrong; the tint grows with the cube root of the share.", "dim");
        return svg;
    }

    /// <summary>Pixel counts: a header of predicted classes, then a row for each class of the truth.</summary>
    public static string Csv(SegmentationMetrics m)
    {
        var classes = Enumerable.Range(0, m.Iou.Length).ToArray();
        var text = new StringBuilder($"truth\\prediction,{string.Join(',', classes.Select(Name))}\n");
        foreach (int t in classes) text.Append($"{Name(t)},{string.Join(',', classes.Select(p => Invariant($"{m.Counts[t, p]}")))}\n");
        return text.ToString();
    }

    /// <summary>The commonest mistakes in two sentences: digit for digit, and at the outlines.</summary>
    public static string Words(SegmentationMetrics m)
    {
        int background = m.Iou.Length - 1;
        var confusions = (from t in Enumerable.Range(0, background)
                          from p in Enumerable.Range(0, background)
                          where t != p && m.Counts[t, p] > 0
                          orderby Share(m, t, p) descending
                          select $"{Percent(Share(m, t, p))} of the pixels of {t} were taken for {p}").Take(3).ToArray();
        string digits = confusions.Length == 0 ? "No pixel of a digit was taken for another digit." : $"Digit for digit: {string.Join(", ", confusions)}.";
        long ink = m.Truth.Take(background).Sum(), missed = Enumerable.Range(0, background).Sum(t => m.Counts[t, background]);
        long invented = m.Truth[background] - m.Counts[background, background];
        if (ink == 0) return digits;
        return $"{digits} At the outlines: {Percent(missed / (double)ink)} of all ink was left to the background, "
            + $"and pixels that are {Percent(invented / (double)ink)} of the ink were painted where there is none.";
    }

    private static double Share(SegmentationMetrics m, int truth, int predicted) =>
        m.Truth[truth] == 0 ? 0 : m.Counts[truth, predicted] / (double)m.Truth[truth];

    private static string Percent(double share) => share is > 0 and < 0.0005 ? "< 0.1 %" : Invariant($"{100 * share:0.0} %");

    private static string Short(long count) =>
        count < 10_000 ? Invariant($"{count:N0}") : count < 1_000_000 ? Invariant($"{count / 1e3:0.0} k") : Invariant($"{count / 1e6:0.00} M");
}
