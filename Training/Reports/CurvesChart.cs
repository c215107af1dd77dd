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
public sealed record Panel(string Title, IReadOnlyList<Curve> Curves, AxisScale Scale = AxisScale.Linear);

/// <summary>Learning curves over the epochs.</summary>
/// <param name="label">What they show, for those who cannot see it.</param>
/// <param name="end">The last epoch, or part of one, on the axis.</param>
/// <param name="stages">What training is divided into, and the epochs after which each begins; null where it is one.</param>
public sealed class CurvesChart(
    string label, double end, Panel first, Panel second, Panel third, IReadOnlyList<(string Name, double From)>? stages = null)
{
    private const int Left = 56, Right = 14, Top = 62, Bottom = 50, Inset = 12;

    // More points than this cannot be told apart on the page.
    private const int MaxPoints = 480;

    /// <summary>The first panel above, the others side by side below.</summary>
    public Svg Draw()
    {
        const int width = 960, height = 330;
        var svg = new Svg(width, 2 * height, label);
        Draw(svg, new(0, 0, width, height), first);
        Draw(svg, new(0, height, width / 2, height), second);
        Draw(svg, new(width / 2, height, width / 2, height), third);
        return svg;
    }

    /// <summary>One panel below the other, for a phone: a unit is a pixel there.</summary>
    public Svg DrawNarrow()
    {
        const int height = 270;
        var svg = new Svg(Svg.Narrow, 3 * height, label);
        Draw(svg, new(0, 0, Svg.Narrow, height), first);
        Draw(svg, new(0, height, Svg.Narrow, height), second);
        Draw(svg, new(0, 2 * height, Svg.Narrow, height), third);
        return svg;
    }

    private readonly record struct Box(int X, int Y, int Width, int Height);

    private void Draw(Svg svg, Box box, Panel panel)
    {
        Curve[] curves = [.. panel.Curves.Select(c => c with { Points = Shown(c, panel.Scale) }).Where(c => c.Points.Count > 0)];
        double left = box.X + Left, right = box.X + box.Width - Right, top = box.Y + Top, bottom = box.Y + box.Height - Bottom;
        svg.Text(box.X + Inset, box.Y + 24, panel.Title, "title");
        var x = new Axis(0, end, left, right);
        foreach (var (value, text) in x.Ticks(box.Width / 90))
        {
            // Epochs are counted in whole numbers, unless there is not even one.
            if (end >= 1 && value != Math.Floor(value)) continue;
            svg.Line(x[value], bottom, x[value], bottom + 4, "axis");
            svg.Text(x[value], bottom + 18, text, "dim", "middle");
        }
        svg.Text(right, bottom + 36, "epoch", "dim", "end");
        svg.Line(left, bottom, right, bottom, "axis");
        if (curves.Length == 0)
        {
            svg.Text((left + right) / 2, (top + bottom) / 2, "not measured in this run", "dim", "middle");
            return;
        }
        var y = Axis.About([.. curves.SelectMany(c => c.Points).Select(p => p.Y)], bottom, top, panel.Scale);
        foreach (var (value, text) in y.Ticks(6))
        {
            svg.Line(left, y[value], right, y[value], "grid");
            svg.Text(left - 8, y[value] + 4, text, "dim", "end");
        }
        foreach (var (name, from) in (stages ?? []).Where(stage => stage.From < end))
        {
            if (from > 0) svg.Line(x[from], top, x[from], bottom, "axis");
            svg.Text(x[from] + 4, top - 4, name, "dim");
        }
        double legend = box.X + Inset;
        foreach (var curve in curves)
        {
            svg.Curve(curve.Points.Select(p => (x[p.X], y[p.Y])), curve.Style);
            if (curve.HasDots)
                foreach (var (epoch, figure) in curve.Points)
                    svg.Dot(x[epoch], y[figure], curve.Style.Split(' ')[1], Math.Min(3.5, 0.35 * (x[1] - x[0])));
            if (curve.Name.Length == 0) continue;
            string text = curve.HasDots ? Invariant($"{curve.Name} {curve.Points[^1].Y:0.0000}") : curve.Name;
            svg.Line(legend, box.Y + 42, legend + 16, box.Y + 42, curve.Style);
            svg.Text(legend + 21, box.Y + 46, text, "dim");
            // Text has the width of its reader's font; what is left over is a gap before the next key.
            legend += 21 + 6.6 * text.Length + 8;
        }
        DrawSpots(svg, x, top, bottom, curves);
    }

    /// <summary>A strip for each epoch, which tells its figures: wider than a dot, for fingers.</summary>
    private static void DrawSpots(Svg svg, Axis x, double top, double bottom, IEnumerable<Curve> curves)
    {
        var figures = (from curve in curves
                       where curve.HasDots
                       from point in curve.Points
                       group Invariant($"{curve.Name} {point.Y:G4}").Trim() by point.X into epoch
                       orderby epoch.Key
                       select epoch).ToArray();
        for (int i = 0; i < figures.Length; i++)
        {
            double epoch = figures[i].Key, before = i > 0 ? figures[i - 1].Key : 0;
            double from = x[(before + epoch) / 2], to = x[i + 1 < figures.Length ? (epoch + figures[i + 1].Key) / 2 : epoch];
            svg.Spot(from, top, to - from, bottom - top, x[0] - Left + Inset, bottom + 36, Invariant($"epoch {epoch:0.##}: {string.Join(", ", figures[i])}"));
        }
    }

    /// <summary>The points that an axis can show; where there are many, means of neighbours, so that a long run stays a small file.</summary>
    private static IReadOnlyList<(double X, double Y)> Shown(Curve curve, AxisScale scale)
    {
        (double X, double Y)[] points = [.. curve.Points.Where(p => double.IsFinite(p.Y))];
        if (!curve.HasDots && points.Length > MaxPoints)
            points = [.. points.Chunk((points.Length + MaxPoints - 1) / MaxPoints).Select(c => (c.Average(p => p.X), c.Average(p => p.Y)))];
        return scale == AxisScale.Logarithmic ? [.. points.Where(p => p.Y > 0)] : points;
    }
}
