using System.Text;
using static System.FormattableString;

namespace FcnFromScratch.Training.Reports;

/// <summary>A confusion matrix as a drawing and as a table. A row is a class of the truth; shares are of its row.</summary>
/// <param name="counts">[truth, predicted].</param>
/// <param name="names">Of the classes, in order.</param>
/// <param name="what">What is counted, in the plural: "pixels".</param>
public sealed class ConfusionChart(long[,] counts, IReadOnlyList<string> names, string what)
{
    private readonly string[] _labels = [.. names.Select(name => Svg.Short(name, 10))];

    /// <summary>With shares and counts.</summary>
    public Svg Draw() => Draw(new(CellWidth: 70, CellHeight: 48, Left: 130, Top: 76, Width: 150 + 70 * names.Count, IsNarrow: false));

    /// <summary>With shares alone, for a phone: a unit is a pixel there.</summary>
    public Svg DrawNarrow() =>
        Draw(new(CellWidth: (Svg.Narrow - 82) / (double)names.Count, CellHeight: 26, Left: 80, Top: 92, Width: Svg.Narrow, IsNarrow: true));

    private readonly record struct Layout(double CellWidth, double CellHeight, double Left, double Top, int Width, bool IsNarrow);

    private Svg Draw(Layout layout)
    {
        var (width, height, left, top, _, isNarrow) = layout;
        double bottom = top + names.Count * height;
        var svg = new Svg(layout.Width, (int)bottom + 30, $"Confusion matrix of {what}");
        svg.Text(left + names.Count * width / 2, 22, "predicted as", "title", "middle");
        svg.Text(isNarrow ? 12 : 22, top + names.Count * height / 2, "truth", "title", "middle", turn: -90);
        for (int t = 0; t < names.Count; t++)
        {
            double y = top + t * height, middle = left + (t + 0.5) * width;
            // Cells are narrow: longer names stand upright.
            if (isNarrow && _labels[t].Length > 2) svg.Text(middle + 4, top - 6, _labels[t], turn: -90);
            else svg.Text(middle, top - (isNarrow ? 6 : 12), _labels[t], anchor: "middle");
            svg.Text(left - (isNarrow ? 4 : 12), y + height / 2 + 5, _labels[t], isNarrow ? "dim" : "", "end");
            for (int p = 0; p < names.Count; p++)
            {
                double share = Share(t, p), x = left + p * width;
                // The cube root keeps errors of one per mille visible beside rows that are right to 99 %.
                double opacity = counts[t, p] == 0 ? 0.03 : 0.04 + 0.9 * Math.Cbrt(share);
                svg.Rectangle(x + 0.5, y + 0.5, width - 1, height - 1, t == p ? "right" : "wrong", opacity);
                string on = opacity > 0.5 ? " on" : "";
                if (counts[t, p] > 0 && isNarrow) svg.Text(x + width / 2, y + height / 2 + 4, Tight(share), $"small{on}", "middle");
                else if (counts[t, p] > 0)
                {
                    svg.Text(x + width / 2, y + 22, Percent(share), on, "middle");
                    svg.Text(x + width / 2, y + 38, Short(counts[t, p]), $"dim small{on}", "middle");
                }
                svg.Spot(x, y, width, height, isNarrow ? 4 : left, bottom + 22,
                    Invariant($"{names[t]} predicted as {names[p]}: {counts[t, p]:N0} {what}, {Percent(share)} of the row"));
            }
        }
        return svg;
    }

    /// <summary>Counts: a header of predicted classes, then a row for each class of the truth. Names are quoted where they must be (RFC 4180).</summary>
    public string Csv()
    {
        string[] cells = [.. names.Select(name => name.AsSpan().IndexOfAny(",\"\r\n") < 0 ? name : $"\"{name.Replace("\"", "\"\"")}\"")];
        var text = new StringBuilder($"truth\\prediction,{string.Join(',', cells)}\n");
        for (int t = 0; t < names.Count; t++)
            text.Append($"{cells[t]},{string.Join(',', Enumerable.Range(0, names.Count).Select(p => Invariant($"{counts[t, p]}")))}\n");
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

    /// <summary>Per cent without the sign, in four characters at most.</summary>
    private static string Tight(double share) => share < 0.0005 ? "·" : Invariant($"{100 * share:0.#}");

    private static string Short(long count) =>
        count < 10_000 ? Invariant($"{count:N0}") : count < 1_000_000 ? Invariant($"{count / 1e3:0.0} k") : Invariant($"{count / 1e6:0.00} M");
}
