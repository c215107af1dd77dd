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

    private readonly Tensor _image, _labels, _seen, _logits;
    private readonly VariableStore _variables;
    private readonly CompiledGraph _training, _inference;
    private readonly float[] _pixels = new float[Batch * DigitImages.Area];

    public DigitReader(Device device, ulong seed)
    {
        var graph = new Graph(training: true);
        (_image, var logits) = Build(graph);
        _labels = graph.Input("labels", new TensorSpec(new Shape(Batch, 1, 1), ElementType.I32));
        var loss = graph.Apply(new SoftmaxCrossEntropy(), "loss", logits, _labels);
        _variables = new VariableStore(device, graph, seed);
        _training = new CompiledGraph(graph, _variables, [], loss, new Adam());

        var inference = new Graph(training: false);
        (_seen, _logits) = Build(inference);
        _inference = new CompiledGraph(inference, _variables, [_logits]);
    }

    public int Parameters => _variables.Variables.Sum(v => (int)v.Shape.Count);

    // image: [Batch, 28, 28, 1], pixel / 255; logits: [Batch, 1, 1, 10]
    private static (Tensor Image, Tensor Logits) Build(Graph graph)
    {
        var image = graph.Input("image", new Shape(Batch, DigitImages.Side, DigitImages.Side, 1));
        var h = graph.MaxPool2d(graph.Conv2d(image, "conv1", 32, 3, ActivationKind.Relu), "pool1");
        h = graph.Conv2d(h, "conv2", 64, 3, ActivationKind.Relu);
        h = graph.MaxPool2d(graph.Conv2d(h, "conv3", 64, 3, ActivationKind.Relu), "pool2");
        // A linear layer over all 7×7 places is a convolution that fits in once.
        var (weight, bias) = (new Shape(7, 7, 64, 128), new Shape(128));
        h = graph.Apply(new Conv2d(Padding.Valid, activation: ActivationKind.Relu), "hidden", h,
            graph.Parameter("hidden.weight", weight, new Initializer.HeNormal(7 * 7 * 64)), graph.Parameter("hidden.bias", bias, Initializer.Zeros));
        return (image, graph.Linear(graph.Dropout(h, "drop", 0.5f, seed: 1), "logits", 10));
    }

    /// <summary>Draws <paramref name="steps"/> batches, batch s from key (seed, s), and takes a step on each.</summary>
    public void Train(IDigitSource source, int steps, ulong seed)
    {
        var schedule = new Schedule("one-cycle", PeakRate, [steps]);
        var (bytes, labels) = (new byte[_pixels.Length], new int[Batch]);
        for (int step = 1; step <= steps; step++)
        {
            Parallel.For(0, Batch, i =>
            {
                var random = new CounterRandom(seed, RandomStream.Augmentation, (uint)step, (uint)i);
                labels[i] = source.Draw(ref random, bytes.AsSpan(i * DigitImages.Area, DigitImages.Area));
            });
            _training.Upload<float>(_image, Scale(bytes));
            _training.Upload<int>(_labels, labels);
            _training.BeginStep(step, schedule.Rate(step));
            _training.Run();
        }
    }

    /// <summary>The digit with the largest logit for each image.</summary>
    public byte[] Read(DigitImages images)
    {
        var read = new byte[images.Count];
        for (int first = 0; first < images.Count; first += Batch)
        {
            int count = Math.Min(Batch, images.Count - first);
            _inference.Upload<float>(_seen, Scale(images.Images.AsSpan(first * DigitImages.Area, count * DigitImages.Area)));
            _inference.Run();
            var logits = _inference.Download<float>(_logits).AsSpan();
            for (int i = 0; i < count; i++)
            {
                var row = logits.Slice(10 * i, 10);
                for (int digit = 1; digit < 10; digit++)
                    if (row[digit] > row[read[first + i]]) read[first + i] = (byte)digit;
            }
        }
        return read;
    }

    private ReadOnlySpan<float> Scale(ReadOnlySpan<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++) _pixels[i] = bytes[i] / 255f;
        return _pixels;
    }

    public void Dispose()
    {
        _inference.Dispose();
        _training.Dispose();
        _variables.Dispose();
    }
}
