using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;

namespace FcnFromScratch.Training;

/// <summary>
/// One training run from start to report: trains, keeps the best and the last weights, tests the best ones on the test images, and writes the
/// run folder. A run that was stopped, killed even, goes on from its last checkpoint as if it had never stopped. It tells an observer what happens
/// and prints nothing.
/// </summary>
/// <param name="arguments">On the device that was opened for them.</param>
public sealed class Run(Arguments arguments, TaskData data, RunFolder folder) : ITrainingObserver
{
    /// <summary>A checkpoint is written after each epoch, and within long ones about as often as this.</summary>
    private static readonly TimeSpan SaveEvery = TimeSpan.FromMinutes(1);

    /// <summary>A solution is small.</summary>
    private static readonly TimeSpan SaveSolutionEvery = TimeSpan.FromSeconds(5);

    private const string TablesKey = "tables_sha256";

    private readonly ITask _task = arguments.Task;
    private readonly Metric _choice = arguments.Task.Choice;
    private readonly RunTables _tables = new(folder, arguments.Task.Metrics);
    private readonly List<EpochResult> _epochs = [];
    private IRunObserver? _observer;
    private IReadOnlyList<Origin> _before = [];
    private string? _tablesSha256;
    private Trainer? _trainer;
    private ISolver? _solver;
    private double _earlier;
    private long _saved;
    private int _savedStep = -1;

    /// <summary>Where the run stands.</summary>
    public TrainingState State => _trainer?.State ?? TrainingState.Start;

    /// <summary>Images that a run that is complete was tested on.</summary>
    public int TestCount => data.Split.Test.Length;
    public bool StoppedEarly => _trainer is { StoppedEarly: true };

    /// <summary>Where a solver's solution is not as good as was asked for, in words; null where it is.</summary>
    public string? Shortfall => IsComplete ? _solver?.Shortfall : null;

    /// <summary>Whether training came to its end and was tested; false while it runs, and where it was cancelled.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Epochs that it is to have when it is complete.</summary>
    public int PlannedEpochs => arguments.Get(Parameters.Epochs) + arguments.Get(Parameters.Extend).Sum();

    /// <summary>Trains from the start, or with <paramref name="resume"/> from the folder's last checkpoint if it has one.</summary>
    /// <param name="where">The device in words, and why it was chosen.</param>
    /// <returns>The test figures of the best weights; null if the run does not evaluate or was cancelled.</returns>
    /// <exception cref="EngineException">Training diverged, or cannot go on from what the folder holds.</exception>
    public IScores? Train(IRunObserver observer, CancellationToken cancel = default, bool resume = false, string? where = null)
    {
        _observer = observer;
        try
        {
            var split = data.Split;
            string[] header =
            [
                $"{arguments.Model.Name} on {where ?? arguments.Device.Name}",
                $"{data.Source}: {split.Train.Length} train, {split.Validation.Length} validation, {split.Test.Length} test{data.Remark}",
            ];
            foreach (string line in header) observer.Line(line);
            var test = Train(header, cancel, resume);
            string stand = _solver is null ? $"step {State.Step}" : $"part {_solver.Solved} of {_solver.Parts}";
            if (!IsComplete) Line($"stopped after {stand}; 'fcn resume {folder.Path}' goes on");
            if (StoppedEarly)
                Line($"stopped early: no better validation in {arguments.Get(Parameters.Patience)} epochs; the best is epoch {State.BestEpoch}, "
                    + $"saved as {folder.Best} (--patience 0 turns this off)");
            if (test is not null) folder.Log(test.Headline);
            return test;
        }
        catch (DataException e) when (folder.HasBegun)
        {
            throw new EngineException($"{e.Message} The run is safe up to its last checkpoint: once that is mended, 'fcn resume {folder.Path}' goes on", e);
        }
    }

