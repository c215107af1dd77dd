using System.Diagnostics;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Layers;

namespace FcnFromScratch.Training;

/// <summary>
/// Trains a network for any task: batches prepared in the background, a step for each, an evaluation after each epoch over the same variables.
/// What a step computes is a function of the variables, the optimizer's moments and the step's number: <see cref="Checkpoint"/> holds these and
/// <see cref="State"/>, and training that goes on from them is, to the bit, training that never stopped.
/// </summary>
public sealed class Trainer : IDisposable
{
    /// <summary>
    /// How far a kernel's output may be from the double reference, as a share of its largest element. The nodes of a step of fcn8 and fcn8-fine at batch 8
    /// were at most 5e-6 off on the CPU and 2.2e-5 on OpenCL; a wrong element is off by far more.
    /// </summary>
    private const double VerifyTolerance = 2e-4;

    private static readonly TimeSpan s_readEvery = TimeSpan.FromSeconds(1);

    private readonly ISampleSource _training, _validation;
    private readonly Metric _choice;
    private readonly int _batch, _patience, _epochs, _metricCount;
    private readonly IReadOnlyList<int> _extensions;
    private readonly ulong _seed;
    private readonly BatchOrder _order;
    private readonly bool _evaluates;
    private readonly List<(int Step, double LearningRate)> _unread = [];
    private TrainingState _state = TrainingState.Start;
    private int _nodesToVerify;

