using System.Diagnostics;
using System.Reflection;
using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Engine.Devices;

namespace FcnFromScratch.Training;

/// <summary>
/// One training run from start to report: trains, keeps the best and the last weights, tests the best ones on the test images, and writes the
/// run folder.
/// </summary>
public sealed class SegmentationRun(TrainingOptions options, SegmentationData data, Split split, Device device, RunFolder folder) : ITrainingObserver
{
    private readonly List<EpochResult> _epochs = [];
    private ITrainingObserver? _observer;
    private SegmentationTrainer? _trainer;
    private double _bestIou = double.NaN;
    private int _bestEpoch;

    /// <summary>The program's version and commit, as reports and weights name it.</summary>
    public static string Version { get; } =
        typeof(SegmentationRun).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    public IReadOnlyList<EpochResult> Epochs => _epochs;
    public int BestEpoch => _bestEpoch;

    /// <returns>The test figures of the best weights; null if the run does not evaluate or was cancelled.</returns>
    public SegmentationMetrics? Train(JsonObject arguments, ITrainingObserver observer, CancellationToken cancel = default)
    {
        _observer = observer;
        folder.WriteJson("args.json", arguments);
        folder.BeginTables();
        var clock = Stopwatch.StartNew();
        using var trainer = _trainer = new SegmentationTrainer(options, data, split, device);
        SaveLast();
        SaveBest();
        trainer.Run(this, cancel);
        SaveLast();
        double seconds = clock.Elapsed.TotalSeconds;
        Checkpoint.Load(folder.Best, trainer.Variables);
        var (test, loss) = options.Evaluate && !cancel.IsCancellationRequested ? trainer.Evaluation.Evaluate(new DataSource(data, split.Test)) : (null, double.NaN);
        folder.WriteJson("report.json", Report(trainer, test, loss, seconds));
        return test;
    }

    void ITrainingObserver.Steps(int lastStep, int totalSteps, IReadOnlyList<(int Step, double Loss, double Rate)> steps, double imagesPerSecond)
    {
        folder.Append(steps);
        _observer!.Steps(lastStep, totalSteps, steps, imagesPerSecond);
    }

    void ITrainingObserver.Epoch(EpochResult result, bool isBest)
    {
        _epochs.Add(result);
        folder.Append(result);
        if (isBest)
        {
            (_bestIou, _bestEpoch) = (result.MeanIouDigits, result.Epoch);
            SaveBest();
        }
        SaveLast();
        _observer!.Epoch(result, isBest);
    }

    private void SaveBest() => Checkpoint.Save(folder.Best, _trainer!.Variables, Metadata());

    private void SaveLast() => Checkpoint.Save(folder.Last, _trainer!.Variables, Metadata(), _trainer.Compiled);

    private Dictionary<string, string> Metadata() => new()
    {
        ["version"] = Version,
        ["task"] = "segment",
        ["model"] = options.Model.Name,
        ["classes"] = "0,1,2,3,4,5,6,7,8,9,background",
        ["input"] = $"{options.Model.Input.Height}x{options.Model.Input.Width}x1",
        ["preprocessing"] = "pixel / 127.5 - 1",
        ["seed"] = options.Seed.ToString(),
        ["dataset"] = data.Name,
        ["dataset_sha256"] = data.Sha256,
        ["epoch"] = _epochs.Count.ToString(),
        ["step"] = _trainer!.StepsDone.ToString(),
        ["validation_miou_digits"] = Checkpoint.Text(_bestIou),
    };

    private JsonObject Report(SegmentationTrainer trainer, SegmentationMetrics? test, double testLoss, double seconds) => new()
    {
        ["version"] = Version,
        ["task"] = "segment",
        ["model"] = options.Model.Name,
        ["parameters"] = trainer.Variables.Variables.Sum(v => v.Shape.Count),
        ["dataset"] = data.Name,
        ["dataset_sha256"] = data.Sha256,
        ["seed"] = options.Seed,
        ["device"] = device.Name,
        ["device_description"] = device.Description,
        ["precision"] = "fp32",
        ["epochs"] = _epochs.Count,
        ["steps"] = trainer.StepsDone,
        ["best_epoch"] = _bestEpoch,
        ["wall_seconds"] = Math.Round(seconds, 2),
        ["images_per_second"] = _epochs.Count == 0 ? null : Math.Round(_epochs.Average(e => e.ImagesPerSecond), 1),
        ["validation"] = _epochs.Count == 0 ? null : new JsonObject { ["miou_digits"] = Finite(_bestIou) },
        ["test"] = test is null ? null : new JsonObject
        {
            ["images"] = split.Test.Length,
            ["loss"] = Finite(testLoss),
            ["miou_digits"] = Finite(test.MeanIouDigits),
            ["dice_digits"] = Finite(test.MeanDiceDigits),
            ["pixel_accuracy"] = Finite(test.PixelAccuracy),
            ["iou"] = RunFolder.ByClass(test.Iou),
            ["dice"] = RunFolder.ByClass(test.Dice),
        },
        ["split"] = new JsonObject
        {
            ["train"] = Indices(split.Train),
            ["validation"] = Indices(split.Validation),
            ["test"] = Indices(split.Test),
        },
    };

    private static JsonNode? Finite(double value) => double.IsFinite(value) ? value : null;

    private static JsonArray Indices(int[] indices) => [.. indices.Select(i => (JsonNode?)JsonValue.Create(i))];
}
