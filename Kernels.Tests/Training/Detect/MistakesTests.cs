using FcnFromScratch.Data;
using FcnFromScratch.Training.Tasks.Detect;
using Xunit;
using static FcnFromScratch.Kernels.Tests.Training.Detect.Scenes;

namespace FcnFromScratch.Kernels.Tests.Training.Detect;

/// <summary>Mistakes are of the kinds that TIDE has, and cost what mending them gains.</summary>
public sealed class MistakesTests
{
    private static readonly SceneObject s_three = Object(0, 0, 0, 20, 20), s_eight = Object(1, 100, 0, 20, 20);

    private static Mistakes Of(SceneObject[] truth, params Detection[] found) => new(new CocoEvaluation([Picture(truth, found)], 2));

    private static void Made(Mistakes mistakes, params MistakeKind[] kinds) =>
        Assert.Equal(Enum.GetValues<MistakeKind>().Select(kind => kinds.LongCount(k => k == kind)), Enum.GetValues<MistakeKind>().Select(mistakes.Count));

    /// <summary>One mistake beside a right box: the kind, and how far the mean AP of two classes rises when it is mended.</summary>
    [Fact]
    public void Each_kind_by_itself()
    {
        SceneObject[] both = [s_three, s_eight];
        var right = Found(0, 0.5, 0, 0, 20, 20);
        // The 8 was read as a 3, surer than the 3: AP (½, 0), mended (1, 1).
        Costs(MistakeKind.Class, 0.75, Of(both, right, Found(0, 0.9, 100, 0, 20, 20)));
        // IoU 8 · 20 / (800 − 160) = ¼: AP (1, 0), mended (1, 1).
        Costs(MistakeKind.Place, 0.5, Of(both, right, Found(1, 0.9, 112, 0, 20, 20)));
        // An eighth of the 3's place in the way of it; the 8 is missed too, whose mending takes its class out of the mean: AP (½, 0), mended (½).
        var near = Of(both, right, Found(0, 0.9, 112, 0, 20, 20));
        Made(near, MistakeKind.Both, MistakeKind.Missed);
        Assert.Equal([0, 0, 0.25, 0, 0, 0.25], Enum.GetValues<MistakeKind>().Select(near.Cost));
        // Two boxes on the 3, the worse one surer, then a second 3 that stands behind them: AP 1 up to recall ½, then 2/3.
        SceneObject[] threes = [s_three, Object(0, 50, 0, 20, 20)];
        Costs(MistakeKind.Duplicate, 1 - (51 + 50 * 2 / 3.0) / 101,
            Of(threes, Found(0, 0.9, 2, 0, 20, 20), Found(0, 0.8, 0, 0, 20, 20), Found(0, 0.7, 50, 0, 20, 20)));
        // AP ½ and 1.
        Costs(MistakeKind.Background, 0.5, Of([s_three], right, Found(0, 0.9, 50, 50, 20, 20)));
        // AP 51/101 of the first class; both classes' objects are not asked for any more: 1 of one class.
        var missed = Of([.. threes, s_eight], right);
        Made(missed, MistakeKind.Missed, MistakeKind.Missed);
        Assert.Equal(1 - 51 / 202.0, missed.Cost(MistakeKind.Missed), 12);
        Assert.Equal((missed.Cost(MistakeKind.Missed), 0), (missed.FalseNegativeCost, missed.FalsePositiveCost));

        static void Costs(MistakeKind kind, double gain, Mistakes mistakes)
        {
            Made(mistakes, kind);
            Assert.All(Enum.GetValues<MistakeKind>(), k => Assert.Equal(k == kind ? gain : 0, mistakes.Cost(k), 12));
        }
    }

    /// <summary>At the bounds 0.1 and 0.5 of the IoU.</summary>
    [Theory]
    [InlineData(0, 6, nameof(MistakeKind.Duplicate))] // 14 / 26
    [InlineData(0, 7, nameof(MistakeKind.Place))] // 13 / 27
    [InlineData(0, 16, nameof(MistakeKind.Place))] // 4 / 36 = 0.11
    [InlineData(0, 17, nameof(MistakeKind.Background))] // 3 / 37 = 0.08
    [InlineData(1, 6, nameof(MistakeKind.Class))]
    [InlineData(1, 7, nameof(MistakeKind.Both))]
    [InlineData(1, 16, nameof(MistakeKind.Both))]
    [InlineData(1, 17, nameof(MistakeKind.Background))]
    public void The_IoU_decides(int k, int shift, string kind) =>
        Made(Of([s_three], Found(0, 0.9, 0, 0, 20, 20), Found(k, 0.8, shift, 0, 20, 20)), Enum.Parse<MistakeKind>(kind));

