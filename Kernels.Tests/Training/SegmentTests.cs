using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Tasks.Segment;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Training;

/// <summary>The figures of segmentation, and the data that it opens.</summary>
public sealed class SegmentTests
{
    [Fact]
    public void Metrics_follow_their_definition()
    {
        var m = new SegmentationScores(new long[,] { { 6, 2, 0 }, { 1, 3, 1 }, { 0, 0, 10 } });
        Assert.Equal(6.0 / 9, m.Iou[0], 12);
        Assert.Equal(12.0 / 15, m.Dice[0], 12);
        Assert.Equal(3.0 / 7, m.Iou[1], 12);
        Assert.Equal((6.0 / 9 + 3.0 / 7) / 2, m.MeanIouDigits, 12);
        Assert.Equal(10.0 / 11, m.BackgroundIou, 12);
        Assert.Equal(19.0 / 23, m.PixelAccuracy, 12);
    }

    [Fact]
    public void The_best_of_a_metric_is_its_highest_or_its_lowest()
    {
        var (high, low) = (new Metric("accuracy", "accuracy"), new Metric("error", "error", HigherIsBetter: false));
        Assert.True(high.IsBetter(0.3, 0.2) && low.IsBetter(0.2, 0.3));
        Assert.False(high.IsBetter(0.2, 0.3) || low.IsBetter(0.3, 0.2) || high.IsBetter(0.3, 0.3) || low.IsBetter(0.3, 0.3));
        Assert.True(high.IsBetter(0, double.NaN) && low.IsBetter(1, double.NaN));
        Assert.False(high.IsBetter(double.NaN, 0) || low.IsBetter(double.NaN, 1));
    }

    [Fact]
    public void A_class_that_never_occurs_has_the_share_of_one_pixel()
    {
        using var device = new CpuDevice(1);
        var pictures = SmallRuns.Pictures;
        byte[] without7 = Array.ConvertAll(pictures.Labels, label => label == 7 ? (byte)SegmentationData.Background : label);
        var data = SmallRuns.Open(SmallRuns.Arguments(device), new SegmentationData("no 7", 64, 84, pictures.Images, without7));
        float[] prior = data.Settings.ClassPrior!;
        Assert.Equal(1f / (data.Split.Train.Length * 64 * 84 + 11), prior[7], 1e-12f);
        Assert.Equal(1, prior.Sum(), 5);
    }

    [Fact]
    public void No_digit_of_a_validation_or_test_image_is_composed_into_training()
    {
        using var device = new CpuDevice(1);
        var arguments = SmallRuns.Arguments(device).With(SegmentParameters.Augment, 0.5);
        int[]? held = null;
        var data = SmallRuns.Task.Open(SmallRuns.Pictures, "", arguments, (_, except) =>
        {
            held = [.. except.Order()];
            return ProceduralDigits.Source;
        });
        Assert.Equal(data.Split.Validation.Concat(data.Split.Test).Order(), held);
        Assert.Empty(held!.Intersect(data.Split.Train));
    }

    /// <summary>However much larger is asked for.</summary>
    [Fact]
    public void The_network_is_shown_no_larger_picture_than_is_read()
    {
        using var folder = new TempFolder();
        using var device = new CpuDevice(1);
        using var variables = new VariableStore(device, SmallRuns.Narrow.Network(1, training: false, SmallRuns.Task.Settings).Graph, seed: null);
        var arguments = new Arguments(SmallRuns.Task).With(SegmentParameters.Scale, 400);
        using var predictor = SmallRuns.Task.Predictor(SmallRuns.Narrow, SmallRuns.Task.Settings, variables, arguments);
        Png.Write(folder["a.png"], new Picture(40, 30, 1));
        long[] sides = [.. predictor.Sizes(InputPicture.Read(folder["a.png"], "no", keepGround: true)).Output.Select(side => (long)side)];
        Assert.InRange(sides[0] * sides[1], Picture.MostPixels / 1000 * 999, Picture.MostPixels);
        Assert.Equal(4 / 3.0, sides[1] / (double)sides[0], 3);
    }
}
