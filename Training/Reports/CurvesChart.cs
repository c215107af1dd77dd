using static System.FormattableString;

namespace FcnFromScratch.Training.Reports;

/// <summary>curves.svg: loss, mean IoU and Dice of the digits, and learning rate over the epochs.</summary>
public static class CurvesChart
{
    private const int Width = 960, Height = 640, Left = 64, Right = 24, Top = 44, Bottom = 44;

    // More points than this cannot be told apart on the page.
    private const int MaxPoints = 480;

    /// <param name="epochs">Validation figures that are NaN are left out.</param>
    /// <param name="steps">Loss and rate of each step, or none.</param>
    /// <param name="stepsPerEpoch">Places the steps on the axis of epochs.</param>
    public static Svg Draw(IReadOnlyList<EpochResult> epochs, IReadOnlyList<(int Step, double Loss, double Rate)> steps, int stepsPerEpoch)
    {
        var svg = new Svg(Width, Height, "Loss, IoU, Dice and learning rate over the epochs");
        double lastStep = steps.Count > 0 ? steps[^1].Step / (double)stepsPerEpoch : 0;
        double end = Math.Max(lastStep, epochs.Count > 0 && steps.Count == 0 ? epochs[^1].Epoch : 0);
        if (end == 0) end = 1;
        // A run of fewer steps than its epochs have ends within its last epoch.
        double At(EpochResult e) => Math.Min(e.Epoch, end);
        (double X, double Y)[] Of(Func<EpochResult, double> figure) => [.. epochs.Select(e => (At(e), figure(e))).Where(p => double.IsFinite(p.Item2))];
        var stepLoss = Thin([.. steps.Select(s => (s.Step / (double)stepsPerEpoch, s.Loss))]);
        (double X, double Y)[] rates = steps.Count > 0 ? Thin([.. steps.Select(s => (s.Step / (double)stepsPerEpoch, s.Rate))]) : Of(e => e.Rate);

        Panel(svg, new(0, 0, Width, Height / 2), end, "Loss (cross-entropy, logarithmic)", true,
            [new("each step", "faint blue", stepLoss, false), new("train", "curve blue", Of(e => e.TrainLoss)), new("validation", "curve orange", Of(e => e.ValidationLoss))]);
        Panel(svg, new(0, Height / 2, Width / 2, Height / 2), end, "Digits, validation", false,
            [new("IoU", "curve green", Of(e => e.MeanIouDigits)), new("Dice", "curve orange", Of(e => e.MeanDiceDigits))], high: 1);
        Panel(svg, new(Width / 2, Height / 2, Width / 2, Height / 2), end, "Learning rate", false, [new("", "curve blue", rates, steps.Count == 0)]);
        return svg;
    }

    private sealed record Series(string Name, string Style, (double X, double Y)[] Points, bool HasDots = true);

    private readonly record struct Box(int X, int Y, int Width, int Height);

    private static void Panel(Svg svg, Box box, double end, string title, bool isLogarithmic, Series[] series, double? high = null)
    {
        double left = box.X + Left, right = box.X + box.Width - Right, top = box.Y + Top, bottom = box.Y + box.Height - Bottom;
        svg.Text(left, box.Y + 24, title, "title");
        var values = series.SelectMany(s => s.Points).Select(p => p.Y).Where(y => !isLogarithmic || y > 0).ToArray();
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
            : new Axis(0, high ?? Axis.RoundUp(values.Max()), bottom, top);
        foreach (var (value, label) in y.Ticks(6))
        {
            svg.Line(left, y[value], right, y[value], "grid");
            svg.Text(left - 8, y[value] + 4, label, "dim", "end");
        }
        double legend = right;
        foreach (var s in series.Reverse())
        {
            var kept = s.Points.Where(p => !isLogarithmic || p.Y > 0).ToArray();
            if (kept.Length == 0) continue;
            var points = Array.ConvertAll(kept, p => (x[p.X], y[p.Y]));
            svg.Curve(points, s.Style);
            if (s.HasDots)
                for (int i = 0; i < points.Length; i++)
                    svg.Dot(points[i].Item1, points[i].Item2, s.Style.Split(' ')[1], Invariant($"epoch {kept[i].X:0.##}: {s.Name} {kept[i].Y:G4}"));
            if (s.Name.Length == 0) continue;
            string text = s.HasDots ? Invariant($"{s.Name} {kept[^1].Y:0.0000}") : s.Name;
            // Text has the width of its reader's font; what is left over is a gap before the next key.
            legend -= 7.4 * text.Length;
            svg.Text(legend, box.Y + 24, text);
            svg.Line(legend - 28, box.Y + 20, legend - 6, box.Y + 20, s.Style);
            legend -= 40;
        }
    }

    /// <summary>Means of neighbours, so that a long run stays a small file.</summary>
    private static (double X, double Y)[] Thin((double X, double Y)[] points)
    {
        if (points.Length <= MaxPoints) return points;
        return [.. points.Chunk((points.Length + MaxPoints - 1) / MaxPoints).Select(c => (c.Average(p => p.X), c.Average(p => p.Y)))];
    }
}