    /// <exception cref="DeviceMemoryException">The batch does not fit; names one that would.</exception>
    public Trainer(Arguments arguments, TaskData data, Device device)
    {
        var (task, model) = (arguments.Task, arguments.Model);
        (_training, _validation) = (data.Training, data.Samples(data.Split.Validation));
        (_choice, _metricCount) = (task.Choice, task.Metrics.Count);
        (_batch, _seed, _patience) = (arguments.Get(Parameters.Batch), arguments.Get(Parameters.Seed), arguments.Get(Parameters.Patience));
        (_epochs, _extensions) = (arguments.Get(Parameters.Epochs), arguments.Get(Parameters.Extend));
        _order = arguments.Get(Parameters.Order) == "sequential" ? BatchOrder.Sequential : BatchOrder.Shuffled;
        (_evaluates, _nodesToVerify) = (!arguments.Get(Parameters.NoEval) && _validation.Count > 0, arguments.Get(Parameters.VerifyKernels));
        int samples = data.Training.Count;
        if (_batch > samples && _epochs + _extensions.Count > 0)
            throw new EngineException($"a batch of {_batch} is larger than the {samples} training images; choose --batch {samples} or less");
        StepsPerEpoch = Math.Max(1, samples / _batch); // a run without epochs is only evaluated
        Schedule = Schedule.Of(arguments, StepsPerEpoch);
        try
        {
            int held = data.Held is { } those ? ParametersOf(those, model, data.Settings) : 0;
            var optimizer = Optimizers.Make(arguments.Get(Parameters.Optimizer), arguments.Get(Parameters.Average), held,
                step => data.Held!.Share((step - 1) / StepsPerEpoch));
            Step = new TrainingStep(model, data.Settings, data.Training.Spec, task.Loss, optimizer, _batch, device, _seed);
            foreach (var (name, values) in data.Values) Variables[name] = values();
            if (arguments.Find(Parameters.Init) is { } init) Checkpoint.Load(init, Variables);
            Evaluated = Step.Average is null ? Variables : new VariableStore(device, Step.Compiled.Graph, _seed);
            Evaluator = task.Evaluator(model, data.Settings, Evaluated, data.Training.Spec, Math.Min(_batch, model.EvaluationBatch));
        }
        catch (DeviceMemoryException e)
        {
            Dispose();
            // Nearly all of it grows with the batch; a fifth is left for what does not, and for validation.
            int fits = (int)(0.8 * _batch * e.Free / e.Asked);
            string next = _batch > 1 && fits >= 1 ? $"--batch {Math.Min(fits, _batch - 1)} would fit" : "choose a smaller --model or another --device";
            throw new DeviceMemoryException($"a batch of {_batch} does not fit: {e.Message}; {next}", e.Asked, e.Free);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>How many parameters those layers have, which come first.</summary>
    private static int ParametersOf(HeldBack held, Model model, NetworkSettings settings)
    {
        var parameters = model.Network(1, training: true, settings).Graph.Variables.Where(v => v.Role == TensorRole.Parameter).ToArray();
        int layers = parameters.TakeWhile(v => held.Variables.Contains(v.Name)).Count();
        if (Array.Exists(parameters[layers..], v => held.Variables.Contains(v.Name)))
            throw new ArgumentException($"what is held back of {model.Name} is not what comes first in it");
        return (int)parameters[..layers].Sum(v => v.Shape.Count);
    }

    public TrainingStep Step { get; }
    public VariableStore Variables => Step.Variables;

    /// <summary>What is validated, kept as the best and tested: the variables, or their average as <see cref="Average"/> last brought it here.</summary>
    public VariableStore Evaluated { get; }
    public IEvaluator Evaluator { get; }
    public Schedule Schedule { get; }
    public int StepsPerEpoch { get; }

    /// <summary>How far training is. Set by whoever restores the variables and moments of that moment.</summary>
    public TrainingState State
    {
        get => _state;
        set
        {
            _state = value;
            _unread.Clear();
        }
    }

    /// <summary>Whether all epochs are done and validated, or the run has stopped early.</summary>
    public bool IsComplete => _state.Epochs * StepsPerEpoch >= Schedule.TotalSteps || StoppedEarly;

    /// <summary>Whether nothing has improved for <see cref="Parameters.Patience"/> epochs of the cycle in progress, which has not come to its end.</summary>
    public bool StoppedEarly => _patience > 0 && _state.Epochs * StepsPerEpoch < Schedule.TotalSteps
        && _state.Epochs - Math.Max(_state.BestEpoch, CycleStart(_state.Epochs)) >= _patience;

    /// <summary>Whether training comes to stand there: what a damaged file says may be anything.</summary>
    public bool Passes(TrainingState state)
    {
        long epochs = state.Epochs, planned = (Schedule.TotalSteps + StepsPerEpoch - 1L) / StepsPerEpoch;
        return epochs >= 0 && epochs <= planned && state.BestEpoch >= 0 && state.BestEpoch <= epochs && double.IsFinite(state.LossSum)
            && state.Step >= Math.Min(epochs * StepsPerEpoch, Schedule.TotalSteps) && state.Step <= (epochs + 1) * StepsPerEpoch;
    }

    /// <summary>Trains to the end, or to the end of the step in which it is cancelled.</summary>
    /// <exception cref="DivergenceException">A loss or a weight is no longer a number.</exception>
    public void Run(ITrainingObserver observer, CancellationToken cancel = default)
    {
        if (IsComplete) return;
        using var loader = Loader();
        while (!IsComplete && !cancel.IsCancellationRequested)
        {
            // A resumed run may stand within an epoch, or at its end but for the validation.
            int first = _state.Epochs * StepsPerEpoch, last = Math.Min(first + StepsPerEpoch, Schedule.TotalSteps), begun = _state.Step;
            var clock = Stopwatch.StartNew();
            long read = Stopwatch.GetTimestamp();
            while (_state.Step < last && !cancel.IsCancellationRequested)
            {
                TakeStep(loader.Next());
                // The first at once and then one a second, so that who watches sees it move; what is read, or when, changes no number.
                bool isDue = _state.Step == begun + 1 || Stopwatch.GetElapsedTime(read) > s_readEvery;
                if (!isDue && _unread.Count < TrainingStep.LossesKept && _state.Step < last) continue;
                ReadBack(observer, begun, clock);
                read = Stopwatch.GetTimestamp();
            }
            if (_unread.Count > 0) ReadBack(observer, begun, clock);
            if (cancel.IsCancellationRequested) return;

            double seconds = clock.Elapsed.TotalSeconds;
            ExpectFinite();
            IScores? scores = null;
            try
            {
                Average();
                if (_evaluates) scores = Evaluator.Evaluate(_validation, cancel: cancel);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            var metrics = scores?.Metrics ?? [.. Enumerable.Repeat(double.NaN, _metricCount)];
            var result = new EpochResult(
                _state.Epochs + 1, seconds, _state.LossSum / (last - first), scores?.Loss ?? double.NaN, metrics,
                Schedule.LearningRate(last), begun == last ? double.NaN : (last - begun) * _batch / seconds);
            // Without validation the last epoch is the best that is known.
            bool isBest = scores is null || _choice.IsBetter(result.Of(_choice), _state.BestScore);
            _state = _state with { Epochs = result.Epoch, LossSum = 0 };
            if (isBest) _state = _state with { BestScore = result.Of(_choice), BestEpoch = result.Epoch };
            observer.Epoch(result, isBest);
        }
    }

    /// <summary>
    /// Brings <see cref="Evaluated"/> up to this step. Batch norm's running statistics come as they are, which already are averages of late.
    /// </summary>
    public void Average()
    {
        if (Step.Average is not { } average) return;
        // Before the first step there is no average: the weights are their own.
        var parameters = _state.Step > 0 ? Step.Compiled.View<float>(average) : Variables.AllParameters.View<float>();
        var values = new float[parameters.Length];
        Variables.Device.Download(parameters, values.AsSpan());
        Variables.Device.Upload<float>(values, Evaluated.AllParameters.View<float>());
        foreach (var state in Variables.Variables.Where(v => v.Role == TensorRole.State)) Evaluated[state.Name] = Variables[state.Name];
    }

    /// <summary>
    /// Finds where a value that is no number first appears, by training on from here until one does and then going through that step node by node.
    /// </summary>
    /// <param name="restore">Brings variables, moments and <see cref="State"/> back to where they are now.</param>
    /// <returns>The node and the step, or null if none appears up to <paramref name="lastStep"/>.</returns>
    public (CompiledNode Node, int Step)? FirstNonFinite(int lastStep, Action restore)
    {
        int bad = 0;
        using (var loader = Loader())
            while (bad == 0 && _state.Step < lastStep)
            {
                TakeStep(loader.Next());
                if (!double.IsFinite(Step.Losses(_state.Step, 1)[0]) || FirstNonFiniteVariable() is not null) bad = _state.Step;
            }
        restore();
        if (bad == 0) return null;
        using (var loader = Loader())
        {
            while (_state.Step < bad - 1) TakeStep(loader.Next());
            Feed(loader.Next());
        }
        return Step.Compiled.FirstNonFinite() is { } node ? (node, bad) : null;
    }

    /// <summary>A step with a good loss can still leave weights, or moments of the optimizer, that are no numbers; they must not be saved.</summary>
    /// <exception cref="DivergenceException">There is one.</exception>
    public void ExpectFinite()
    {
        string? moment = Step.Compiled.Moments.FirstOrDefault(m => Array.Exists(Step.Compiled.Download<float>(m.Value), x => !float.IsFinite(x))).Key;
        if ((FirstNonFiniteVariable() ?? moment) is { } name)
            throw new DivergenceException($"'{name}' holds a value that is no number", _state.Step, Schedule.LearningRate(_state.Step));
    }

    private string? FirstNonFiniteVariable() => Variables.Variables.FirstOrDefault(v => Array.Exists(Variables[v.Name], x => !float.IsFinite(x)))?.Name;

    private BatchLoader Loader() => new(_training, _batch, _order, _seed, _state.Step / StepsPerEpoch, _state.Step % StepsPerEpoch);

    private void TakeStep(Batch batch)
    {
        Feed(batch);
        if (_nodesToVerify > 0) RunVerified();
        else Step.Compiled.Run();
    }

    private void Feed(Batch batch)
    {
        int step = _state.Step + 1;
        double learningRate = Schedule.LearningRate(step);
        _state = _state with { Step = step };
        Step.Feed(batch, step, learningRate);
        _unread.Add((step, learningRate));
    }

    private void RunVerified()
    {
        foreach (var node in Step.Compiled.Nodes)
        {
            if (_nodesToVerify == 0) node.Run();
            else if (node.RunVerified(VerifyTolerance) is { Holds: false } comparison)
                throw new EngineException(
                    $"--verify-kernels: {node.Node.Op.Name} '{node.Node.Name}' on {Step.Compiled.Device} is wrong at step {_state.Step}: {comparison.Message}; "
                    + $"compare with --device cpu, and run 'fcn check --device {Step.Compiled.Device}'");
            else _nodesToVerify--;
        }
    }

    private void ReadBack(ITrainingObserver observer, int begun, Stopwatch clock)
    {
        double[] losses = Step.Losses(_state.Step, _unread.Count);
        // Only now are the steps done: the download waited for them.
        double imagesPerSecond = (_state.Step - begun) * _batch / clock.Elapsed.TotalSeconds;
        var steps = new StepResult[losses.Length];
        for (int i = 0; i < steps.Length; i++)
        {
            var (step, learningRate) = _unread[i];
            if (!double.IsFinite(losses[i])) throw new DivergenceException($"the loss is {losses[i]}", step, learningRate);
            steps[i] = new StepResult(step, losses[i], learningRate);
            // One by one, so that the sum is the same wherever a run was stopped.
            _state = _state with { LossSum = _state.LossSum + losses[i] };
        }
        _unread.Clear();
        observer.Steps(steps, Schedule.TotalSteps, imagesPerSecond);
    }

    /// <summary>The epoch after which the cycle of the schedule that <paramref name="epoch"/> ends in began.</summary>
    private int CycleStart(int epoch)
    {
        int start = 0, end = _epochs;
        foreach (int extension in _extensions)
            if (epoch >= end) (start, end) = (end, end + extension);
        return start;
    }

    public void Dispose()
    {
        // What is null here was never made: the constructor failed on the way.
        Evaluator?.Dispose();
        if (Evaluated != Step?.Variables) Evaluated?.Dispose();
        Step?.Dispose();
    }
}
