using static System.FormattableString;

namespace FcnFromScratch.Training.Reports;

/// <summary>One curve of a panel.</summary>
/// <param name="Name">In the legend; empty leaves it out.</param>
/// <param name="Style">Classes of <see cref="Svg.Style"/>: "curve blue".</param>
/// <param name="HasDots">A dot for each point, with its figure; else many points, which may be thinned.</param>
public sealed record Curve(string Name, string Style, IReadOnlyList<(double X, double Y)> Points, bool HasDots = true);

/// <summary>Curves over the same epochs, with an axis of their own.</summary>
/// <param name="Title">Names the axis.</param>
/// <param name="Curves">Points that are no numbers are left out.</param>
/// <param name="High">Where the axis ends; null where the largest value says.</param>
public sealed record Panel(string Title, IReadOnlyList<Curve> Curves, bool IsLogarithmic = false, double? High = null);

/// <summary>Learning curves over the epochs: a wide panel above, two below.</summary>
public static class CurvesChart
{
    private const int Width = 960, Height = 640, Left = 64, Right = 24, Top = 44, Bottom = 44;

    // More points than this cannot be told apart on the page.
    private const int MaxPoints = 480;

    /// <param name="label">What it shows, for those who cannot see it.</param>
    /// <param name="end">The last epoch, or part of one, on the axis.</param>
    public static Svg Draw(string label, double end, Panel above, Panel left, Panel right)
    {
        var svg = new Svg(Width, Height, label);
        Draw(svg, new(0, 0, Width, Height / 2), end, above);
        Draw(svg, new(0, Height / 2, Width / 2, Height / 2), end, left);
        Draw(svg, new(Width / 2, Height / 2, Width / 2, Height / 2), end, right);
        return svg;
    }

    private readonly record struct Box(int X, int Y, int Width, int Height);

    private static void Draw(Svg svg, Box box, double end, Panel panel)
    {
        bool isLogarithmic = panel.IsLogarithmic;
        Curve[] curves = [.. panel.Curves.Select(c => c with { Points = Shown(c, isLogarithmic) })];
        double left = box.X + Left, right = box.X + box.Width - Right, top = box.Y + Top, bottom = box.Y + box.Height - Bottom;
        svg.Text(left, box.Y + 24, panel.Title, "title");
        var values = curves.SelectMany(c => c.Points).Select(p => p.Y).ToArray();
        var x = new Axis(0, end, left, right);
        foreach (var (value, label) in x.Ticks(box.Width / 90))
        {
            // Epochs are counted in whole numbers, unless there is not even one.
            if (end >= 1 && value != Math.Floor(value)) continue;
            svg.Line(x[value], bottom, x[value], bottom + 4, "axis");
            svg.Text(x[value], bottom + 18, label, "dim", "middle");
        }
        svg.Text(right, bottom + 34, "epoch", "dim", "end");
        svg.Line(left, bottom, right, bottom, "axis");
        if (values.Length == 0)
        {
            svg.Text((left + right) / 2, (top + bottom) / 2, "not measured in this run", "dim", "middle");
            return;
        }
        var y = isLogarithmic
            ? new Axis(Axis.RoundDown(values.Min()), Axis.RoundUp(values.Max()), bottom, top, isLogarithmic: true)
            : new Axis(0, panel.High ?? Axis.RoundUp(values.Max()), bottom, top);
        foreach (var (value, label) in y.Ticks(6))
        {
            svg.Line(left, y[value], right, y[value], "grid");
            svg.Text(left - 8, y[value] + 4, label, "dim", "end");
        }
        double legend = right;
        foreach (var curve in curves.Reverse())
        {
            if (curve.Points.Count == 0) continue;
            svg.Curve(curve.Points.Select(p => (x[p.X], y[p.Y])), curve.Style);
            if (curve.HasDots)
                foreach (var (epoch, figure) in curve.Points)
                    svg.Dot(x[epoch], y[figure], curve.Style.Split(' ')[1], Invariant($"epoch {epoch:0.##}: {curve.Name} {figure:G4}"));
            if (curve.Name.Length == 0) continue;
            string text = curve.HasDots ? Invariant($"{curve.Name} {curve.Points[^1].Y:0.0000}") : curve.Name;
            // Text has the width of its reader's font; what is left over is a gap before the next key.
            legend -= 7.4 * text.Length;
            svg.Text(legend, box.Y + 24, text);
            svg.Line(legend - 28, box.Y + 20, legend - 6, box.Y + 20, curve.Style);
            legend -= 40;
        }
    }

    /// <summary>The points that an axis can show; where there are many, means of neighbours, so that a long run stays a small file.</summary>
    private static IReadOnlyList<(double X, double Y)> Shown(Curve curve, bool isLogarithmic)
    {
        (double X, double Y)[] points = [.. curve.Points.Where(p => double.IsFinite(p.Y))];
        if (!curve.HasDots && points.Length > MaxPoints)
            points = [.. points.Chunk((points.Length + MaxPoints - 1) / MaxPoints).Select(c => (c.Average(p => p.X), c.Average(p => p.Y)))];
        return isLogarithmic ? [.. points.Where(p => p.Y > 0)] : points;
    }
}
