using System.Diagnostics;
using System.Reflection;
using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Training.Reports;

namespace FcnFromScratch.Training;

/// <summary>
/// One training run from start to report: trains, keeps the best and the last weights, tests the best ones on the test images, and writes the
/// run folder. A run that was stopped, killed even, goes on from its last checkpoint as if it had never stopped.
/// </summary>
public sealed class SegmentationRun(
    TrainingOptions options, SegmentationData data, Split split, Device device, RunFolder folder, IDigitSource? digits = null) : ITrainingObserver
{
    /// <summary>A checkpoint is written after each epoch, and within long ones about as often as this.</summary>
    private static readonly TimeSpan SaveEvery = TimeSpan.FromMinutes(1);

    private readonly List<EpochResult> _epochs = [];
    private ITrainingObserver? _observer;
    private SegmentationTrainer? _trainer;
    private long _saved;
    private int _savedStep = -1;

    /// <summary>The program's version and commit, as reports and weights name it.</summary>
    public static string Version { get; } =
        typeof(SegmentationRun).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>Where the run stands.</summary>
    public TrainingState State => _trainer?.State ?? TrainingState.Start;
    public bool StoppedEarly => _trainer is { StoppedEarly: true };

    /// <summary>Whether training came to its end and was tested; false while it runs, and where it was cancelled.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Trains from the start, or with <paramref name="resume"/> from the folder's last checkpoint if it has one.</summary>
    /// <param name="note">Receives lines about what was found on resuming.</param>
    /// <returns>The test figures of the best weights; null if the run does not evaluate or was cancelled.</returns>
    /// <exception cref="EngineException">Training diverged, or cannot go on from what the folder holds.</exception>
    public SegmentationMetrics? Train(ITrainingObserver observer, CancellationToken cancel = default, bool resume = false, Action<string>? note = null)
    {
        _observer = observer;
        var clock = Stopwatch.StartNew();
        string[] checkpoints = resume ? [.. new[] { folder.Last, folder.Previous }.Where(File.Exists)] : [];
        // What a run was started from matters only before its first checkpoint.
        using var trainer = _trainer = new SegmentationTrainer(checkpoints.Length > 0 ? options with { Init = null } : options, data, split, device, digits);
        Begin(checkpoints, note);
        double earlier = _epochs.Sum(e => e.Seconds);
        try
        {
            trainer.Run(this, cancel);
            if (_savedStep != State.Step) SaveLast();
        }
        catch (DivergenceException e)
        {
            throw Explained(e);
        }
        IsComplete = trainer.IsComplete && !cancel.IsCancellationRequested;
        return Finish(() => earlier + clock.Elapsed.TotalSeconds);
    }

    private void Begin(string[] checkpoints, Action<string>? note)
    {
        if (checkpoints.Length > 0)
        {
            Restore(checkpoints, note);
            _epochs.AddRange(folder.TruncateTables(State.Epochs, State.Step));
        }
        else
        {
            folder.Clear();
            SaveLast();
        }
        // A process that was killed after an epoch's SaveLast has not written its best.
        bool isEpochEnd = State.Step == Math.Min(State.Epochs * _trainer!.StepsPerEpoch, _trainer.Schedule.TotalSteps);
        if (isEpochEnd && State.BestEpoch == State.Epochs) SaveBest();
        // Found unreadable at the end, it would cost the whole training.
        else Checkpoint.Check(folder.Best, _trainer.Variables);
        folder.Begin();
    }

    /// <summary>Tests the best weights if the run is complete, and writes what a person reads.</summary>
    private SegmentationMetrics? Finish(Func<double> seconds)
    {
        var images = new DataSource(data, split.Test);
        SegmentationMetrics? test = null;
        double loss = double.NaN;
        if (IsComplete && options.Evaluate)
        {
            Checkpoint.Load(folder.Best, _trainer!.Variables);
            (test, loss) = _trainer.Evaluation.Evaluate(images, byImage: true);
        }
        var report = Report(test, loss, seconds());
        new SegmentationReport
        {
            Report = report,
            Arguments = folder.Arguments,
            Epochs = _epochs,
            Steps = folder.Steps(),
            StepsPerEpoch = _trainer!.StepsPerEpoch,
            Test = test,
            Pictures = test is null ? [] : _trainer.Evaluation.Predict(images, PredictionSheet.Choose(test)),
        }.Write(folder.Path);
        // Last, since it says that the run is complete.
        folder.WriteJson(RunFolder.ReportFile, report);
        return test;
    }

    void ITrainingObserver.Steps(int lastStep, int totalSteps, IReadOnlyList<(int Step, double Loss, double Rate)> steps, double imagesPerSecond)
    {
        folder.Append(steps);
        if (Stopwatch.GetElapsedTime(_saved) > SaveEvery) SaveLast();
        _observer!.Steps(lastStep, totalSteps, steps, imagesPerSecond);
    }

    void ITrainingObserver.Epoch(EpochResult result, bool isBest)
    {
        _epochs.Add(result);
        folder.Append(result);
        // In this order: a best that is ahead of the last could not be taken back.
        SaveLast();
        if (isBest) SaveBest();
        _observer!.Epoch(result, isBest);
    }

    private void SaveBest() => Checkpoint.Save(folder.Best, _trainer!.Variables, Metadata());

    private void SaveLast()
    {
        _trainer!.ExpectFinite();
        Checkpoint.Save(folder.Last, _trainer.Variables, Metadata(), _trainer.Compiled, folder.Previous);
        (_saved, _savedStep) = (Stopwatch.GetTimestamp(), State.Step);
    }

    /// <summary>Goes back to the first of the checkpoints that can be read.</summary>
    private void Restore(IReadOnlyList<string> checkpoints, Action<string>? note = null)
    {
        for (int i = 0; ; i++)
        {
            try
            {
                var metadata = Checkpoint.Load(checkpoints[i], _trainer!.Variables, _trainer.Compiled);
                _trainer.State = TrainingState.FromMetadata(metadata, checkpoints[i]);
                if (metadata.GetValueOrDefault("dataset_sha256") is { } trained && trained != data.Sha256)
                    throw new EngineException($"'{folder.Path}' was trained on data with SHA-256 {trained[..12]}…, and {data.Name} has {data.Sha256[..12]}…; name the same data by --data");
                if (metadata.GetValueOrDefault("augmentation") is { } drawn && drawn != digits?.Fingerprint)
                    throw new EngineException($"'{folder.Path}' was augmented with other digits than those that are there now (digits.csv or MNIST has changed); bring them back");
                if (metadata.GetValueOrDefault("version") is { } version && version != Version)
                    note?.Invoke($"this is version {Version}, the run was begun by {version}: its numbers can differ in the last bits");
                return;
            }
            catch (DataException e) when (i + 1 < checkpoints.Count)
            {
                note?.Invoke($"{e.Message} Going on from '{checkpoints[i + 1]}'.");
            }
        }
    }

    /// <summary>Replays the steps from the last checkpoint, which holds numbers only, to name the layer where they ended.</summary>
    private EngineException Explained(DivergenceException e)
    {
        string kept = "the initial weights are kept";
        string where = "";
        if (File.Exists(folder.Last))
        {
            Restore([folder.Last]);
            kept = FormattableString.Invariant($"the weights after step {State.Step} are kept in '{folder.Last}'");
            if (_trainer!.FirstNonFinite(e.Step, () => Restore([folder.Last])) is { } first)
                where = FormattableString.Invariant($": the first value that is no number came out of '{first.Node.Node.Name}' ({first.Node.Node.Op.Name}) in step {first.Step}");
        }
        return new EngineException(FormattableString.Invariant($"{e.Message}{where}; {kept}; start anew with a smaller --lr, {options.LearningRate / 10:G2} say, or go on from those weights with --init"), e);
    }

    private Dictionary<string, string> Metadata()
    {
        var metadata = Fixed();
        foreach (var (key, value) in _trainer!.State.ToMetadata()) metadata[key] = value;
        if (options.Augment > 0 && digits is not null) metadata["augmentation"] = digits.Fingerprint;
        return metadata;
    }

    private Dictionary<string, string> Fixed() => new()
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
    };

    private JsonObject Report(SegmentationMetrics? test, double testLoss, double seconds) => new()
    {
        ["version"] = Version,
        ["task"] = "segment",
        ["model"] = options.Model.Name,
        ["parameters"] = _trainer!.Variables.Variables.Sum(v => v.Shape.Count),
        ["dataset"] = data.Name,
        ["dataset_sha256"] = data.Sha256,
        ["seed"] = options.Seed,
        ["device"] = device.Name,
        ["device_description"] = device.Description,
        ["precision"] = "fp32",
        ["complete"] = IsComplete,
        ["stopped_early"] = StoppedEarly,
        ["patience"] = options.Patience,
        ["epochs"] = State.Epochs,
        ["epochs_planned"] = options.Epochs + options.Extensions.Sum(),
        ["steps"] = State.Step,
        ["best_epoch"] = State.BestEpoch,
        ["wall_seconds"] = Math.Round(seconds, 2),
        ["images_per_second"] = SegmentationMetrics.Number(Math.Round(_epochs.Select(e => e.ImagesPerSecond).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average(), 1)),
        ["validation"] = _epochs.Count == 0 ? null : new JsonObject { ["miou_digits"] = SegmentationMetrics.Number(State.BestIou) },
        ["test"] = test?.ToJson(split.Test.Length, testLoss),
        ["split"] = new JsonObject
        {
            ["train"] = Indices(split.Train),
            ["validation"] = Indices(split.Validation),
            ["test"] = Indices(split.Test),
        },
    };

    private static JsonArray Indices(int[] indices) => [.. indices.Select(i => (JsonNode?)JsonValue.Create(i))];
}