    /// <summary>A 3 and an 8 that overlap by a third. One box is on each; the third box lies on both.</summary>
    [Fact]
    public void Of_two_kinds_the_place_comes_before_the_class_and_the_class_before_the_duplicate()
    {
        SceneObject[] truth = [s_three, Object(1, 10, 0, 20, 20)];
        Detection[] right = [Found(0, 0.9, 0, 0, 20, 20), Found(1, 0.9, 10, 0, 20, 20)];
        Made(Of(truth, [.. right, Found(0, 0.5, 8, 0, 20, 20)]), MistakeKind.Place); // IoU 12/28 with the 3, 18/22 with the 8
        Made(Of(truth, [.. right, Found(0, 0.5, 5, 0, 20, 20)]), MistakeKind.Class); // 15/25 with both
    }

    /// <summary>An object can be mended once: by the surest box that could be its, whether of the wrong class or place; the rest is left out.</summary>
    [Fact]
    public void An_object_is_mended_by_the_surest()
    {
        var mistakes = Of([s_three], Found(1, 0.9, 0, 0, 20, 20), Found(0, 0.8, 12, 0, 20, 20), Found(1, 0.7, 0, 0, 20, 20));
        Made(mistakes, MistakeKind.Class, MistakeKind.Place, MistakeKind.Class);
        Assert.Equal([1, 0, 0, 0, 0, 0], Enum.GetValues<MistakeKind>().Select(mistakes.Cost));
        Assert.Equal((0, double.NaN), (mistakes.FalsePositiveCost, mistakes.FalseNegativeCost));
        // An object that is taken is not mended: of two 3s the second is found by nobody.
        var taken = Of([s_three], Found(0, 0.9, 0, 0, 20, 20), Found(1, 0.8, 0, 0, 20, 20));
        Made(taken, MistakeKind.Class);
        Assert.Equal(0, taken.Cost(MistakeKind.Class));
    }

    [Fact]
    public void What_lies_in_a_crowd_is_no_mistake_and_a_crowd_is_not_missed()
    {
        var mistakes = Of([s_three, Object(0, 100, 0, 50, 50, isCrowd: true)], Found(0, 0.9, 110, 0, 20, 20), Found(0, 0.8, 0, 0, 20, 20));
        Made(mistakes);
        Assert.All(Enum.GetValues<MistakeKind>(), kind => Assert.Equal(0, mistakes.Cost(kind)));
    }

    /// <summary>Whatever the case: mending costs nothing, all wrong boxes are of a kind, and what is right costs nothing to mend.</summary>
    [Fact]
    public void Kinds_add_up()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            var evaluation = new CocoEvaluation(Random(new Random(seed), 3), 3);
            var mistakes = new Mistakes(evaluation);
            int pictures = evaluation.Pictures.Count;
            Assert.Equal(Enumerable.Range(0, pictures).Sum(p => evaluation.Verdicts(p).Count(v => v == Verdict.Wrong)),
                Enum.GetValues<MistakeKind>().Where(kind => kind != MistakeKind.Missed).Sum(mistakes.Count));
            double[] costs = [.. Enum.GetValues<MistakeKind>().Select(mistakes.Cost), mistakes.FalsePositiveCost, mistakes.FalseNegativeCost];
            Assert.All(costs, cost => Assert.False(cost < -1e-12, $"seed {seed}: {cost}"));
            double map = evaluation.OverClasses(k => evaluation.Precision(k, 0));
            // Without wrong boxes what is left out of 1 is what was not found.
            double found = evaluation.OverClasses(k => evaluation.Positives(k) == 0 ? double.NaN
                : Enumerable.Range(0, 101).Count(i => i * 0.01 <= evaluation.Ranked(k).Count(d => d.IsRight) / (double)evaluation.Positives(k)) / 101.0
                    * (evaluation.Ranked(k).Any(d => d.IsRight) ? 1 : 0));
            Assert.True(double.IsNaN(map) || Math.Abs(mistakes.FalsePositiveCost - (found - map)) < 1e-12, $"seed {seed}");
        }
    }
}
