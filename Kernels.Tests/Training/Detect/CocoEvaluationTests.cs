using FcnFromScratch.Data;
using FcnFromScratch.Training.Tasks.Detect;
using Xunit;
using static FcnFromScratch.Kernels.Tests.Training.Detect.Scenes;

namespace FcnFromScratch.Kernels.Tests.Training.Detect;

/// <summary>Average precision and recall are those of COCO's definition.</summary>
public sealed class CocoEvaluationTests
{
    private const int Classes = 3;

    [Fact]
    public void A_second_evaluator_from_the_definition_agrees_on_a_thousand_cases()
    {
        int undefined = 0, ofCrowds = 0, beyond = 0, partial = 0;
        for (int seed = 0; seed < 1000; seed++)
        {
            var pictures = Random(new Random(seed), Classes);
            var evaluation = new CocoEvaluation(pictures, Classes);
            foreach (var size in Enum.GetValues<ObjectSize>())
            {
                var means = new List<(double Precision, double Recall1, double Recall10, double Recall100)>();
                for (int k = 0; k < Classes; k++)
                {
                    var byIou = new List<(double Precision, double Recall1, double Recall10, double Recall100)>();
                    for (int i = 0; i < PlainEvaluation.Ious.Length; i++)
                    {
                        var (precision, recall) = PlainEvaluation.Of(pictures, k, PlainEvaluation.Ious[i], (int)size, 100);
                        Same(precision, evaluation.Precision(k, i, size), $"seed {seed}, class {k}, IoU {PlainEvaluation.Ious[i]}, {size}");
                        byIou.Add((precision, PlainEvaluation.Of(pictures, k, PlainEvaluation.Ious[i], (int)size, 1).Recall,
                            PlainEvaluation.Of(pictures, k, PlainEvaluation.Ious[i], (int)size, 10).Recall, recall));
                        if (precision is > 0 and < 1) partial++;
                    }
                    if (double.IsNaN(byIou[0].Precision)) undefined++;
                    else means.AddRange(byIou);
                }
                Same(Mean(means.Select(m => m.Precision)), evaluation.MeanPrecision(size), $"seed {seed}, mAP, {size}");
                Same(Mean(means.Select(m => m.Recall1)), evaluation.MeanRecall(1, size), $"seed {seed}, recall of 1, {size}");
                Same(Mean(means.Select(m => m.Recall10)), evaluation.MeanRecall(10, size), $"seed {seed}, recall of 10, {size}");
                Same(Mean(means.Select(m => m.Recall100)), evaluation.MeanRecall(100, size), $"seed {seed}, recall of 100, {size}");
            }
            if (pictures.Any(p => p.Truth.Any(o => o.IsCrowd))) ofCrowds++;
            if (pictures.Any(p => p.Found.CountBy(d => d.Class).Any(c => c.Value > 100))) beyond++;
        }
        // The cases are such that all rules matter.
        Assert.True(undefined > 1000 && ofCrowds > 500 && beyond > 20 && partial > 20_000, $"{undefined}, {ofCrowds}, {beyond}, {partial}");
    }

    private static bool Near(double a, double b) => Math.Abs(a - b) <= 1e-12;

    private static double Mean(IEnumerable<double> figures) => figures.DefaultIfEmpty(double.NaN).Average();

    private static void Same(double expected, double actual, string where) =>
        Assert.True(Near(expected, actual) || (double.IsNaN(expected) && double.IsNaN(actual)), $"{where}: {actual} instead of {expected}");