    private IScores? Train(string[] header, CancellationToken cancel, bool resume)
    {
        var clock = Stopwatch.StartNew();
        string[] checkpoints = resume ? [.. new[] { folder.Last, folder.Previous }.Where(File.Exists)] : [];
        bool isSolved = resume && data.Solver is not null && File.Exists(folder.Solution);
        if (resume && checkpoints.Length == 0 && !isSolved)
            throw new EngineException(data.Solver is not null ? $"'{folder.Solution}' is gone; bring it back, or {Anew}"
                : $"'{folder.Last}' and the checkpoint before it are gone, and the run was at step {_tables.StepCount}; "
                    + $"bring one back, or {Anew}, which replaces '{folder.Best}' too");
        if (checkpoints.Length == 0 && arguments.Find(Parameters.Init) is { } first && arguments.Find(Parameters.InitSha256) is { } known
            && known != Weights.Sha256(first))
            throw new EngineException($"'{first}' holds other weights than those that this run began with; bring them back, or start another by 'fcn train'");
        // What a run was started from matters only before its first checkpoint.
        var begun = checkpoints.Length > 0 ? arguments.WithParsed(Parameters.Init, null) : arguments;
        if (checkpoints.Length > 0) data = data with { Values = new Dictionary<string, Func<float[]>>() };
        if (data.Solver is { } solver)
        {
            Start(isNew: !isSolved, header);
            _solver = solver();
            if (!Solve(isSolved, cancel)) return Finish(() => _earlier + clock.Elapsed.TotalSeconds, cancel);
            data = _solver.With(data);
        }
        using var trainer = _trainer = new Trainer(begun, data, arguments.Device);
        if (_solver is null) Start(isNew: checkpoints.Length == 0, header);
        Begin(checkpoints);
        _earlier += _epochs.Sum(e => e.Seconds);
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
        return Finish(() => _earlier + clock.Elapsed.TotalSeconds, cancel);
    }

    /// <summary>Opens the log; what an earlier run left goes before, where this one begins anew.</summary>
    private void Start(bool isNew, string[] header)
    {
        if (isNew) folder.Clear([.. RunReport.Files, .. _task.ReportFiles]);
        foreach (string line in header) folder.Log(line);
    }

    /// <summary>Solves what is left, and keeps what is solved on the way.</summary>
    /// <returns>Whether all of it is solved: false where it was cancelled.</returns>
    private bool Solve(bool goesOn, CancellationToken cancel)
    {
        if (goesOn) Needed(() =>
        {
            var file = SafetensorsFile.Read(folder.Solution);
            if (ExpectSame(file.Metadata, folder.Solution, State) is { Sha256: null } or { Arguments.Count: 0 })
                throw new DataException($"'{folder.Solution}' does not say what was solved.");
            _solver!.Restore(file, folder.Solution);
            _earlier = _solver.Seconds;
        });
        else
        {
            SaveSolution();
            folder.Begin(arguments.ToJson());
        }
        try
        {
            while (_solver!.Solved < _solver.Parts)
            {
                Line(_solver.SolveNext(cancel));
                if (_solver.Solved == _solver.Parts || Stopwatch.GetElapsedTime(_saved) > SaveSolutionEvery) SaveSolution();
            }
            return true;
        }
        catch (OperationCanceledException)
        {
            SaveSolution();
            return false;
        }
    }

    private void SaveSolution()
    {
        SafetensorsFile.Write(folder.Solution, _solver!.Progress, Metadata());
        _saved = Stopwatch.GetTimestamp();
    }

    private void Begin(string[] checkpoints)
    {
        if (checkpoints.Length > 0)
        {
            Needed(() => Restore(checkpoints));
            Needed(() =>
            {
                _epochs.AddRange(_tables.Read(State.Epochs, State.Step));
                if (_tablesSha256 is { } known && known != _tables.Sha256(State.Epochs, State.Step))
                    throw new DataException(
                        $"'{folder.At(RunTables.StepsFile)}' or '{folder.At(RunTables.ResultsFile)}' has other figures than the run wrote.");
            });
            _tables.Cut(State.Epochs, State.Step);
        }
        else
        {
            _tables.Begin();
            if (arguments.Find(Parameters.Init) is { } init)
                _before = [.. Origin.Read(init).Divisions(Parameters.OfSplit(_task)).Where(o => o.Sha256 is not null)];
            SaveLast();
            if (Overlap is { } overlap) Line(overlap);
        }
        // A process that was killed after an epoch's SaveLast has not written its best.
        bool isEpochEnd = State.Step == Math.Min(State.Epochs * _trainer!.StepsPerEpoch, _trainer.Schedule.TotalSteps);
        if (isEpochEnd && State.BestEpoch == State.Epochs) SaveBest();
        // Found unreadable at the end, it would cost the whole training.
        else Needed(() => Checkpoint.Check(folder.Best, _trainer.Evaluated));
        folder.Begin(arguments.ToJson());
    }

