using FcnFromScratch.Training.Reports;
using static System.FormattableString;

namespace FcnFromScratch.Training.Tasks.Detect;

/// <summary>Precision over recall at three IoUs: the mean of the classes, large, and below it each class, where there are several.</summary>
internal sealed class PrecisionRecallChart
{
    private const string Label = "Precision over recall";

    /// <summary>Indices of <see cref="CocoEvaluation.Ious"/>, with their colours.</summary>
    private static readonly (int Iou, string Colour)[] s_curves = [(0, "blue"), (5, "orange"), (8, "green")];

    private readonly Panel _mean;
    private readonly Panel[] _classes;

    /// <param name="Curves">By <see cref="s_curves"/>; null where there is nothing to find.</param>
    private sealed record Panel(string Title, double[]?[] Curves);

    public PrecisionRecallChart(DetectionScores scores)
    {
        Panel[] all = [.. scores.ClassNames.Select((name, k) => new Panel(name, Array.ConvertAll(s_curves, c => scores.Evaluation.Curve(k, c.Iou))))];
        _mean = new("Mean of the classes, by IoU",
            [.. Enumerable.Range(0, s_curves.Length).Select(i => Mean([.. all.Select(panel => panel.Curves[i]).OfType<double[]>()]))]);
        _classes = all.Count(panel => panel.Curves[0] is not null) > 1 ? all : [];
    }

    public Svg Draw() => Draw(960, 400, columns: 5, small: 160);

    /// <summary>For a phone: a unit is a pixel there.</summary>
    public Svg DrawNarrow() => Draw(Svg.Narrow, 300, columns: 2, small: 150);

    private Svg Draw(int width, int height, int columns, int small)
    {
        var svg = new Svg(width, height + (_classes.Length + columns - 1) / columns * small, Label);
        var (left, right, top, bottom) = (56.0, width - 14.0, 62.0, height - 50.0);
        svg.Text(12, 24, _mean.Title, "title");
        Draw(svg, _mean, left, right, top, bottom, ticks: 5);
        svg.Text(right, bottom + 36, "recall", "dim", "end");
        double legend = 12;
        foreach (var ((iou, colour), curve) in s_curves.Zip(_mean.Curves))
        {
            string text = Invariant($"{CocoEvaluation.Ious[iou]:0.##}") + (curve is null ? "" : Invariant($": {curve.Average():0.0000}"));
            svg.Line(legend, 42, legend + 16, 42, $"curve {colour}");
            svg.Text(legend + 21, 46, text, "dim");
            legend += 21 + 6.6 * text.Length + 2;
        }
        DrawSpots(svg, left, right, top, bottom);
        for (int k = 0; k < _classes.Length; k++)
        {
            double x = k % columns * (width / (double)columns), y = height + k / columns * small;
            svg.Text(x + 34, y + 14, Svg.Short(_classes[k].Title, 14), "title");
            Draw(svg, _classes[k], x + 34, x + width / (double)columns - 10, y + 24, y + small - 24, ticks: 2);
        }
        return svg;
    }

    private static void Draw(Svg svg, Panel panel, double left, double right, double top, double bottom, int ticks)
    {
        var (x, y) = (new Axis(0, 1, left, right), new Axis(0, 1, bottom, top));
        foreach (var (value, text) in y.Ticks(ticks))
        {
            svg.Line(left, y[value], right, y[value], "grid");
            svg.Text(left - 6, y[value] + 4, text, "dim", "end");
        }
        foreach (var (value, text) in x.Ticks(ticks))
        {
            svg.Line(x[value], bottom, x[value], bottom + 4, "axis");
            svg.Text(x[value], bottom + 18, text, "dim", "middle");
        }
        svg.Line(left, bottom, right, bottom, "axis");
        if (panel.Curves[0] is null) svg.Text((left + right) / 2, (top + bottom) / 2, "not there", "dim", "middle");
        // The first IoU's curve is the highest, and is drawn last: where curves meet, it is the one that is seen.
        foreach (var ((_, colour), curve) in s_curves.Zip(panel.Curves).Reverse())
            if (curve is not null) svg.Curve(Corners(curve).Select(p => (x[p.Recall], y[p.Precision])), $"curve {colour}");
    }

    /// <summary>Tenths of recall that tell the precisions there.</summary>
    private void DrawSpots(Svg svg, double left, double right, double top, double bottom)
    {
        if (_mean.Curves[0] is null) return;
        var x = new Axis(0, 1, left, right);
        for (int tenth = 0; tenth <= 10; tenth++)
        {
            double from = x[Math.Max(0, (tenth - 0.5) / 10)], to = x[Math.Min(1, (tenth + 0.5) / 10)];
            var precisions = s_curves.Zip(_mean.Curves, (c, curve) => Invariant($"{curve![10 * tenth]:0.0000} ({CocoEvaluation.Ious[c.Iou]:0.##})"));
            svg.Spot(from, top, to - from, bottom - top, 12, bottom + 36, Invariant($"recall {tenth / 10.0:0.0}: {string.Join(", ", precisions)}"));
        }
    }

    /// <summary>The points of a curve between which it is level are left out.</summary>
    private static IEnumerable<(double Recall, double Precision)> Corners(double[] curve) => curve.Select((p, i) => (PrecisionCurve.Recall(i), p))
        .Where((p, i) => i == 0 || i == curve.Length - 1 || p.p != curve[i - 1] || p.p != curve[i + 1]);

    private static double[]? Mean(double[][] curves) =>
        curves.Length == 0 ? null : [.. Enumerable.Range(0, PrecisionCurve.Points).Select(i => curves.Average(curve => curve[i]))];
}
