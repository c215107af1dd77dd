using System.Diagnostics;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Layers;

namespace FcnFromScratch.Training;

/// <summary>What a training run is, apart from its data and device.</summary>
public sealed record TrainingOptions
{
    public required Model Model { get; init; }
    public int Epochs { get; init; } = 10;

    /// <summary>Stops after this many steps; 0 runs all epochs.</summary>
    public int Steps { get; init; }
    public int Batch { get; init; } = 16;
    public double LearningRate { get; init; } = 1.6e-2;
    public string Schedule { get; init; } = "one-cycle";
    public string Optimizer { get; init; } = "adam";
    public float Dropout { get; init; } = 0.5f;
    public ulong Seed { get; init; }
    public bool Sequential { get; init; }

    /// <summary>Starts the last biases at the logarithm of the classes' shares, so that the net need not first learn that most pixels are background.</summary>
    public bool PriorBias { get; init; } = true;

    /// <summary>Whether each epoch ends with the validation images and the run with the test images; off for timing and step-by-step comparisons.</summary>
    public bool Evaluate { get; init; } = true;

    /// <summary>A safetensors file to start from.</summary>
    public string? Init { get; init; }
}

/// <summary>One line of results.csv. The figures are of the validation images, NaN where a run does not validate.</summary>
public sealed record EpochResult(
    int Epoch, double Seconds, double TrainLoss, double ValidationLoss, double MeanIouDigits, double MeanDiceDigits, double Rate, double ImagesPerSecond);

/// <summary>What a trainer tells while it runs.</summary>
public interface ITrainingObserver
{
    /// <summary>Losses of steps that have just been read back, oldest first; the last is the loss of step <paramref name="lastStep"/>.</summary>
    void Steps(int lastStep, int totalSteps, IReadOnlyList<(int Step, double Loss, double Rate)> steps, double imagesPerSecond);

    void Epoch(EpochResult result, bool isBest);
}

/// <summary>
/// Trains a segmentation network: batches prepared in the background, one compiled graph for the step and one for evaluation over the same variables.
/// Losses stay on the device and are read back every <see cref="ReadBackEvery"/> steps, so that the host never holds the device up.
/// </summary>
public sealed class SegmentationTrainer : IDisposable
{
    public const int ReadBackEvery = 20;

    private readonly TrainingOptions _options;
    private readonly SegmentationData _data;
    private readonly Split _split;
    private readonly Tensor _image, _labels, _step, _rates, _losses;
    private readonly IOptimizer _optimizer;
    private readonly float[] _lossRing = new float[ReadBackEvery];
    private readonly List<(int Step, double Loss, double Rate)> _unread = [];

