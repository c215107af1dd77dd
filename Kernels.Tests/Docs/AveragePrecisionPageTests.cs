using System.Globalization;
using FcnFromScratch.Kernels.Tests.Training.Detect;
using FcnFromScratch.Training.Tasks.Detect;
using Xunit;
using static System.FormattableString;

namespace FcnFromScratch.Kernels.Tests.Docs;

/// <summary>docs/average_precision.md derives its figures by hand from five boxes: the program finds the same of the boxes that the page prints.</summary>
public sealed class AveragePrecisionPageTests
{
    private static readonly string s_page = Page.At("docs/average_precision.md").Text.Replace("\r", "");

    private static DetectionScores Scores { get; } = new(Printed(), ["3"]);

    /// <summary>The cells of a table's rows.</summary>
    private static string[][] Table(string header)
    {
        int at = s_page.IndexOf($"| {header} |\n", StringComparison.Ordinal);
        Assert.True(at >= 0, $"there is no table '{header}'");
        return [.. s_page[at..].Split('\n').TakeWhile(line => line.StartsWith('|')).Skip(2)
            .Select(line => line.Trim('|').Split('|').Select(cell => cell.Trim()).ToArray())];
    }

    private static double Number(string cell) => double.Parse(cell.Split(' ')[0], CultureInfo.InvariantCulture);

    private static DetectedPicture[] Printed()
    {
        var truth = Table("picture | digit | x | y | width | height");
        var found = Table("picture | score | x | y | width | height | IoU | at 0.5 it is");
        return [.. Enumerable.Range(0, 2).Select(p => new DetectedPicture(p,
            [.. truth.Where(row => row[0] == $"{p}").Select(row => Scenes.Object(0, Number(row[2]), Number(row[3]), Number(row[4]), Number(row[5])))],
            [.. found.Where(row => row[0] == $"{p}").Select(row =>
                Scenes.Found(0, Number(row[1]), Number(row[2]), Number(row[3]), Number(row[4]), Number(row[5])))]))];
    }

    private static void Says(FormattableString text) => Assert.Contains(Invariant(text), s_page);

    [Fact]
    public void The_boxes_are_the_tests_own()
    {
        Assert.Equal(DetectionScoresTests.FiveBoxes.SelectMany(p => p.Truth), Printed().SelectMany(p => p.Truth));
        Assert.Equal(DetectionScoresTests.FiveBoxes.SelectMany(p => p.Found), Printed().SelectMany(p => p.Found));
    }

    [Fact]
    public void Overlaps_and_verdicts()
    {
        var truth = Table("picture | digit | x | y | width | height");
        foreach (string[] row in Table("picture | score | x | y | width | height | IoU | at 0.5 it is"))
        {
            var picture = Scores.Pictures[(int)Number(row[0])];
            var (d, place) = picture.Found.Select((d, i) => (d, i)).Single(found => found.d.Score == Number(row[1]));
            var (iou, digit) = picture.Truth.Select((o, i) => (d.Box.IoU(o.Box), truth.Where(t => t[0] == row[0]).ElementAt(i)[1])).Max();
            Assert.Equal(Invariant($"{iou:F3}{(iou > 0 ? $" with {digit}" : "")}"), row[6]);
            Assert.Equal($"{Scores.Evaluation.Verdicts(picture.Position)[place]}".ToLowerInvariant(), row[7]);
        }
    }

    [Fact]
    public void The_curve()
    {
        var rows = Table("boxes | right | recall | precision | the largest from here on");
        bool[] right = [.. Scores.Evaluation.Ranked(0).Select(d => d.IsRight)];
        double[] precisions = [.. right.Select((_, i) => right.Take(i + 1).Count(r => r) / (i + 1.0))];
        Assert.Equal(right.Length, rows.Length);
        for (int i = 0; i < rows.Length; i++)
        {
            int found = right.Take(i + 1).Count(r => r);
            Assert.Equal(Invariant($"{i + 1} {found} {found / 4.0:F2} {precisions[i]:F4} {precisions[i..].Max():F4}"), string.Join(' ', rows[i]));
        }
        double[] curve = Scores.Evaluation.Curve(0, 0)!;
        var levels = curve.CountBy(p => p).OrderByDescending(level => level.Key).Select(level => Invariant($"{level.Value} · {level.Key:0.##}"));
        Says($"AP = ({string.Join(" + ", levels)}) / 101 = {Scores.Map50:F4}\n");
        double area = Enumerable.Range(0, right.Length).Where(i => right[i]).Sum(i => 0.25 * precisions[i..].Max());
        double[] eleven = [.. Enumerable.Range(0, 11).Select(i => curve[10 * i])];
        Says($"0.25 · 1 + 0.5 · 0.75 = {area:F4}.");
        Says($"({eleven.Count(p => p == 1)} · 1 + {eleven.Count(p => p == 0.75)} · 0.75) / 11 = {eleven.Average():F4} of the same boxes");
        Says($"from a score of {Scores.Together.Threshold:F2} on three of four boxes are right and three of four digits found, F1 {Scores.Together.F1:F4}");
        Assert.Equal((0.75, 0.75), (Scores.Together.Precision, Scores.Together.Recall));
    }

    [Fact]
    public void The_mean_over_IoUs()
    {
        var rows = Table("IoU | right are | AP");
        var stated = rows.SelectMany(row => row[0].Split(", ").Select(iou => (Iou: iou, Ap: row[2])));
        Assert.Equal(Enumerable.Range(0, 10).Select(i => Invariant($"{CocoEvaluation.Ious[i]:0.##} {Scores.Evaluation.Precision(0, i):F4}")),
            stated.Select(s => $"{s.Iou} {s.Ap}"));
        // A box is right as long as its IoU is large enough, and it is not the one that came second.
        double[] ious = [.. Table("picture | score | x | y | width | height | IoU | at 0.5 it is").Select(row => row[7] == "right" ? Number(row[6]) : 0)];
        foreach (string[] row in rows)
            Assert.All(row[0].Split(", "), least =>
                Assert.Equal(row[1], string.Join(", ", Enumerable.Range(1, 5).Where(n => ious[n - 1] >= Number(least)))));
        Says($"mAP@.5:.95, {Scores.Map:F4}.");
        Says($"one pixel off has an IoU of {19 * 20 / (2 * 400 - 19 * 20.0):F3}.");
    }

    [Fact]
    public void Mistakes_and_what_they_cost()
    {
        Assert.Equal(Enum.GetValues<MistakeKind>().Select(Name), Table("kind | what it is | how it is mended").Select(row => row[0]));
        Assert.Equal(
            from kind in Enum.GetValues<MistakeKind>()
            let cost = Scores.Mistakes.Cost(kind)
            where Scores.Mistakes.Count(kind) > 0
            select Invariant($"{Name(kind)} {Scores.Mistakes.Count(kind)} {Scores.Map50 + cost:F4} {cost:F4}"),
            Table("kind | times | AP without it | cost").Select(row => string.Join(' ', row)));
        Says($"{Math.Round(101 * (Scores.Map50 + Scores.Mistakes.Cost(MistakeKind.Duplicate)))} / 101");

        static string Name(MistakeKind kind) => $"{kind}".ToLowerInvariant();
    }
}