    /// <summary>Each copy of a picture is one more picture, but for ties within one.</summary>
    [Fact]
    public void Weights_of_pictures_are_copies_of_them()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            DetectedPicture[] pictures =
                [.. Random(random, Classes).Select(p => p with { Found = [.. p.Found.Select((d, i) => d with { Score = d.Score + 1e-6 * i })] })];
            int[] times = [.. pictures.Select(_ => random.Next(3))];
            var (at50, atAll) = new CocoEvaluation(pictures, Classes).MeanPrecision(times);
            var copies = new CocoEvaluation([.. pictures.SelectMany((p, i) => Enumerable.Repeat(p, times[i]))], Classes);
            Same(copies.OverClasses(k => copies.Precision(k, 0)), at50, $"seed {seed}");
            Same(copies.MeanPrecision(), atAll, $"seed {seed}");
        }
    }

    [Fact]
    public void Nothing_found_is_0_and_nothing_to_find_is_no_number()
    {
        var evaluation = new CocoEvaluation([Picture([Object(0, 0, 0, 10, 10)], Found(1, 0.9, 0, 0, 10, 10)), Picture([])], 3);
        Assert.Equal([0, double.NaN, double.NaN], Enumerable.Range(0, 3).Select(k => evaluation.MeanPrecision(k)));
        Assert.Equal((0, 0), (evaluation.MeanPrecision(), evaluation.MeanRecall()));
        Assert.Equal([double.NaN, double.NaN], [evaluation.MeanPrecision(ObjectSize.Large), new CocoEvaluation([], 3).MeanRecall()]);
        Assert.Null(evaluation.Curve(1, 0));
        Assert.Equal(new double[101], evaluation.Curve(0, 0));
    }

    /// <summary>Two thirds of the first box are in the crowd, and it takes as many as come; half of a third one is.</summary>
    [Fact]
    public void Boxes_in_a_crowd_count_neither_way()
    {
        SceneObject[] truth = [Object(0, 0, 0, 10, 10), Object(0, 20, 0, 60, 10, isCrowd: true)];
        var detections = new[] { Found(0, 0.9, 15, 0, 15, 10), Found(0, 0.8, 40, 0, 10, 10), Found(0, 0.7, 75, 0, 10, 10), Found(0, 0.6, 0, 0, 10, 10) };
        var evaluation = new CocoEvaluation([Picture(truth, detections)], 1);
        Assert.Equal([Verdict.LeftOut, Verdict.LeftOut, Verdict.LeftOut, Verdict.Right], evaluation.Verdicts(0));
        Assert.Equal((1, 1), (evaluation.Positives(0), Math.Round(evaluation.Precision(0, 0), 12)));
        // From 0.55 on the third is wrong, from 0.7 on the first.
        Assert.Equal(0.5, evaluation.Precision(0, 1), 12);
        Assert.Equal(1 / 3.0, evaluation.Precision(0, 4), 12);
        // An object that counts comes before a crowd that fits better.
        var both = new CocoEvaluation([Picture([Object(0, 0, 0, 100, 10, isCrowd: true), Object(0, 0, 0, 10, 12)], Found(0, 0.5, 0, 0, 10, 10))], 1);
        Assert.Equal([Verdict.Right], both.Verdicts(0));
    }

    /// <summary>By the pixels of the object, and by the box of a detection that found none.</summary>
    [Fact]
    public void Objects_and_boxes_of_another_size_count_neither_way()
    {
        SceneObject[] truth = [new(new Box(0, 0, 40, 40), 0, 1000), Object(0, 100, 0, 32, 32), Object(0, 200, 0, 100, 100)];
        var detections = new[] { Found(0, 0.9, 0, 0, 40, 40), Found(0, 0.8, 100, 0, 32, 32), Found(0, 0.7, 0, 200, 20, 20), Found(0, 0.6, 200, 0, 100, 100) };
        var evaluation = new CocoEvaluation([Picture(truth, detections)], 1);
        // The second object lies on the bound, and so in both.
        Assert.Equal([3L, 2, 1, 1], Enum.GetValues<ObjectSize>().Select(size => evaluation.Positives(0, size)));
        // The third box is wrong for small objects, after both are found, and counts for no other size.
        Assert.Equal([(67 + 34 * 0.75) / 101, 1, 1, 1], Enum.GetValues<ObjectSize>().Select(size => evaluation.MeanPrecision(size)), Near);
        Assert.Equal([Verdict.Right, Verdict.Right, Verdict.Wrong, Verdict.Right], evaluation.Verdicts(0));
    }

    [Fact]
    public void The_hundred_surest_of_a_picture_and_class_are_looked_at()
    {
        Detection[] many = [.. Enumerable.Range(0, 100).Select(i => Found(0, 0.9 - i / 1000.0, 50, 50, 9, 9)), Found(0, 0.1, 0, 0, 10, 10)];
        var evaluation = new CocoEvaluation([Picture([Object(0, 0, 0, 10, 10)], many), Picture([Object(0, 0, 0, 10, 10)], many[1..])], 1);
        Assert.Equal([Verdict.LeftOut, Verdict.Right], [evaluation.Verdicts(0)[100], evaluation.Verdicts(1)[99]]);
        Assert.Equal([0, 0, 0.5], new[] { 1, 10, 100 }.Select(most => evaluation.MeanRecall(most)));
    }

    public static TheoryData<Box, int, double, string> Unusable => new()
    {
        { new Box(0, 0, double.NaN, 1), 0, 0.5, "XMax = NaN" }, { new Box(5, 0, 4, 1), 0, 0.5, "XMin = 5" },
        { new Box(0, 0, double.PositiveInfinity, 1), 0, 0.5, "Infinity" },
        { new Box(0, 0, 1, 1), 3, 0.5, "Class = 3" }, { new Box(0, 0, 1, 1), -1, 0.5, "Class = -1" }, { new Box(0, 0, 1, 1), 0, double.NaN, "NaN" },
    };

    [Theory]
    [MemberData(nameof(Unusable))]
    public void What_cannot_be_measured_is_refused(Box box, int k, double number, string named)
    {
        var asTruth = Assert.Throws<ArgumentException>(() => new CocoEvaluation([Picture([]), new(7, [new(box, k, number)], [])], Classes));
        Assert.Contains("picture 7 has an object that cannot be measured: ", asTruth.Message);
        var asFound = Assert.Throws<ArgumentException>(() => new CocoEvaluation([new(8, [], [new(box, k, number)])], Classes));
        Assert.Contains("picture 8 has a detection that cannot be measured: ", asFound.Message);
        Assert.All([asTruth.Message, asFound.Message], message => Assert.Contains(named, message));
    }
}
