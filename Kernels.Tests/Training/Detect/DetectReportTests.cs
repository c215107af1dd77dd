using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using FcnFromScratch.Data;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Reports;
using FcnFromScratch.Training.Tasks.Detect;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Training.Detect;

/// <summary>What a person reads of a detector's figures.</summary>
public sealed partial class DetectReportTests
{
    private static readonly string[] s_names = ["0", "1", "a name with <, and many letters", "never there"];

    /// <summary>Many small cases make one that has all there is.</summary>
    private static DetectionScores Made { get; } = new(
        [.. Enumerable.Range(0, 60).SelectMany(seed => Scenes.Random(new Random(seed), 3)).Where(p => p.Found.Count < 20)], s_names, loss: 0.125);

    [Fact]
    public void Approved_sections()
    {
        var report = new DetectReport(Made).Of();
        Assert.Equal(DetectReport.Files, report.Files.Select(f => f.Name));
        Assert.Equal(Made.Map50.ToString("F4", CultureInfo.InvariantCulture), report.Headline);
        var page = new Page("boxes", "made up");
        page.Headline(report.Headline, report.PlusMinus);
        page.Lead(report.Meaning);
        page.Cards(report.Cards);
        foreach (var section in report.Sections) page.Section(section);
        string html = page.End();
        XDocument.Parse(html.Replace("<!DOCTYPE html>", ""));
        Approved.Text("detect.html", Drawing().Replace(Style().Replace(html, "<style>…</style>"), "$1…</svg>"));
        Approved.Text("pr_curve.svg", Encoding.UTF8.GetString(report.Files[0].Content));
        Approved.Text("pr_curve-narrow.svg", new PrecisionRecallChart(Made).DrawNarrow().ToFile());
    }

    /// <summary>An evaluation of nothing has a page too, without a figure.</summary>
    [Fact]
    public void Nothing_is_dashes()
    {
        var report = new DetectReport(new DetectionScores([], ["0", "1"])).Of();
        Assert.Equal(("–", ""), (report.Headline, report.PlusMinus));
        Assert.Equal(["–", "–", "–", "–"], report.Cards.Select(card => card.Value));
        string all = string.Concat(report.Sections.Select(s => s.Content)) + Encoding.UTF8.GetString(report.Files[0].Content);
        Assert.Contains("not there", all);
        Assert.DoesNotContain("NaN", all);
    }

    /// <summary>Of twelve pictures with twelve objects each, more of them found from picture to picture.</summary>
    [Fact]
    public void Pictures_are_shown_from_the_worst_to_the_best()
    {
        var samples = SceneSource.Fixed(ProceduralDigits.Source, new SceneOptions(), [.. Enumerable.Range(0, 12)], 5, 1);
        SceneObject[] truth = [.. Enumerable.Range(0, 12).Select(i => Scenes.Object(0, 8 * i, 0, 6, 9))];
        DetectedPicture Of(int position, int found) =>
            new(position, truth, [.. truth.Take(found).Select(o => new Detection(o.Box, 0, 0.9))]);
        string[] Shown(params DetectedPicture[] pictures) => [.. Regex.Matches(
            new DetectionGallery(new DetectionScores(pictures, ["0"]), samples).Section.Content, @"<h3>.*(?=</h3>)|\d+ found").Select(m => m.Value)];
        Assert.Equal(
        [
            "<h3>The 3 worst", "0 found", "1 found", "2 found", "<h3>The 3 about the median", "4 found", "5 found", "6 found",
            "<h3>The 3 best", "9 found", "10 found", "11 found",
        ], Shown([.. Enumerable.Range(0, 12).Select(p => Of(p, p * 7 % 12))]));
        Assert.Equal(["<h3>From the worst to the best", "2 found", "7 found"], Shown(Of(0, 7), Of(1, 2)));
    }

    [Fact]
    public void A_box_is_drawn_around_what_it_is_about()
    {
        var drawn = DetectionPicture.Draw(new Picture(50, 40, 1, new byte[2000]), [Scenes.Found(3, 0.9, 10, 5, 20, 30)], SceneSource.DigitNames);
        // Six times as large, with room for labels above; a label begins where its box does.
        int room = drawn.Height - 240;
        Assert.Equal(300, drawn.Width);
        var (r, g, b) = Palette.Of(3);
        (int X, int Y)[] coloured = [.. Enumerable.Range(0, 300 * drawn.Height).Where(i => drawn.Pixels.AsSpan(3 * i, 3).SequenceEqual([r, g, b]))
            .Select(i => (i % 300, i / 300))];
        Assert.Equal((59, 30, room + 35 * 6), (coloured.Min(p => p.X), coloured.Min(p => p.Y), coloured.Max(p => p.Y)));
        Assert.Equal((59, 180), (coloured.Where(p => p.Y == room + 120).Min(p => p.X), coloured.Where(p => p.Y == room + 120).Max(p => p.X)));
    }

