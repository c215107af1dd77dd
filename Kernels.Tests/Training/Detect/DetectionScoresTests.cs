using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Training.Tasks.Detect;
using Xunit;
using static FcnFromScratch.Kernels.Tests.Training.Detect.Scenes;

namespace FcnFromScratch.Kernels.Tests.Training.Detect;

/// <summary>The figures of a detector beside its average precision, and how they are told.</summary>
public sealed class DetectionScoresTests
{
    private static readonly string[] s_names = ["0", "1", "2"];

    /// <summary>
    /// As docs/average_precision.md has them: a box on its object and one that comes second, two that are moved, one on nothing; an object that is missed.
    /// </summary>
    internal static DetectedPicture[] FiveBoxes { get; } =
    [
        new(0, [Object(0, 10, 10, 20, 20), Object(0, 50, 50, 20, 20)],
            [Found(0, 0.95, 10, 10, 20, 20), Found(0, 0.9, 11, 10, 20, 20), Found(0, 0.7, 55, 50, 20, 20)]),
        new(1, [Object(0, 10, 40, 20, 20), Object(0, 60, 20, 20, 20)], [Found(0, 0.8, 12, 40, 20, 20), Found(0, 0.6, 40, 70, 20, 20)]),
    ];

    [Fact]
    public void Five_boxes_by_hand()
    {
        var scores = new DetectionScores(FiveBoxes, ["3"], loss: 0.25);
        // Right, wrong, right, right, wrong of four: precision 1 to recall ¼, ¾ to recall ¾. From IoU 0.65 on the fourth is wrong, from 0.85 the third.
        double loose = (26 + 50 * 0.75) / 101, middle = (26 + 25 * 2 / 3.0) / 101, strict = 26 / 101.0;
        double[] expected = [loose, loose, loose, middle, middle, middle, middle, strict, strict, strict];
        for (int i = 0; i < 10; i++) Assert.Equal(expected[i], scores.Evaluation.Precision(0, i), 12);
        Assert.Equal(loose, scores.Map50, 12);
        Assert.Equal((3 * loose + 4 * middle + 3 * strict) / 10, scores.Map, 12);
        Assert.Equal(new OperatingPoint(0.7, 0.75, 0.75, 0.75), scores.Together);
        Assert.Equal([scores.Together], scores.ByClass);
        Assert.Equal([scores.Map, scores.Map50, 0.75], scores.Metrics);
        Assert.Equal(new long[,] { { 3, 1 }, { 1, 0 } }, scores.Confusion);
        Assert.Equal(0, scores.SequencesRight);
        Assert.Equal([1L, 1, 1], new[] { MistakeKind.Duplicate, MistakeKind.Background, MistakeKind.Missed }.Select(scores.Mistakes.Count));
        Assert.Equal(76 / 101.0 - loose, scores.Mistakes.Cost(MistakeKind.Duplicate), 12);
        Assert.Equal(0, scores.Mistakes.Cost(MistakeKind.Background), 12);
        Assert.Equal((34 + 67 * 0.75) / 101 - loose, scores.Mistakes.Cost(MistakeKind.Missed), 12);
        // The surest box of a picture and class finds one object in each at IoU 0.5 to 0.8, and in the first alone beyond.
        Assert.Equal((7 * 0.5 + 3 * 0.25) / 10, scores.Evaluation.MeanRecall(1), 12);
    }

    /// <summary>Over every score that a threshold could be, with ties.</summary>
    [Fact]
    public void F1_is_best_at_its_threshold()
    {
        int none = 0;
        for (int seed = 0; seed < 300; seed++)
        {
            var scores = new DetectionScores(Random(new Random(seed), 3), s_names);
            for (int k = 0; k <= 3; k++)
            {
                (double Score, bool IsRight)[] ranked = [.. Enumerable.Range(0, 3).Where(c => k == 3 || c == k).SelectMany(scores.Evaluation.Ranked)];
                long positives = Enumerable.Range(0, 3).Where(c => k == 3 || c == k).Sum(c => scores.Evaluation.Positives(c));
                var best = ranked.Select(d => d.Score).Distinct()
                    .Select(t => (F1: 2.0 * ranked.Count(d => d.Score >= t && d.IsRight) / (positives + ranked.Count(d => d.Score >= t)), T: t))
                    .Where(at => at.F1 > 0).OrderByDescending(at => at).FirstOrDefault((F1: 0, T: double.NaN));
                if (positives == 0) best = (double.NaN, double.NaN);
                if (double.IsNaN(best.T)) none++;
                var told = k == 3 ? scores.Together : scores.ByClass[k];
                Assert.Equal(best, (told.F1, told.Threshold));
                if (!double.IsNaN(told.Threshold)) Assert.Equal(told.F1, 2 * told.Precision * told.Recall / (told.Precision + told.Recall), 12);
            }
            // At a threshold that was told.
            var at = new DetectionScores(scores.Pictures, s_names, threshold: 0.5).Together;
            if (scores.Objects > 0) Assert.True((at.Threshold, at.F1 <= scores.Together.F1) == (0.5, true));
        }
        Assert.InRange(none, 50, 900);
    }

