using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using FcnFromScratch.Training.Reports;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Training;

/// <summary>Charts put every figure where its axis says, in words beside it, on a wide screen and on a phone.</summary>
public sealed class ChartTests
{
    private static readonly Panel s_nothing = new("nothing", []);

    private static XElement Draw(Panel panel, double end, bool isNarrow = false)
    {
        var chart = new CurvesChart("label", end, panel, s_nothing, s_nothing);
        return XElement.Parse((isNarrow ? chart.DrawNarrow() : chart.Draw()).ToInline());
    }

    private static Panel Dots(AxisScale scale, params double[] figures) =>
        new("panel", [new("name", "curve blue", [.. figures.Select((figure, i) => (i + 1.0, figure))])], scale);

    private static IEnumerable<XElement> Elements(XElement svg, string name) => svg.Descendants().Where(e => e.Name.LocalName == name);

    private static double Number(XElement element, string name) => double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);

    /// <summary>Where the label of a tick stands.</summary>
    private static (double X, double Y) Label(XElement svg, string text, string anchor) =>
        Elements(svg, "text").First(e => e.Value == text && e.Attribute("text-anchor")?.Value == anchor) is var e ? (Number(e, "x"), Number(e, "y")) : default;

    /// <summary>At 390 pixels, where the page leaves 356 for a drawing.</summary>
    [Fact]
    public void Text_on_a_phone_has_eleven_pixels()
    {
        Assert.Equal(390 - 2 * 16 - 2, Svg.Narrow);
        var sizes = Regex.Matches(Svg.Style, @"([\d.]+)px").Select(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(4, sizes.Length);
        Assert.All(sizes, size => Assert.InRange(size, 11, 16));
    }

    [Theory]
    [InlineData(0, 10, AxisScale.Linear, "0 2 4 6 8 10")]
    [InlineData(0, 0.016, AxisScale.Linear, "0 0.005 0.01 0.015")]
    [InlineData(0.005, 0.5, AxisScale.Logarithmic, "0.005 0.01 0.02 0.05 0.1 0.2 0.5")]
    [InlineData(1e-6, 10, AxisScale.Logarithmic, "1e-6 1e-5 0.0001 0.001 0.01 0.1 1 10")]
    [InlineData(0, 0.98, AxisScale.TowardsOne, "0 0.5 0.8 0.9 0.95 0.98")]
    [InlineData(0, 0.99999, AxisScale.TowardsOne, "0 0.9 0.99 0.999 0.9999 0.99999")]
    [InlineData(3, 3, AxisScale.Linear, "3 3.2 3.4 3.6 3.8 4")]
    [InlineData(5, 5, AxisScale.Logarithmic, "5 10")]
    [InlineData(0.5, 0.5, AxisScale.TowardsOne, "0 0.5")]
    public void Ticks_are_round(double low, double high, AxisScale scale, string labels)
    {
        var axis = new Axis(low, high, 0, 100, scale);
        var ticks = axis.Ticks(6).ToArray();
        Assert.Equal(labels, string.Join(' ', ticks.Select(t => t.Label)));
        Assert.All(ticks, t => Assert.InRange(axis[t.Value], -1e-6, 100 + 1e-6));
    }

    [Fact]
    public void Values_lie_where_the_scale_puts_them()
    {
        Assert.Equal(25, new Axis(2, 6, 0, 100)[3], 9);
        Assert.Equal(75, new Axis(2, 6, 100, 0)[3], 9);
        var logarithmic = new Axis(0.01, 100, 0, 100, AxisScale.Logarithmic);
        Assert.Equal([0, 25, 50, 100], new[] { 0.01, 0.1, 1, 100 }.Select(v => Math.Round(logarithmic[v], 9)));
        var towardsOne = new Axis(0, 0.9999, 0, 100, AxisScale.TowardsOne);
        Assert.Equal([0, 25, 50, 75, 100, 100], new[] { 0, 0.9, 0.99, 0.999, 0.9999, 1 }.Select(v => Math.Round(towardsOne[v], 9)));
    }

    [Theory]
    [InlineData(AxisScale.Linear, new[] { 0.7, 0.3 }, "0", "1")]
    [InlineData(AxisScale.Logarithmic, new[] { 0.3, 0.03 }, "0.02", "0.5")]
    [InlineData(AxisScale.TowardsOne, new[] { 0.7, 0.943 }, "0.5", "0.95")]
    [InlineData(AxisScale.TowardsOne, new[] { 0.6, 0.9 }, "0.5", "0.9")]
    [InlineData(AxisScale.TowardsOne, new[] { 0.0, 1.0 }, "0", "1")]
    [InlineData(AxisScale.TowardsOne, new[] { 0.0, 0.99999, 1.0 }, "0", "1")]
    [InlineData(AxisScale.TowardsOne, new[] { 1.0, 1.0 }, "0", "1")]
    public void Axes_end_at_the_next_round_values(AxisScale scale, double[] figures, string low, string high)
    {
        foreach (bool isNarrow in new[] { false, true })
        {
            var svg = Draw(Dots(scale, figures), figures.Length, isNarrow);
            var axes = Elements(svg, "line").Where(e => e.Attribute("class")!.Value == "axis");
            double bottom = Number(axes.First(e => e.Attribute("y1")!.Value == e.Attribute("y2")!.Value), "y1");
            Assert.Equal(bottom, Label(svg, low, "end").Y - 4, 1);
            Assert.Equal(62, Label(svg, high, "end").Y - 4, 1);
            // 1 itself is drawn where the axis says 1, and nothing else is.
            Assert.All(Elements(svg, "circle").Zip(figures), dot => Assert.Equal(dot.Second == 1, high == "1" && Number(dot.First, "cy") == 62));
        }
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public void An_epochs_dot_is_over_its_epoch_and_beside_its_figure(bool isNarrow)
    {
        var svg = Draw(Dots(AxisScale.TowardsOne, 0.5, 0.8, 0.95, 0.9), end: 4, isNarrow);
        string[] figures = ["0.5", "0.8", "0.95", "0.9"];
        var dots = Elements(svg, "circle").ToArray();
        Assert.Equal(4, dots.Length);
        double begin = Label(svg, "0", "middle").X, end = Label(svg, "4", "middle").X;
        var line = Elements(svg, "polyline").Single().Attribute("points")!.Value.Split(' ');
        for (int i = 0; i < dots.Length; i++)
        {
            Assert.Equal(begin + (end - begin) * (i + 1) / 4, Number(dots[i], "cx"), 0.1);
            Assert.Equal(Label(svg, figures[i], "end").Y - 4, Number(dots[i], "cy"), 1);
            Assert.Equal($"{dots[i].Attribute("cx")!.Value},{dots[i].Attribute("cy")!.Value}", line[i]);
        }
    }

    [Fact]
    public void An_epochs_strip_tells_all_its_figures_and_holds_its_dot()
    {
        var first = Dots(AxisScale.Linear, 0.25, 0.5, 0.125).Curves[0];
        var panel = new Panel("panel", [first, new("other", "curve orange", [(1, 3), (2, double.NaN), (3, 2)])]);
        var svg = Draw(panel, end: 3);
        var spots = Elements(svg, "g").ToArray();
        Assert.Equal(["epoch 1: name 0.25, other 3", "epoch 2: name 0.5", "epoch 3: name 0.125, other 2"], spots.Select(s => s.Value.Trim()));
        Assert.All(spots, s => Assert.Equal("0", s.Attribute("tabindex")!.Value));
        var strips = spots.Select(s => Elements(s, "rect").Single()).Select(r => (From: Number(r, "x"), To: Number(r, "x") + Number(r, "width"))).ToArray();
        var dots = Elements(svg, "circle").Take(3).Select(dot => Number(dot, "cx")).ToArray();
        for (int i = 0; i < 3; i++)
        {
            Assert.InRange(dots[i], strips[i].From, strips[i].To + 0.1);
            if (i > 0) Assert.Equal(strips[i - 1].To, strips[i].From, 0.2);
        }
    }

    [Fact]
    public void A_long_run_is_thinned_to_means_of_neighbours_from_its_beginning_to_its_end()
    {
        // 480 points at most: of 1000, threes. A saw-tooth about a ramp stays within a third of it.
        var curve = new Curve("", "faint blue", [.. Enumerable.Range(0, 1000).Select(i => (i / 100.0, i + (i % 2 == 0 ? 1.0 : -1.0)))], HasDots: false);
        var svg = Draw(new("panel", [curve]), end: 10);
        var points = Elements(svg, "polyline").Single().Attribute("points")!.Value.Split(' ')
            .Select(point => point.Split(',').Select(n => double.Parse(n, CultureInfo.InvariantCulture)).ToArray()).ToArray();
        Assert.Equal(334, points.Length);
        double left = Label(svg, "0", "middle").X, right = Label(svg, "10", "middle").X;
        double low = Label(svg, "0", "end").Y - 4, high = Label(svg, "1000", "end").Y - 4;
        for (int i = 0; i < points.Length - 1; i++)
        {
            double mean = 3 * i + 1;
            Assert.Equal(left + (right - left) * mean / 1000, points[i][0], 0.11);
            Assert.Equal(low + (high - low) * (mean + (i % 2 == 0 ? 1 / 3.0 : -1 / 3.0)) / 1000, points[i][1], 0.11);
        }
        Assert.Equal(480, Elements(Draw(new("panel", [curve with { Points = [.. curve.Points.Take(480)] }]), end: 10), "polyline").Single()
            .Attribute("points")!.Value.Split(' ').Length);
        // What has dots is never thinned.
        Assert.Equal(1000, Elements(Draw(new("panel", [curve with { HasDots = true }]), end: 10), "circle").Count());
    }

    /// <summary>A tenth of a per cent is the least that is told.</summary>
    [Theory]
    [InlineData(4, "·", "< 0.1 %"), InlineData(5, "0.1", "0.1 %"), InlineData(30, "0.3", "0.3 %"), InlineData(49, "0.5", "0.5 %")]
    [InlineData(1234, "12.3", "12.3 %"), InlineData(10_000, "100", "100.0 %")]
    public void A_small_share_is_told_on_a_phone_as_on_a_wide_screen(int count, string narrow, string wide)
    {
        var chart = new ConfusionChart(new long[,] { { 10_000 - count, count }, { 1, 1 } }, ["a", "b"], "pixels");
        Assert.Contains(narrow, Elements(XElement.Parse(chart.DrawNarrow().ToInline()), "text").Select(e => e.Value));
        Assert.Equal(wide, ConfusionChart.Percent(chart.Share(0, 1)));
    }

    [Fact]
    public void A_table_of_the_confusion_matrix_keeps_names_whole() => Assert.Equal(
        "truth\\prediction,\"a, b\",\"say \"\"c\"\"\"\n\"a, b\",1,2\n\"say \"\"c\"\"\",3,4\n",
        new ConfusionChart(new long[,] { { 1, 2 }, { 3, 4 } }, ["a, b", "say \"c\""], "boxes").Csv());

    [Theory]
    [InlineData(false), InlineData(true)]
    public void A_long_name_is_cut_where_it_stands_and_told_whole(bool isNarrow)
    {
        var chart = new ConfusionChart(new long[,] { { 1, 2 }, { 3, 4 } }, ["background", "background noise"], "boxes");
        var svg = XElement.Parse((isNarrow ? chart.DrawNarrow() : chart.Draw()).ToInline());
        string[] names = [.. Elements(svg, "text").Select(e => e.Value).Where(text => text.StartsWith("backg"))];
        Assert.Equal(["background", "background", "backgroun…", "backgroun…"], names.Where(name => name.Length <= 10).Order(StringComparer.Ordinal));
        Assert.Contains("background noise predicted as background: 3 boxes, 42.9 % of the row", names);
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public void The_diagonal_of_the_confusion_matrix_is_right_and_all_else_wrong(bool isNarrow)
    {
        var chart = new ConfusionChart(new long[,] { { 70, 20, 10 }, { 0, 5, 0 }, { 1, 0, 9999 } }, ["a", "b", "rest"], "pixels");
        var svg = XElement.Parse((isNarrow ? chart.DrawNarrow() : chart.Draw()).ToInline());
        var cells = Elements(svg, "rect").Where(e => e.Attribute("class") is not null).ToArray();
        Assert.Equal(9, cells.Length);
        for (int i = 0; i < 9; i++)
        {
            Assert.Equal(i / 3 == i % 3 ? "right" : "wrong", cells[i].Attribute("class")!.Value);
            // A row is a class of the truth, a column one of the prediction.
            Assert.Equal(Number(cells[i % 3], "x"), Number(cells[i], "x"));
            Assert.Equal(Number(cells[i / 3 * 3], "y"), Number(cells[i], "y"));
        }
        Assert.True(Number(cells[1], "x") > Number(cells[0], "x") && Number(cells[3], "y") > Number(cells[0], "y"));
        double[] tints = [.. cells.Select(cell => Number(cell, "fill-opacity"))];
        Assert.True(tints[0] > tints[1] && tints[1] > tints[2] && tints[2] > tints[6] && tints[6] > tints[3]);

        var spots = Elements(svg, "g").ToArray();
        Assert.Equal("a predicted as b: 20 pixels, 20.0 % of the row", spots[1].Value.Trim());
        Assert.Equal("rest predicted as a: 1 pixels, < 0.1 % of the row", spots[6].Value.Trim());
        Assert.Equal(Number(cells[5], "x"), Number(Elements(spots[5], "rect").Single(), "x"), 1.0);
        string[] texts = [.. Elements(svg, "text").Select(e => e.Value)];
        Assert.All(isNarrow ? ["70", "20", "10", "100", "·"] : new[] { "70.0 %", "20.0 %", "10.0 %", "< 0.1 %", "9,999" }, t => Assert.Contains(t, texts));
    }
}