    public SegmentationTrainer(TrainingOptions options, SegmentationData data, Split split, Device device)
    {
        (_options, _data, _split) = (options, data, split);
        if (options.Batch > split.Train.Length)
            throw new EngineException($"a batch of {options.Batch} is larger than the {split.Train.Length} training images; choose --batch {split.Train.Length} or less");
        var settings = options.Model.Options with { Dropout = options.Dropout, ClassPrior = options.PriorBias ? Prior(data, split) : null };
        (var graph, _image, var logits) = options.Model.Network(options.Batch, training: true, settings);
        _labels = graph.Input("labels", new TensorSpec(new Shape(options.Batch, logits.Shape.Height, logits.Shape.Width), ElementType.I32));
        _losses = graph.Input("losses", new Shape(ReadBackEvery));
        _step = graph.Step();
        var loss = graph.Apply(new SoftmaxCrossEntropy(), "loss", logits, _labels);
        graph.Apply(new ScalarLog(), "log", loss, _step, _losses);
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
            Evaluation = new SegmentationNetwork(options.Model, Variables, options.Batch);
        }
        catch
        {
            Dispose();
            throw;
        }
        StepsPerEpoch = split.Train.Length / options.Batch;
        int all = options.Epochs * StepsPerEpoch;
        TotalSteps = options.Steps > 0 ? Math.Min(options.Steps, all) : all;
        Schedule = new Schedule(options.Schedule, options.LearningRate, TotalSteps);
    }

    public VariableStore Variables { get; }
    public CompiledGraph Compiled { get; }
    public SegmentationNetwork Evaluation { get; }
    public Schedule Schedule { get; }
    public int StepsPerEpoch { get; }
    public int TotalSteps { get; }
    public int StepsDone { get; private set; }

    /// <summary>
    /// Trains to the end, or to the end of the step in which it is cancelled. Stops with an error when the loss is no longer a number.
    /// </summary>
    public void Run(ITrainingObserver observer, CancellationToken cancel = default)
    {
        using var loader = new BatchLoader(
            new DataSource(_data, _split.Train), _options.Batch, _options.Sequential ? BatchOrder.Sequential : BatchOrder.Shuffled, _options.Seed);
        double best = double.NegativeInfinity;
        for (int epoch = 1; StepsDone < TotalSteps && !cancel.IsCancellationRequested; epoch++)
        {
            var clock = Stopwatch.StartNew();
            double lossSum = 0;
            int steps = 0;
            for (; steps < StepsPerEpoch && StepsDone < TotalSteps && !cancel.IsCancellationRequested; steps++)
            {
                Step(loader.Next());
                if (_unread.Count == ReadBackEvery || steps == StepsPerEpoch - 1 || StepsDone == TotalSteps)
                    lossSum += ReadBack(observer, (steps + 1) * _options.Batch, clock);
            }
            if (_unread.Count > 0) lossSum += ReadBack(observer, steps * _options.Batch, clock);
            if (cancel.IsCancellationRequested) break;
            double seconds = clock.Elapsed.TotalSeconds;
            var (metrics, validationLoss) = _options.Evaluate ? Evaluation.Evaluate(new DataSource(_data, _split.Validation)) : (null, double.NaN);
            // Without validation the last epoch is the best that is known.
            bool isBest = metrics is null || metrics.MeanIouDigits > best;
            if (metrics is not null && isBest) best = metrics.MeanIouDigits;
            observer.Epoch(
                new EpochResult(
                    epoch, seconds, lossSum / steps, validationLoss, metrics?.MeanIouDigits ?? double.NaN, metrics?.MeanDiceDigits ?? double.NaN,
                    Schedule.Rate(StepsDone), steps * _options.Batch / seconds), isBest);
        }
    }

    /// <summary>Queues one training step.</summary>
    private void Step(Batch batch)
    {
        StepsDone++;
        double rate = Schedule.Rate(StepsDone);
        Span<float> rates = stackalloc float[4];
        _optimizer.Rates(rates, StepsDone, rate);
        Compiled.Upload<float>(_image, batch.Images);
        Compiled.Upload<int>(_labels, batch.Labels);
        Compiled.Upload(_step, [StepsDone]);
        Compiled.Upload<float>(_rates, rates);
        Compiled.Run();
        _unread.Add((StepsDone, 0, rate));
    }

    private double ReadBack(ITrainingObserver observer, int images, Stopwatch clock)
    {
        Compiled.Device.Download(Compiled.View<float>(_losses), _lossRing.AsSpan());
        // Only now are the steps done: the download waited for them.
        double imagesPerSecond = images / clock.Elapsed.TotalSeconds;
        double sum = 0;
        for (int i = 0; i < _unread.Count; i++)
        {
            double loss = _lossRing[_unread[i].Step % ReadBackEvery];
            if (!double.IsFinite(loss))
                throw new EngineException($"the loss is {loss} at step {_unread[i].Step}, learning rate {_unread[i].Rate:G3}; try a smaller --lr (the last weights saved are still good)");
            _unread[i] = _unread[i] with { Loss = loss };
            sum += loss;
        }
        observer.Steps(StepsDone, TotalSteps, _unread, imagesPerSecond);
        _unread.Clear();
        return sum;
    }

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
