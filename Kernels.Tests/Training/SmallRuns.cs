using FcnFromScratch.Data;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Layers;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Tasks.Segment;

namespace FcnFromScratch.Kernels.Tests.Training;

/// <summary>Runs on 40 pictures with a small net of fcn8's form: 28 to train on, in batches of 4, so 7 steps an epoch.</summary>
internal static class SmallRuns
{
    public static SegmentationData Pictures { get; } = M2nistComposer.Procedural(40, seed: 3);

    /// <summary>Narrow, and wide enough for the Winograd kernels.</summary>
    public static Model Narrow { get; } = Small("fcn8-narrow", 8, 8);
    public static Model Wide { get; } = Small("fcn8-wide", 32, 32);

    public static SegmentTask Task { get; } = new([Narrow, Wide]);

    public static Arguments Arguments(Device device, Model? model = null) => new Arguments(Task).On(device)
        .With(Parameters.Model, (model ?? Narrow).Name).With(Parameters.Batch, 4).With(Parameters.Epochs, 2).With(Parameters.Seed, 5UL)
        .With(SegmentParameters.Augment, 0);

    public static TaskData Open(Arguments arguments, SegmentationData? pictures = null, IDigitSource? digits = null) =>
        Task.Open(pictures ?? Pictures, "tests", arguments, (_, _) => digits ?? ProceduralDigits.Source);

    public static Trainer Trainer(Arguments arguments) => new(arguments, Open(arguments), arguments.Device);

    private static Model Small(string name, int first, int second) =>
        Fcn8.Variant(name, "small", new Fcn8Options { Filters = [first, second, 16, 16, 16], HeadFilters = 16 });

    /// <summary>Watches a run and keeps what it tells.</summary>
    internal class Observer : IRunObserver
    {
        public List<string> Lines { get; } = [];
        public List<double> Losses { get; } = [];
        public List<EpochResult> Epochs { get; } = [];

        public void Line(string text) => Lines.Add(text);
        public void Steps(IReadOnlyList<StepResult> steps, int totalSteps, double imagesPerSecond) => Losses.AddRange(steps.Select(s => s.Loss));
        public virtual void Epoch(EpochResult result, bool isBest) => Epochs.Add(result);
    }
}