    /// <summary>Place alone decides, the surest choose first, and the last row and column are the background.</summary>
    [Fact]
    public void A_confusion_matrix_of_boxes()
    {
        SceneObject[] truth = [Object(0, 0, 0, 20, 20), Object(1, 6, 0, 20, 20), Object(2, 60, 0, 20, 20), Object(2, 0, 60, 40, 40, isCrowd: true)];
        Detection[] found =
        [
            Found(0, 0.6, 0, 0, 20, 20), // would be right, but a surer one has taken its object; it still has a half in common with the 1
            Found(2, 0.9, 1, 0, 20, 20), // a 0 taken for 2
            Found(1, 0.8, 60, 30, 20, 20), // on nothing
            Found(0, 0.7, 0, 60, 20, 20), // in a crowd
            Found(2, 0.2, 60, 0, 20, 20), // not sure enough
            Found(1, 0.5, 90, 90, 0, 0), // on nothing, and nothing itself
        ];
        long[,] Count(double threshold) => BoxConfusion.Count([Picture(truth, found)], 3, threshold);
        Assert.Equal(new long[,] { { 0, 0, 1, 0 }, { 1, 0, 0, 0 }, { 0, 0, 0, 1 }, { 0, 2, 0, 0 } }, Count(0.5));
        Assert.Equal(new long[,] { { 0, 0, 0, 1 }, { 0, 0, 0, 1 }, { 0, 0, 0, 1 }, { 0, 0, 0, 0 } }, Count(double.NaN));
    }

    [Fact]
    public void A_sequence_is_right_where_all_is_found_and_nothing_invented()
    {
        SceneObject[] two = [Object(0, 0, 0, 20, 20), Object(1, 30, 0, 20, 20)];
        Detection zero = Found(0, 0.9, 0, 0, 20, 20), one = Found(1, 0.8, 31, 0, 20, 20);
        var scores = new DetectionScores(
        [
            Picture(two, zero, one), // right
            Picture(two, zero), // one is missing
            Picture(two, zero, one, Found(1, 0.8, 30, 0, 20, 20)), // one is there twice
            Picture(two, zero, one with { Class = 2 }), // taken for another
            Picture(two, zero, one with { Box = new Box(42, 0, 62, 20) }), // beside it
            Picture(two, zero, one, Found(2, 0.1, 60, 60, 20, 20)), // right: the third is not sure enough
            Picture([]), // right
            Picture([], Found(2, 0.7, 60, 60, 20, 20)), // nothing is there
            Picture([Object(0, 0, 0, 90, 90, isCrowd: true)], zero), // right
        ], s_names, threshold: 0.5);
        Assert.Equal([true, false, false, false, false, true, true, false, true],
            Enumerable.Range(0, 9).Select(p => scores.Tally(p) is { Wrong: 0, Missed: 0 }));
        Assert.Equal(4 / 9.0, scores.SequencesRight, 12);
        Assert.Equal((2, 1, 0), scores.Tally(2));
        Assert.Equal((1, 1, 1), scores.Tally(4));
        Assert.Equal([1, 2 / 3.0, 0.8, 0.5, 0.5, 1, 1, 0, 1], Enumerable.Range(0, 9).Select(scores.PictureF1));
    }

    /// <summary>Of pictures with one object each, found or not, the mean AP is nearly the share p that is found, whose error is √(p (1 − p) / n).</summary>
    [Fact]
    public void The_standard_error_is_that_of_a_share_where_AP_is_one()
    {
        const int n = 400;
        DetectedPicture Of(int i) => Picture([Object(0, 0, 0, 20, 20)], i % 5 == 0 ? [] : [Found(0, 0.9, 0, 0, 20, 20)]);
        var scores = new DetectionScores([.. Enumerable.Range(0, n).Select(Of)], ["a"]);
        Assert.Equal(0.8, scores.Map50, 0.01);
        Assert.InRange(scores.Errors.At50 / Math.Sqrt(0.8 * 0.2 / n), 0.85, 1.15);
        Assert.Equal(scores.Errors.At50, scores.Errors.AtAll, 12);
        Assert.Equal(scores.Errors, new DetectionScores(scores.Pictures, ["a"]).Errors);
        Assert.Equal((double.NaN, double.NaN), new DetectionScores([Of(1)], ["a"]).Errors);
        Assert.Equal((double.NaN, double.NaN), new DetectionScores([Picture([]), Picture([])], ["a"]).Errors);
    }

