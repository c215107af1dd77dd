using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Layers;
using FcnFromScratch.Training;

namespace FcnFromScratch.Bench;

/// <summary>
/// A small CNN that reads single digits: three 3×3 convolutions of 32, 64 and 64 filters with two poolings, a hidden layer of 128 with dropout,
/// ten logits. Trained by Adam under a one-cycle rate on digits that are drawn as they are needed, no digit twice.
/// </summary>
internal sealed class DigitReader : IDisposable
{
    public const int Batch = 64;
    private const double PeakRate = 2e-3;

    private static readonly NetworkSettings s_settings = new() { Classes = 10 };
    private static readonly SampleSpec s_samples = new(DigitImages.Side, DigitImages.Side, 1, new TargetSpec("labels", TargetType.Int32, 1, 1));
    private static readonly Model s_model =
        new("digit-reader", "read", "a CNN for single digits", new InputSize(DigitImages.Side, DigitImages.Side), Build);

    private readonly TrainingStep _step;
    private readonly Inference _inference;

    public DigitReader(Device device, ulong seed)
    {
        LossBuilder loss = (graph, logits, targets) => graph.Apply(new SoftmaxCrossEntropy(), "loss", logits, targets[0]);
        _step = new TrainingStep(s_model, s_settings, s_samples, loss, Optimizers.Make("adam"), Batch, device, seed);
        _inference = new Inference(s_model, s_settings, _step.Variables);
    }

    // image: [N, 28, 28, 1]; logits: [N, 1, 1, 10]
    private static Tensor Build(Graph graph, Tensor image, NetworkSettings settings)
    {
        var h = graph.MaxPool2d(graph.Conv2d(image, "conv1", 32, 3, ActivationKind.Relu), "pool1");
        h = graph.Conv2d(h, "conv2", 64, 3, ActivationKind.Relu);
        h = graph.MaxPool2d(graph.Conv2d(h, "conv3", 64, 3, ActivationKind.Relu), "pool2");
        // A linear layer over all 7×7 places is a convolution that fits in once.
        var (weight, bias) = (new Shape(7, 7, 64, 128), new Shape(128));
        h = graph.Apply(new Conv2d(Padding.Valid, activation: ActivationKind.Relu), "hidden", h,
            graph.Parameter("hidden.weight", weight, new Initializer.HeNormal(7 * 7 * 64)), graph.Parameter("hidden.bias", bias, Initializer.Zeros));
        return graph.Linear(graph.Dropout(h, "drop", settings.Dropout, seed: 1), "logits", settings.Classes);
    }

    /// <summary>Takes <paramref name="steps"/> steps, each on a batch of digits of its own.</summary>
    public void Train(IDigitSource digits, int steps, ulong seed)
    {
        var schedule = new Schedule("one-cycle", PeakRate, [steps]);
        using var loader = new BatchLoader(new DrawnDigits(digits, seed), Batch, BatchOrder.Sequential);
        for (int step = 1; step <= steps; step++) _step.Run(loader.Next(), step, schedule.LearningRate(step));
    }

    /// <summary>The digit with the largest logit for each image.</summary>
    public byte[] Read(DigitImages images)
    {
        var read = new byte[images.Count];
        foreach (int[] batch in Enumerable.Range(0, images.Count).Chunk(Batch))
        {
            InputPicture[] pictures = [.. batch.Select(i => InputPicture.Of(images.Name, DigitImages.Side, DigitImages.Side, images.Image(i).ToArray()))];
            _inference.Run(pictures, (n, _, logits) =>
            {
                for (int digit = 1; digit < logits.Length; digit++)
                    if (logits[digit] > logits[read[batch[n]]]) read[batch[n]] = (byte)digit;
            });
        }
        return read;
    }

    public void Dispose()
    {
        _inference.Dispose();
        _step.Dispose();
    }

    /// <summary>A batch of digits in every epoch, each digit a function of (seed, epoch, position).</summary>
    private sealed class DrawnDigits(IDigitSource digits, ulong seed) : ISampleSource
    {
        public int Count => Batch;

        public SampleSpec Spec => s_samples;

        public void Read(int epoch, int position, Sample sample)
        {
            var random = new CounterRandom(seed, RandomStream.Augmentation, (uint)epoch, (uint)position);
            sample.Ints(0)[0] = digits.Draw(ref random, sample.Pixels);
        }
    }
}