    /// <summary>What is wrong with the test where the first weights have seen some of its images; else null.</summary>
    private string? Overlap => data.HasOwnTest ? null
        : _before.Where(o => o.Sha256 == data.Sha256).Select(o => o.Difference(arguments.ToJson(Parameters.OfSplit(_task)))).FirstOrDefault(d => d is not null)
            is { } other
            ? $"the weights it began with have learned from this data with {other.Name} {other.Trained}, and now it is {other.Now}: "
                + "some of the images to test on are among those they were trained on"
            : null;

    /// <summary>Reads what a run cannot go on without; where it is damaged, there is still the whole way again.</summary>
    private void Needed(Action read)
    {
        try
        {
            read();
        }
        catch (DataException e)
        {
            throw new EngineException($"{e.Message} Bring the file back as it was, or {Anew}", e);
        }
    }

    private string Anew => $"begin the run anew: 'fcn resume {folder.Path} --restart'";

    /// <summary>Tests the best weights if the run is complete, and writes what a person reads.</summary>
    private IScores? Finish(Func<double> seconds, CancellationToken cancel)
    {
        var samples = data.Samples(data.Split.Test);
        IScores? test = null;
        if (IsComplete && !arguments.Get(Parameters.NoEval))
        {
            Checkpoint.Load(folder.Best, _trainer!.Evaluated);
            try
            {
                test = _trainer.Evaluator.Evaluate(samples, detailed: true, cancel);
            }
            catch (OperationCanceledException)
            {
                IsComplete = false;
            }
        }
        // Of the emulator, which is there to be right, a second a picture says nothing.
        double latency = test is null || arguments.Device.Kind == DeviceKind.Emulator ? double.NaN
            : Latency.Of(_task, arguments.Model, data.Settings, _trainer!.Evaluated, samples, batch: 1, seconds: 0);
        var report = Report(test, latency, seconds());
        new RunReport
        {
            Report = report,
            Arguments = arguments.ToJson(),
            Task = _task,
            Epochs = _epochs,
            Steps = _tables.Steps(),
            StepsPerEpoch = _trainer?.StepsPerEpoch ?? 1,
            Stages = data.Stages,
            Solution = _solver?.Section,
            Test = test is null ? null : _task.Report(test, _trainer!.Evaluator, samples),
        }.Write(folder.Path);
        // Last, since it says that the run is complete.
        folder.WriteJson(RunFolder.ReportFile, report);
        return test;
    }

    void ITrainingObserver.Steps(IReadOnlyList<StepResult> steps, int totalSteps, double imagesPerSecond)
    {
        _tables.Append(steps);
        if (Stopwatch.GetElapsedTime(_saved) > SaveEvery) SaveLast();
        _observer!.Steps(steps, totalSteps, imagesPerSecond);
    }

    void ITrainingObserver.Epoch(EpochResult result, bool isBest)
    {
        _epochs.Add(result);
        _tables.Append(result);
        // In this order: a best that is ahead of the last could not be taken back.
        SaveLast();
        if (isBest) SaveBest();
        _observer!.Epoch(result, isBest);
        Line(InWords(result, isBest));
    }

    private string InWords(EpochResult e, bool isBest)
    {
        string metrics = string.Concat(_task.Metrics.Select((m, i) => FormattableString.Invariant($"  {m.Name} {e.Metrics[i]:F4}")));
        string validation = double.IsNaN(e.ValidationLoss) ? ""
            : FormattableString.Invariant($"  val loss {e.ValidationLoss:F4}{metrics}{(isBest ? " (best)" : "")}");
        return FormattableString.Invariant(
            $"epoch {e.Epoch}/{PlannedEpochs}  loss {e.TrainLoss:F4}{validation}  {e.ImagesPerSecond:F1} images/s  {e.Seconds:F1} s");
    }

