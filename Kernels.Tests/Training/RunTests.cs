using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Tasks.Segment;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Training;

/// <summary>What a run leaves behind, and what its files say.</summary>
public sealed class RunTests
{
    [Fact]
    public void A_run_leaves_tables_weights_and_a_report_and_its_weights_give_its_figures()
    {
        using var temporary = new TempFolder();
        using var device = new CpuDevice(2);
        using var folder = RunFolder.Create(temporary["run"], existOk: false);
        var arguments = SmallRuns.Arguments(device);
        var data = SmallRuns.Open(arguments);
        var test = (SegmentationScores)new Run(arguments, data, folder).Train(new SmallRuns.Observer())!;
        string[] results = File.ReadAllLines(temporary["run/results.csv"]), steps = File.ReadAllLines(temporary["run/steps.csv"]);
        Assert.Equal("epoch,time_s,train/loss,val/loss,metrics/mIoU,metrics/dice,lr,img_per_s", results[0]);
        Assert.Equal(1 + 2, results.Length);
        Assert.Equal("step,loss,lr", steps[0]);
        Assert.Equal(1 + 14, steps.Length);
        var report = JsonNode.Parse(File.ReadAllText(temporary["run/report.json"]))!;
        Assert.Equal(data.Split.Train, report["split"]!["train"]!.AsArray().Select(i => (int)i!));
        Assert.Equal(test.MeanIouDigits, (double)report["test"]!["miou_digits"]!, 12);

        using var weights = Weights.Open(folder.Best, SmallRuns.Narrow.Name, device, [SmallRuns.Task]);
        using var evaluator = new SegmentationEvaluator(weights.Model, weights.Settings, weights.Variables, SmallRuns.Pictures.Spec, 3);
        var again = evaluator.Evaluate(data.Samples(data.Split.Test));
        Assert.Equal(test.Counts.Cast<long>(), again.Counts.Cast<long>());

        var error = Assert.Throws<EngineException>(() => RunFolder.Create(temporary["run"], existOk: false));
        Assert.Contains("--exist-ok", error.Message);
    }

    [Fact]
    public void Each_epoch_is_measured_on_the_validation_images_and_an_epoch_cut_short_by_its_own_steps()
    {
        using var temporary = new TempFolder();
        using var device = new CpuDevice(2);
        using var folder = RunFolder.Create(temporary["run"], existOk: false);
        // Ten steps: a whole epoch of seven, and three of the next.
        var arguments = SmallRuns.Arguments(device).With(Parameters.Steps, 10);
        var data = SmallRuns.Open(arguments);
        var run = new Run(arguments, data, folder);
        var observer = new SmallRuns.Observer();
        run.Train(observer);
        double[] last = [.. File.ReadLines(temporary["run/results.csv"]).Last().Split(',').Select(double.Parse)];
        Assert.Equal(2, last[0]);
        Assert.Equal(observer.Losses[7..].Average(), last[2], 12);

        using var weights = Weights.Open(folder.Last, SmallRuns.Narrow.Name, device, [SmallRuns.Task]);
        using var evaluator = new SegmentationEvaluator(weights.Model, weights.Settings, weights.Variables, SmallRuns.Pictures.Spec, 4);
        var scores = evaluator.Evaluate(data.Samples(data.Split.Validation));
        Assert.Equal([scores.Loss, scores.MeanIouDigits, scores.MeanDiceDigits], last[3..6]);
    }

    [Fact]
    public void Weights_say_what_they_are()
    {
        using var temporary = new TempFolder();
        using var device = new CpuDevice(2);
        using var folder = RunFolder.Create(temporary["run"], existOk: false);
        var arguments = SmallRuns.Arguments(device).With(Parameters.Epochs, 1).With(SegmentParameters.Augment, 0.5);
        new Run(arguments, SmallRuns.Open(arguments), folder).Train(new SmallRuns.Observer());
        var metadata = SafetensorsFile.Read(folder.Best).Metadata;
        Assert.Equal(
            ["arguments", "augmentation", "best_epoch", "classes", "dataset", "dataset_sha256", "epoch", "epoch_loss_sum", "input", "model", "padding",
                "preprocessing", "seed", "step", "task", "validation_miou_digits", "version"],
            metadata.Keys.Order());
        Assert.Equal("to multiples of 32: zeros at the input's size, pixel 0 at any other", metadata["padding"]);
        Assert.Equal(("segment", "fcn8-narrow", "5", "64x84x1", "7", "1", ProceduralDigits.Source.Fingerprint, SmallRuns.Pictures.Sha256),
            (metadata["task"], metadata["model"], metadata["seed"], metadata["input"], metadata["step"], metadata["epoch"], metadata["augmentation"],
                metadata["dataset_sha256"]));
    }
}
