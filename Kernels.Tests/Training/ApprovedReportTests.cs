using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FcnFromScratch.Data;
using FcnFromScratch.Kernels.Tests.Data;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Reports;
using FcnFromScratch.Training.Tasks.Segment;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Training;

/// <summary>What a person reads after a run, as a whole: pages and charts of made-up runs, to be looked at by somebody whenever they change.</summary>
public sealed partial class ApprovedReportTests
{
    private const int Background = SegmentationData.Background;

    /// <summary>Twelve pictures of a digit each, but for the 5: some of its ink is taken for another digit or left out, and some ground for ink.</summary>
    private static SegmentationScores Test { get; } = ReportTests.Pooled([.. Enumerable.Range(0, 12).Select(i =>
    {
        var counts = new long[11, 11];
        int digit = Digit(i);
        (counts[digit, digit], counts[digit, (digit + 1 + i % 8) % 10], counts[digit, Background]) = (2000 - 30 * i, 7 * i + 1, 40 + i * i);
        (counts[Background, digit], counts[Background, (digit + 3) % 10], counts[Background, Background]) = (50 - i, i / 4, 50_000);
        return new SegmentationScores(counts);
    })]);

    private static int Digit(int picture) => picture % 10 is var digit && digit == 5 ? 8 : digit;

    private static RunReport Run => new()
    {
        Report = new JsonObject
        {
            ["model"] = "fcn8-fine", ["parameters"] = 9_062_073, ["dataset"] = "M2NIST", ["device"] = "cpu", ["device_description"] = "a machine made up",
            ["complete"] = true, ["stopped_early"] = false, ["epochs"] = 4, ["steps"] = 40, ["best_epoch"] = 3, ["wall_seconds"] = 3723.5,
            ["images_per_second"] = 70.25, ["split"] = new JsonObject { ["train"] = new JsonArray([.. Enumerable.Range(0, 160).Select(i => (JsonNode)i)]) },
        },
        Arguments = new JsonObject
        {
            ["command"] = "fcn train --data 'my data' --epochs 3", ["data"] = "my data", ["split"] = "reference", ["seed"] = 7, ["batch"] = 16, ["steps"] = 0,
            ["extend"] = new JsonArray(1),
        },
        Task = new SegmentTask(),
        Epochs =
        [
            new(1, 912.5, 0.31, 0.12, [0.412, 0.55], 0.0064, 70.1), new(2, 905, 0.08, 0.05, [0.861, 0.925], 0.016, 71),
            new(3, 901.25, 0.03, 0.025, [0.9342, 0.966], 0.006, 70.4), new(4, 902, 0.029, 0.026, [0.931, 0.9642], 6.4e-8, 69.5),
        ],
        Steps = [.. Enumerable.Range(1, 40).Select(s => new StepResult(s, 0.4 / s + 0.01 * (s % 3), 0.016 * Math.Min(s, 41 - s) / 20))],
        StepsPerEpoch = 10,
        Test = new SegmentReport(Test).Of(Enumerable.Range(0, 12).ToDictionary(i => i, i => ReportTests.Picture(i, Digit(i), i % 6))),
    };

    [Fact]
    public void Page_of_a_run()
    {
        using var folder = Write(Run);
        Approved.Text("report.html", Page(folder));
        foreach (string file in new[] { "curves.svg", "confusion_matrix.svg", "confusion_matrix.csv" }) Approved.Text(file, File.ReadAllText(folder[file]));
    }

    [Fact]
    public void Page_of_a_run_that_was_stopped()
    {
        var run = Run with { Test = null, Epochs = [Run.Epochs[0]], Steps = [.. Run.Steps.Take(13)] };
        (run.Report["complete"], run.Report["epochs"], run.Report["steps"], run.Report["best_epoch"]) = (false, 1, 13, 1);
        run.Arguments["extend"] = new JsonArray();
        using var folder = Write(run);
        Approved.Text("report-stopped.html", WithoutStyle(Page(folder)));
    }

    [Fact]
    public void Page_of_a_run_that_ended_within_an_epoch()
    {
        var unmeasured = new EpochResult(1, 2.5, 0.31, double.NaN, [double.NaN, double.NaN], 0.01, 19.2);
        var run = Run with { Test = null, Epochs = [unmeasured], Steps = [.. Run.Steps.Take(3)] };
        (run.Report["epochs"], run.Report["steps"], run.Report["best_epoch"]) = (1, 3, 1);
        (run.Arguments["command"], run.Arguments["steps"], run.Arguments["extend"]) = ("fcn train --steps 3 --no-eval", 3, new JsonArray());
        using var folder = Write(run);
        Approved.Text("report-steps.html", WithoutStyle(Page(folder)));
    }

    [Fact]
    public void Drawings_on_a_phone()
    {
        Approved.Text("curves-narrow.svg", Run.Curves().DrawNarrow().ToFile());
        Approved.Text("confusion_matrix-narrow.svg", new ConfusionChart(Test.Counts, SegmentationScores.ClassNames, "pixels").DrawNarrow().ToFile());
    }

    private static TempFolder Write(RunReport run)
    {
        var folder = new TempFolder();
        run.Write($"{folder}");
        return folder;
    }

    /// <summary>
    /// Without what differs from machine to machine: where the folder is, and how a picture's pixels are packed. The drawings have files of their own.
    /// </summary>
    private static string Page(TempFolder folder)
    {
        string page = File.ReadAllText(folder["report.html"]).Replace($"{folder}", "runs/segment/made-up");
        return Drawing().Replace(Picture().Replace(page, match =>
        {
            var picture = PngTests.Decode(Convert.FromBase64String(match.Groups[1].Value));
            return $"{picture.Width}×{picture.Height} pixels, SHA-256 {ContentHash.Of(picture.Pixels)}";
        }), "$1…</svg>");
    }

    /// <summary>All pages have the style of the first.</summary>
    private static string WithoutStyle(string page)
    {
        Assert.Single(Style().Matches(page));
        return Style().Replace(page, "<style>…</style>");
    }

    [GeneratedRegex("<style>.*?</style>", RegexOptions.Singleline)]
    private static partial Regex Style();

    [GeneratedRegex("data:image/png;base64,([^\"]+)")]
    private static partial Regex Picture();

    [GeneratedRegex("(<svg [^>]*>).*?</svg>", RegexOptions.Singleline)]
    private static partial Regex Drawing();
}