    private void Line(string text)
    {
        folder.Log(text);
        _observer!.Line(text);
    }

    private void SaveBest()
    {
        _trainer!.Average();
        Checkpoint.Save(folder.Best, _trainer.Evaluated, Metadata());
    }

    private void SaveLast()
    {
        _trainer!.ExpectFinite();
        var metadata = Metadata();
        metadata[TablesKey] = _tables.Sha256(State.Epochs, State.Step);
        Checkpoint.Save(folder.Last, _trainer.Variables, metadata, _trainer.Step.Compiled, folder.Previous);
        (_saved, _savedStep) = (Stopwatch.GetTimestamp(), State.Step);
    }

    /// <summary>Goes back to the first of the checkpoints that can be read.</summary>
    /// <param name="again">Nothing is told that was told when the run began.</param>
    private void Restore(IReadOnlyList<string> checkpoints, bool again = false)
    {
        for (int i = 0; ; i++)
        {
            try
            {
                // What the file says comes first: with another optimizer, say, its tensors would be called another model's.
                var file = SafetensorsFile.Read(checkpoints[i]);
                var metadata = file.Metadata;
                var state = TrainingState.FromMetadata(metadata, _choice, checkpoints[i]);
                var origin = ExpectSame(metadata, checkpoints[i], state);
                if (!_trainer!.Passes(state))
                    throw new DataException($"'{checkpoints[i]}' is of step {state.Step} and epoch {state.Epochs}, where this run never stands.");
                if (metadata.GetValueOrDefault("augmentation") is { } drawn && drawn != data.Augmentation)
                    throw new EngineException($"'{folder.Path}' was augmented with other images than those that are there now; bring the data back as it was");
                Checkpoint.Load(file, checkpoints[i], _trainer.Variables, _trainer.Step.Compiled);
                _trainer.State = state;
                _before = origin.Before;
                _tablesSha256 = metadata.GetValueOrDefault(TablesKey);
                if (metadata.GetValueOrDefault("version") is { } version && version != ProductVersion.Text && !again)
                    Line($"this is version {ProductVersion.Text}, the run was begun by {version}: its numbers can differ in the last bits");
                return;
            }
            catch (DataException e) when (i + 1 < checkpoints.Count)
            {
                Line($"{e.Message} Going on from '{checkpoints[i + 1]}'.");
            }
        }
    }

    /// <summary>What a checkpoint says of its training, which must be this one.</summary>
    /// <exception cref="EngineException">It had other data, or other arguments than the run has now.</exception>
    private Origin ExpectSame(IReadOnlyDictionary<string, string> metadata, string path, TrainingState state)
    {
        var origin = Origin.Of(metadata, path);
        if (origin.Sha256 is { } trained && trained != data.Sha256)
            throw new EngineException($"'{folder.Path}' was trained on data with SHA-256 {Short(trained)}, and {data.Name} has {Short(data.Sha256)}; "
                + "name the same data by --data");
        if (origin.Difference(FixedArguments(state)) is { } other)
            throw new EngineException($"'{folder.ArgumentsPath}': '{other.Name}' is {other.Now}, and '{path}' was trained with "
                + $"{other.Trained}; set it back, since no run goes on with other numbers, or start another by 'fcn train'");
        return origin;
    }

    /// <summary>Replays the steps from the last checkpoint, which holds numbers only, to name the layer where they ended.</summary>
    private EngineException Explained(DivergenceException e)
    {
        string kept = "the initial weights are kept";
        string where = "";
        if (File.Exists(folder.Last))
        {
            Restore([folder.Last], again: true);
            kept = FormattableString.Invariant($"the weights after step {State.Step} are kept in '{folder.Last}'");
            if (_trainer!.FirstNonFinite(e.Step, () => Restore([folder.Last], again: true)) is { Node.Node: var node, Step: var step })
                where = FormattableString.Invariant($": the first value that is no number came out of '{node.Name}' ({node.Op.Name}) in step {step}");
        }
        double smaller = arguments.Get(Parameters.LearningRate) / 10;
        return new EngineException(FormattableString.Invariant(
            $"{e.Message}{where}; {kept}; start anew with a smaller --lr, {smaller:G2} say, or go on from those weights with --init"), e);
    }