    /// <summary>What is found, but not surely enough to count, is missed in words and in the drawing.</summary>
    [Fact]
    public void What_does_not_count_is_framed_as_missed()
    {
        var samples = SceneSource.Fixed(ProceduralDigits.Source, new SceneOptions(), [0], 5, 1);
        DetectedPicture[] pictures =
            [new(0, [Scenes.Object(3, 5, 5, 20, 30), Scenes.Object(4, 50, 5, 20, 30)], [Scenes.Found(3, 0.3, 5, 5, 20, 30)])];
        (string Words, int Red) Drawn(double threshold)
        {
            var drawn = new DrawnDetections(new DetectionScores(pictures, SceneSource.DigitNames, threshold: threshold), samples);
            byte[] pixels = drawn.Draw(0).Pixels;
            var (r, g, b) = Palette.Wrong;
            return (drawn.Words(0), Enumerable.Range(0, pixels.Length / 3).Count(i => pixels.AsSpan(3 * i, 3).SequenceEqual([r, g, b])));
        }

        var (one, two) = (Drawn(0.2), Drawn(0.7));
        Assert.Equal(("1 found, 0 wrong, 1 missed", "0 found, 0 wrong, 2 missed"), (one.Words, two.Words));
        Assert.InRange((double)two.Red / one.Red, 1.9, 2.1);
    }

    /// <summary>Five boxes: precision 1 up to recall ¼ and ¾ up to ¾ at IoU 0.5, 2/3 up to ½ at 0.75, none beyond ¼ at 0.9.</summary>
    [Theory]
    [InlineData(false), InlineData(true)]
    public void Curves_lie_where_the_axes_say(bool isNarrow)
    {
        var chart = new PrecisionRecallChart(new DetectionScores(DetectionScoresTests.FiveBoxes, ["3"]));
        var svg = XElement.Parse((isNarrow ? chart.DrawNarrow() : chart.Draw()).ToInline());
        double At(string label, string anchor, string side) =>
            Number(Elements(svg, "text").First(e => e.Value == label && e.Attribute("text-anchor")!.Value == anchor), side);
        double left = At("0", "middle", "x"), right = At("1", "middle", "x"), bottom = At("0", "end", "y") - 4, top = At("1", "end", "y") - 4;
        (string Colour, (double, double)[] Corners)[] expected =
        [
            ("green", [(0, 1), (0.25, 1), (0.26, 0), (1, 0)]), ("orange", [(0, 1), (0.25, 1), (0.26, 2 / 3.0), (0.5, 2 / 3.0), (0.51, 0), (1, 0)]),
            ("blue", [(0, 1), (0.25, 1), (0.26, 0.75), (0.75, 0.75), (0.76, 0), (1, 0)]),
        ];
        var curves = Elements(svg, "polyline").ToArray();
        // One class is the mean of the classes, and is not drawn twice.
        Assert.Equal(expected.Select(e => $"curve {e.Colour}"), curves.Select(c => c.Attribute("class")!.Value));
        foreach (var (curve, (_, corners)) in curves.Zip(expected))
        {
            var points = curve.Attribute("points")!.Value.Split(' ')
                .Select(p => p.Split(',').Select(n => double.Parse(n, CultureInfo.InvariantCulture)).ToArray()).ToArray();
            Assert.Equal(corners.Length, points.Length);
            foreach (var (point, (recall, precision)) in points.Zip(corners))
            {
                Assert.Equal(left + (right - left) * recall, point[0], 0.11);
                Assert.Equal(bottom + (top - bottom) * precision, point[1], 0.11);
            }
        }
        string[] spots = [.. Elements(svg, "g").Select(g => g.Value.Trim())];
        Assert.Equal(11, spots.Length);
        Assert.Equal("recall 0.3: 0.7500 (0.5), 0.6667 (0.75), 0.0000 (0.9)", spots[3]);
        Assert.Contains("0.5: 0.6287", Elements(svg, "text").Select(e => e.Value));
    }

    private static IEnumerable<XElement> Elements(XElement svg, string name) => svg.Descendants().Where(e => e.Name.LocalName == name);

    private static double Number(XElement element, string name) => double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex("<style>.*?</style>", RegexOptions.Singleline)]
    private static partial Regex Style();

    [GeneratedRegex("(<svg [^>]*>).*?</svg>", RegexOptions.Singleline)]
    private static partial Regex Drawing();
}
