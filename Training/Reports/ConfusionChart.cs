using System.Text;
using static System.FormattableString;

namespace FcnFromScratch.Training.Reports;

/// <summary>A confusion matrix as a drawing and as a table. A row is a class of the truth; shares are of its row.</summary>
/// <param name="counts">[truth, predicted].</param>
/// <param name="names">Of the classes, in order.</param>
/// <param name="what">What is counted, in the plural: "pixels".</param>
public sealed class ConfusionChart(long[,] counts, IReadOnlyList<string> names, string what)
{
    private const int CellWidth = 70, CellHeight = 48, Left = 130, Top = 76;

    public Svg Draw()
    {
        int classes = names.Count;
        var svg = new Svg(Left + classes * CellWidth + 20, Top + classes * CellHeight + 36, $"Confusion matrix of {what}");
        svg.Text(Left + classes * CellWidth / 2, 22, "predicted as", "title", "middle");
        svg.Text(22, Top + classes * CellHeight / 2, "truth", "title", "middle", turn: -90);
        for (int t = 0; t < classes; t++)
        {
            double y = Top + t * CellHeight;
            svg.Text(Left + (t + 0.5) * CellWidth, Top - 12, names[t], anchor: "middle");
            svg.Text(Left - 12, y + CellHeight / 2 + 5, names[t], anchor: "end");
            for (int p = 0; p < classes; p++)
            {
                double share = Share(t, p), x = Left + p * CellWidth;
                // The cube root keeps errors of one per mille visible beside rows that are right to 99 %.
                double opacity = counts[t, p] == 0 ? 0.03 : 0.04 + 0.9 * Math.Cbrt(share);
                svg.Rectangle(x + 1, y + 1, CellWidth - 2, CellHeight - 2, t == p ? "right" : "wrong", opacity,
                    $"{names[t]} predicted as {names[p]}: {counts[t, p]:N0} {what}, {share:P2} of the row");
                if (counts[t, p] == 0) continue;
                string on = opacity > 0.5 ? " on" : "";
                svg.Text(x + CellWidth / 2.0, y + 22, Percent(share), on, "middle");
                svg.Text(x + CellWidth / 2.0, y + 38, Short(counts[t, p]), $"dim small{on}", "middle");
            }
        }
        string note = $"Share of the row's {what}, and {what}. Blue is right, orange wrong; the tint grows with the cube root of the share.";
        svg.Text(Left, Top + classes * CellHeight + 22, note, "dim");
        return svg;
    }

    /// <summary>Counts: a header of predicted classes, then a row for each class of the truth.</summary>
    public string Csv()
    {
        var text = new StringBuilder($"truth\\prediction,{string.Join(',', names)}\n");
        for (int t = 0; t < names.Count; t++)
            text.Append($"{names[t]},{string.Join(',', Enumerable.Range(0, names.Count).Select(p => Invariant($"{counts[t, p]}")))}\n");
        return text.ToString();
    }

    /// <summary>The share of a class of the truth that was taken for another; 0 where the truth has none of it.</summary>
    public double Share(int truth, int predicted)
    {
        long row = Enumerable.Range(0, names.Count).Sum(p => counts[truth, p]);
        return row == 0 ? 0 : counts[truth, predicted] / (double)row;
    }

    /// <summary>A share as people read it.</summary>
    public static string Percent(double share) => share is > 0 and < 0.0005 ? "< 0.1 %" : Invariant($"{100 * share:0.0} %");

    private static string Short(long count) =>
        count < 10_000 ? Invariant($"{count:N0}") : count < 1_000_000 ? Invariant($"{count / 1e3:0.0} k") : Invariant($"{count / 1e6:0.00} M");
}
