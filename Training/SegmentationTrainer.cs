using System.Diagnostics;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Layers;

namespace FcnFromScratch.Training;

/// <summary>
/// Trains a segmentation network: batches prepared in the background, one compiled graph for the step and one for evaluation over the same variables.
/// Losses stay on the device and are read back every <see cref="ReadBackEvery"/> steps, so that the host never holds the device up.
/// What a step computes is a function of the variables, the optimizer's moments and the step's number: <see cref="Checkpoint"/> holds these and
/// <see cref="State"/>, and training that goes on from them is, to the bit, training that never stopped.
/// </summary>
public sealed class SegmentationTrainer : IDisposable
{
    public const int ReadBackEvery = 20;

    /// <summary>Images of an evaluation's batch at most: larger ones are no faster, and need memory beside training's.</summary>
    private const int MostEvaluated = 32;

    private readonly TrainingOptions _options;
    private readonly SegmentationData _data;
    private readonly Split _split;
    private readonly ISampleSource _training;
    private readonly Tensor _image, _labels, _step, _rates, _losses;
    private readonly IOptimizer _optimizer;
    private readonly float[] _lossRing = new float[ReadBackEvery];
    private readonly List<(int Step, double Loss, double Rate)> _unread = [];
    private TrainingState _state = TrainingState.Start;
    private int _nodesToVerify;