    [Fact]
    public void A_class_that_is_not_there_is_a_dash_and_null()
    {
        var scores = new DetectionScores([.. FiveBoxes], ["3", "none\u001b[31m"], loss: 0.25);
        Assert.Equal(
        [
            "class        objects  AP@.5  AP@.5:.95      F1  threshold",
            "3                  4 0.6287     0.4348  0.7500     0.7000",
            @"none\x1b[31m       0      –          –       –          –",
        ], scores.Lines.Take(3));
        Assert.Equal(scores.Headline, scores.Lines[3]);
        Assert.Matches(@"^mAP@\.5 0\.6287 ± 0\.\d{4}  mAP@\.5:\.95 0\.4348 ± 0\.\d{4}  F1 0\.7500 from a score of 0\.7000 on  "
            + @"\(4 objects in 2 pictures, 0\.00 % right as a whole\)$", scores.Headline);
        var json = scores.ToJson();
        Assert.Equal((2, 4L, 0.25), ((int)json["images"]!, (long)json["objects"]!, (double)json["loss"]!));
        Assert.Equal([scores.Map50, scores.Map, 0.75, 0.7], new[] { "map50", "map50_95", "f1_together", "threshold" }.Select(key => (double)json[key]!));
        foreach (string key in new[] { "ap50", "ap50_95", "f1", "f1_threshold" })
        {
            Assert.True((double)json[key]!["3"]! > 0);
            Assert.True(json[key]!.AsObject().ContainsKey("none\u001b[31m") && json[key]!["none\u001b[31m"] is null);
        }
        Assert.Equal("""{"1":0.425,"10":0.5,"100":0.5}""", json["average_recall"]!.ToJsonString());
        Assert.Equal("""{"objects":0,"map50_95":null,"average_recall":null}""", json["sizes"]!["large"]!.ToJsonString());
        Assert.Equal((4L, scores.Map), ((long)json["sizes"]!["small"]!["objects"]!, (double)json["sizes"]!["small"]!["map50_95"]!));
        Assert.Equal("[[3,0,1],[0,0,0],[1,0,0]]", json["confusion"]!.ToJsonString());
        Assert.Equal(["class", "place", "both", "duplicate", "background", "missed"], json["mistakes"]!.AsObject().Select(m => m.Key));
        var missed = json["mistakes"]!["missed"]!;
        Assert.Equal((1L, scores.Mistakes.Cost(MistakeKind.Missed)), ((long)missed["count"]!, (double)missed["cost"]!));

        // Nothing at all, and nothing found, are told too.
        var nothing = new DetectionScores([], ["3"]);
        Assert.Equal("mAP@.5 –  mAP@.5:.95 –  F1 – from a score of – on  (0 objects in 0 pictures, – right as a whole)", nothing.Headline);
        Assert.All(new[] { "map50", "map50_error", "map50_95", "threshold", "f1_together", "sequences_right", "false_negative_cost" },
            key => Assert.True(nothing.ToJson().ContainsKey(key) && nothing.ToJson()[key] is null, key));
        Assert.Contains("mAP@.5 0.0000 ± 0.0000  mAP@.5:.95 0.0000 ± 0.0000  F1 0.0000 from a score of – on",
            new DetectionScores([.. FiveBoxes.Select(p => p with { Found = [] })], ["3"]).Headline);
    }

    [Fact]
    public void Results_can_be_read_back()
    {
        using var folder = new TempFolder();
        var pictures = Random(new Random(9), 3);
        CocoResults.Write(folder["results.json"], pictures, position => 1000 + position, [7, 1, 90]);
        var read = JsonNode.Parse(File.ReadAllText(folder["results.json"]))!.AsArray();
        var written = pictures.SelectMany(p => p.Found.Select(d => (p.Position, d))).ToArray();
        Assert.True(written.Length > 10 && written.Length == read.Count);
        foreach (var (entry, (position, d)) in read.Zip(written))
        {
            Assert.Equal(["image_id", "category_id", "bbox", "score"], entry!.AsObject().Select(p => p.Key));
            Assert.Equal((1000 + position, new[] { 7, 1, 90 }[d.Class]), ((int)entry["image_id"]!, (int)entry["category_id"]!));
            Assert.Equal(d.Score, (double)entry["score"]!);
            Assert.Equal([d.Box.XMin, d.Box.YMin, d.Box.XMax - d.Box.XMin, d.Box.YMax - d.Box.YMin], entry["bbox"]!.AsArray().Select(n => (double)n!));
        }
        CocoResults.Write(folder["none.json"], [Picture([])], position => position, []);
        Assert.Equal("[]", File.ReadAllText(folder["none.json"]));
        Assert.Contains("there is no folder", Assert.Throws<DataException>(() => CocoResults.Write(folder["no/such.json"], [], p => p, [])).Message);
    }
}
