using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Tasks.Classify;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Training;

/// <summary>What a run is told, and what is chosen for it where it is not.</summary>
public sealed class ArgumentsTests
{
    [Theory]
    [InlineData(1, 5), InlineData(2, 10), InlineData(64, 10)]
    public void A_run_on_the_CPU_has_as_many_epochs_as_the_threads_that_it_is_given_allow(int threads, int epochs)
    {
        using var device = new CpuDevice(2);
        Assert.Equal(epochs, new Arguments(SmallRuns.Task).On(device).With(Parameters.Threads, threads).Get(Parameters.Epochs));
    }

    [Theory]
    [InlineData(1, 0.016), InlineData(10, 0.016), InlineData(11, 0.006), InlineData(30, 0.006)]
    public void The_rate_that_was_not_asked_for_is_the_high_one_up_to_10_epochs(int epochs, double rate)
    {
        using var device = new CpuDevice(1);
        Assert.Equal(rate, SmallRuns.Arguments(device).With(Parameters.Epochs, epochs).Get(Parameters.LearningRate));
    }

    [Theory]
    [InlineData("lr"), InlineData("epochs"), InlineData("augment"), InlineData("batch"), InlineData("model"), InlineData("no-eval")]
    public void An_argument_that_a_run_cannot_do_without_is_not_null(string key)
    {
        using var device = new CpuDevice(1);
        var json = SmallRuns.Arguments(device).ToJson();
        Arguments.FromJson(json, "args.json", [SmallRuns.Task]);
        json[key] = null;
        Assert.Contains($"'{key}' is null; it must be ",
            Assert.Throws<DataException>(() => Arguments.FromJson(json, "args.json", [SmallRuns.Task])).Message);
    }

    /// <summary>Segmentation goes on without one, as it was begun; what reads digits would choose one today, and is asked.</summary>
    [Fact]
    public void A_run_older_than_the_average_has_none_or_must_say_so()
    {
        using var device = new CpuDevice(1);
        JsonObject segment = SmallRuns.Arguments(device).ToJson(), classify = new Arguments(new ClassifyTask()).On(device).ToJson();
        segment.Remove("average");
        classify.Remove("average");
        Assert.Equal(0, Arguments.FromJson(segment, "args.json", [SmallRuns.Task]).Get(Parameters.Average));
        Assert.Contains("'average' is missing", Assert.Throws<DataException>(() => Arguments.FromJson(classify, "args.json", [new ClassifyTask()])).Message);
    }

    /// <summary>Digits were read before there were vector machines: such runs go on, and are told nothing of them.</summary>
    [Fact]
    public void A_run_older_than_an_option_goes_on_without_it()
    {
        using var device = new CpuDevice(1);
        var json = new Arguments(new ClassifyTask()).On(device).ToJson();
        foreach (string newer in new[] { "deskew", "c", "gamma", "virtual", "tolerance", "iterations" }) Assert.True(json.Remove(newer));
        var arguments = Arguments.FromJson(json, "args.json", [new ClassifyTask()]);
        Assert.False(arguments.Get(ClassifyParameters.Deskew));
        Assert.Equal(10, arguments.Get(ClassifyParameters.C));
    }

    [Theory]
    [InlineData("3", "3"), InlineData("0.6..1.4", "0.6..1.4"), InlineData("1e-1..2", "0.1..2"), InlineData("2..2", "2")]
    public void A_range_is_kept_as_it_is_typed(string text, string kept)
    {
        var range = new RangeParameter<double>("scale", 0, 4, "");
        var json = range.ToJson(range.Parse(text));
        Assert.Equal(kept, (string?)json);
        Assert.Equal(range.Parse(text), range.FromJson(json!));
        Assert.Null(range.FromJson(JsonValue.Create(3)));
        Assert.Null(range.FromJson(JsonValue.Create("3..1")));
    }

    [Fact]
    public void A_size_is_a_side_or_two()
    {
        var size = new SizeParameter("canvas", 8, 999, "");
        Assert.Equal(new CanvasSize(100, 100), size.Parse("100"));
        Assert.Equal(new CanvasSize(320, 240), size.Parse("320x240"));
        Assert.All(["320x240", "64"], text => Assert.Equal(text, (string?)size.ToJson(size.FromJson(JsonValue.Create(text)!))));
        Assert.All(["", "x", "7", "1000", "320x", "x240", "320x240x3", "3.5", "-9x20", "320 x 240"], text => Assert.Null(size.Parse(text)));
    }

    [Fact]
    public void A_switch_is_true_or_false()
    {
        using var device = new CpuDevice(1);
        var json = SmallRuns.Arguments(device).ToJson();
        json["no-eval"] = "yes";
        Assert.Contains("'no-eval' is \"yes\"; it must be true or false",
            Assert.Throws<DataException>(() => Arguments.FromJson(json, "args.json", [SmallRuns.Task])).Message);
    }
}