    /// <param name="digits">What augmentation composes new images from; needed where <see cref="TrainingOptions.Augment"/> is above 0.</param>
    /// <exception cref="DeviceMemoryException">The batch does not fit; names one that would.</exception>
    public SegmentationTrainer(TrainingOptions options, SegmentationData data, Split split, Device device, IDigitSource? digits = null)
    {
        (_options, _data, _split, _nodesToVerify) = (options, data, split, options.VerifyKernels);
        if (options.Batch > split.Train.Length)
            throw new EngineException($"a batch of {options.Batch} is larger than the {split.Train.Length} training images; choose --batch {split.Train.Length} or less");
        _training = new DataSource(data, split.Train);
        if (options.Augment > 0)
            _training = new AugmentedSource(_training, digits ?? throw new EngineException("there are no digits to augment with"), options.Augment, options.Seed);
        StepsPerEpoch = split.Train.Length / options.Batch;
        Schedule = options.Schedules(StepsPerEpoch);

        var settings = options.Model.Options with { Dropout = options.Dropout, ClassPrior = options.PriorBias ? Prior(data, split) : null };
        (var graph, _image, var logits) = options.Model.Network(options.Batch, training: true, settings);
        _labels = graph.Input("labels", new TensorSpec(new Shape(options.Batch, logits.Shape.Height, logits.Shape.Width), ElementType.I32));
        _losses = graph.Input("losses", new Shape(ReadBackEvery));
        _step = graph.Step();
        var loss = graph.Apply(new SoftmaxCrossEntropy(), "loss", logits, _labels);
        graph.Apply(new RingWrite(), "log", loss, _step, _losses);
        _optimizer = options.Optimizer switch
        {
            "adam" => new Adam(),
            "sgd" => new Sgd(0.9f),
            "nesterov" => new Sgd(0.9f, nesterov: true),
            _ => throw new EngineException($"there is no optimizer '{options.Optimizer}'; there are adam, sgd, nesterov"),
        };
        try
        {
            Variables = new VariableStore(device, graph, options.Seed);
            if (options.Init is not null) Checkpoint.Load(options.Init, Variables);
            Compiled = new CompiledGraph(graph, Variables, [], loss, _optimizer);
            _rates = graph.Input("rates", new Shape(4));
            Evaluation = new SegmentationNetwork(options.Model, Variables, Math.Min(options.Batch, MostEvaluated));
        }
        catch (DeviceMemoryException e)
        {
            Dispose();
            // Nearly all of it grows with the batch; a fifth is left for what does not, and for validation.
            int fits = (int)(0.8 * options.Batch * e.Free / e.Asked);
            string next = options.Batch > 1 && fits >= 1 ? $"--batch {Math.Min(fits, options.Batch - 1)} would fit" : "choose a smaller --model or another --device";
            throw new DeviceMemoryException($"a batch of {options.Batch} does not fit: {e.Message}; {next}", e.Asked, e.Free);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public VariableStore Variables { get; }
    public CompiledGraph Compiled { get; }
    public SegmentationNetwork Evaluation { get; }
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

    /// <summary>Whether all epochs are done and validated, or nothing has improved for <see cref="TrainingOptions.Patience"/> of them.</summary>
    public bool IsComplete => _state.Epochs * StepsPerEpoch >= Schedule.TotalSteps || StoppedEarly;

    /// <summary>Whether nothing has improved for <see cref="TrainingOptions.Patience"/> epochs of the cycle in progress, which has not come to its end.</summary>
    public bool StoppedEarly => _options.Patience > 0 && _state.Epochs * StepsPerEpoch < Schedule.TotalSteps
        && _state.Epochs - Math.Max(_state.BestEpoch, _options.CycleStart(_state.Epochs)) >= _options.Patience;

    /// <summary>
    /// Trains to the end, or to the end of the step in which it is cancelled.
    /// </summary>
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
            while (_state.Step < last && !cancel.IsCancellationRequested)
            {
                Step(loader.Next());
                if (_unread.Count == ReadBackEvery || _state.Step == last) ReadBack(observer, begun, clock);
            }
            if (_unread.Count > 0) ReadBack(observer, begun, clock);
            if (cancel.IsCancellationRequested) return;

            double seconds = clock.Elapsed.TotalSeconds;
            ExpectFinite();
            var (metrics, validationLoss) = _options.Evaluate ? Evaluation.Evaluate(new DataSource(_data, _split.Validation)) : (null, double.NaN);
            double iou = metrics?.MeanIouDigits ?? double.NaN;
            // Without validation the last epoch is the best that is known.
            bool isBest = metrics is null || double.IsNaN(_state.BestIou) || iou > _state.BestIou;
            var result = new EpochResult(
                _state.Epochs + 1, seconds, _state.LossSum / (last - first), validationLoss, iou, metrics?.MeanDiceDigits ?? double.NaN,
                Schedule.Rate(last), begun == last ? double.NaN : (last - begun) * _options.Batch / seconds);
            _state = _state with { Epochs = result.Epoch, LossSum = 0 };
            if (isBest) _state = _state with { BestIou = iou, BestEpoch = result.Epoch };
            observer.Epoch(result, isBest);
        }
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
                Step(loader.Next());
                if (!double.IsFinite(Losses()[^1]) || FirstNonFiniteVariable() is not null) bad = _state.Step;
            }
        restore();
        if (bad == 0) return null;
        using (var loader = Loader())
        {
            while (_state.Step < bad - 1) Step(loader.Next());
            Feed(loader.Next());
        }
        foreach (var node in Compiled.Nodes)
        {
            node.Run();
            if (node.Outputs().Any(o => o.Values.Any(v => !double.IsFinite(v)))) return (node, bad);
        }
        return null;
    }

    private BatchLoader Loader() => new(
        _training, _options.Batch, _options.Sequential ? BatchOrder.Sequential : BatchOrder.Shuffled, _options.Seed,
        _state.Step / StepsPerEpoch, _state.Step % StepsPerEpoch);

    /// <summary>Queues one training step.</summary>
    private void Step(Batch batch)
    {
        Feed(batch);
        if (_nodesToVerify > 0) RunVerified();
        else Compiled.Run();
    }

    private void Feed(Batch batch)
    {
        int step = _state.Step + 1;
        _state = _state with { Step = step };
        double rate = Schedule.Rate(step);
        Span<float> rates = stackalloc float[4];
        _optimizer.Rates(rates, step, rate);
        Compiled.Upload<float>(_image, batch.Images);
        Compiled.Upload<int>(_labels, batch.Labels);
        Compiled.Upload(_step, [step]);
        Compiled.Upload<float>(_rates, rates);
        _unread.Add((step, 0, rate));
    }

    /// <summary>
    /// How far a kernel's output may be from the double reference, as a share of its largest element. The nodes of a step of fcn8 and fcn8-fine at batch 8
    /// were at most 5e-6 off on the CPU and 2.2e-5 on OpenCL; a wrong element is off by far more.
    /// </summary>
    public const double VerifyTolerance = 2e-4;

    private void RunVerified()
    {
        foreach (var node in Compiled.Nodes)
        {
            if (_nodesToVerify == 0) node.Run();
            else if (node.RunVerified(VerifyTolerance) is { Holds: false } comparison)
                throw new EngineException(
                    $"--verify-kernels: {node.Node.Op.Name} '{node.Node.Name}' on {Compiled.Device} is wrong at step {_state.Step}: {comparison.Message}; "
                    + $"compare with --device cpu, and run 'fcn check --device {Compiled.Device}'");
            else _nodesToVerify--;
        }
    }

    /// <summary>The losses of the steps since the last read-back, oldest first. Waits for the device.</summary>
    private List<double> Losses()
    {
        Compiled.Device.Download(Compiled.View<float>(_losses), _lossRing.AsSpan());
        return [.. _unread.TakeLast(ReadBackEvery).Select(u => (double)_lossRing[u.Step % ReadBackEvery])];
    }

    private void ReadBack(ITrainingObserver observer, int begun, Stopwatch clock)
    {
        var losses = Losses();
        // Only now are the steps done: the download waited for them.
        double imagesPerSecond = (_state.Step - begun) * _options.Batch / clock.Elapsed.TotalSeconds;
        for (int i = 0; i < _unread.Count; i++)
        {
            if (!double.IsFinite(losses[i])) throw new DivergenceException($"the loss is {losses[i]}", _unread[i].Step, _unread[i].Rate);
            _unread[i] = _unread[i] with { Loss = losses[i] };
            // One by one, so that the sum is the same wherever a run was stopped.
            _state = _state with { LossSum = _state.LossSum + losses[i] };
        }
        observer.Steps(_state.Step, Schedule.TotalSteps, _unread, imagesPerSecond);
        _unread.Clear();
    }

    /// <summary>A step with a good loss can still leave weights, or moments of the optimizer, that are no numbers; they must not be saved.</summary>
    /// <exception cref="DivergenceException">There is one.</exception>
    public void ExpectFinite()
    {
        string? moment = Compiled.Moments.FirstOrDefault(m => Array.Exists(Compiled.Download<float>(m.Value), x => !float.IsFinite(x))).Key;
        if ((FirstNonFiniteVariable() ?? moment) is { } name) throw new DivergenceException($"'{name}' holds a value that is no number", _state.Step, Schedule.Rate(_state.Step));
    }

    private string? FirstNonFiniteVariable() => Variables.Variables.FirstOrDefault(v => Array.Exists(Variables[v.Name], x => !float.IsFinite(x)))?.Name;

    private static float[] Prior(SegmentationData data, Split split)
    {
        // One is added to each count: a class that never occurs must not have the bias −∞.
        var counts = new long[SegmentationData.Classes];
        Array.Fill(counts, 1);
        foreach (int image in split.Train)
            foreach (byte label in data.Mask(image)) counts[label]++;
        double total = counts.Sum();
        return [.. counts.Select(c => (float)(c / total))];
    }

    public void Dispose()
    {
        // What is null here was never made: the constructor failed on the way.
        Evaluation?.Dispose();
        Compiled?.Dispose();
        Variables?.Dispose();
    }
}