    private static string Short(string sha256) => sha256.Length > 12 ? $"{sha256[..12]}…" : sha256;

    /// <summary>What the numbers depend on up to a state: of the extensions those that have begun, since others can still be added.</summary>
    private JsonObject FixedArguments(TrainingState state)
    {
        var begun = new List<int>();
        long epochs = arguments.Get(Parameters.Epochs);
        foreach (int extension in arguments.Get(Parameters.Extend))
        {
            if (epochs * _trainer!.StepsPerEpoch >= state.Step) break;
            begun.Add(extension);
            epochs += extension;
        }
        return arguments.With(Parameters.Extend, begun).ToFixedJson();
    }

    private Dictionary<string, string> Metadata()
    {
        var metadata = new Dictionary<string, string>
        {
            ["version"] = ProductVersion.Text,
            ["task"] = _task.Name,
            ["model"] = arguments.Model.Name,
            [Origin.ClassesKey] = Origin.ToText(data.Classes),
            ["input"] = $"{arguments.Model.For(data.Training.Spec.Height, data.Training.Spec.Width).Input}",
            ["preprocessing"] = Preprocessing.Formula,
            ["seed"] = arguments.Get(Parameters.Seed).ToString(CultureInfo.InvariantCulture),
            ["dataset"] = data.Name,
            ["dataset_sha256"] = data.Sha256,
            [Origin.ArgumentsKey] = FixedArguments(State).ToJsonString(),
        };
        foreach (var (key, value) in State.ToMetadata(_choice)) metadata[key] = value;
        if (arguments.Model.Field is { Stride: var stride })
            metadata["padding"] = $"to multiples of {stride}: zeros at the input's size, pixel 0 at any other";
        if (_before.Count > 0) metadata[Origin.BeforeKey] = Origin.ToJson(_before);
        if (data.Augmentation is { } augmentation) metadata["augmentation"] = augmentation;
        return metadata;
    }

    private JsonObject Report(IScores? test, double latency, double seconds) => new()
    {
        ["version"] = ProductVersion.Text,
        ["task"] = _task.Name,
        ["model"] = arguments.Model.Name,
        ["parameters"] = _trainer?.Variables.Variables.Sum(v => v.Shape.Count),
        ["kept"] = arguments.Model.Kept is null || _trainer is null ? null : data.Settings.Kept,
        ["dataset"] = data.Name,
        ["dataset_sha256"] = data.Sha256,
        ["seed"] = arguments.Get(Parameters.Seed),
        ["device"] = arguments.Device.Name,
        ["device_description"] = arguments.Device.Description,
        ["precision"] = "fp32",
        ["complete"] = IsComplete,
        ["stopped_early"] = StoppedEarly,
        ["patience"] = arguments.Get(Parameters.Patience),
        ["epochs"] = State.Epochs,
        ["epochs_planned"] = PlannedEpochs,
        ["steps"] = State.Step,
        ["best_epoch"] = State.BestEpoch,
        ["wall_seconds"] = Math.Round(seconds, 2),
        ["images_per_second"] =
            Json.Number(Math.Round(_epochs.Select(e => e.ImagesPerSecond).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average(), 1)),
        ["milliseconds_per_image"] = Json.Number(Math.Round(1000 * latency, 3)),
        ["validation"] = _epochs.Count == 0 ? null : new JsonObject { [_choice.Key] = Json.Number(State.BestScore) },
        ["test"] = test?.ToJson(),
        ["overlap"] = Overlap,
        ["solution"] = _solver?.ToJson(),
        ["split"] = new JsonObject
        {
            ["train"] = Json.Array(data.Split.Train),
            ["validation"] = Json.Array(data.Split.Validation),
            ["test"] = Json.Array(data.Split.Test),
        },
    };
}
