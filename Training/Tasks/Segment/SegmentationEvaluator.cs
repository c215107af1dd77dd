using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Layers;

namespace FcnFromScratch.Training.Tasks.Segment;

/// <summary>A sample with what the network made of it: pixels 0 … 255 and classes, all <c>[Height, Width]</c>.</summary>
/// <param name="Position">The sample's position in its source.</param>
public sealed record PredictedPicture(int Position, int Height, int Width, byte[] Image, byte[] Truth, byte[] Prediction);

/// <summary>A segmentation network compiled for inference, with its loss and its confusion matrix.</summary>
public sealed class SegmentationEvaluator : IEvaluator
{
    private readonly Tensor _image, _logits, _loss, _counts;
    private readonly Tensor[] _labels;
    private readonly CompiledGraph _compiled;
    private readonly int _batch, _classes;

    public SegmentationEvaluator(Model model, NetworkSettings settings, VariableStore variables, SampleSpec samples, int batch)
    {
        (_batch, _classes) = (batch, settings.Classes);
        (var graph, _image, _logits) = model.Network(batch, training: false, settings);
        _labels = TrainingStep.Targets(graph, samples, batch);
        _counts = graph.Input("confusion", new TensorSpec(new Shape(_classes, _classes), ElementType.I32));
        _loss = graph.Apply(new SoftmaxCrossEntropy(), "loss", _logits, _labels[0]);
        graph.Apply(new ConfusionMatrix(), "confusion_matrix", _logits, _labels[0], _counts);
        _compiled = new CompiledGraph(graph, variables, [_logits, _loss]);
    }

    /// <summary>The class of each pixel: the largest of its logits, the first of equals.</summary>
    /// <param name="logits">[…, classes]</param>
    /// <param name="labels">One for each pixel.</param>
    public static void Classes(ReadOnlySpan<float> logits, Span<byte> labels)
    {
        int classes = logits.Length / labels.Length;
        for (int i = 0; i < labels.Length; i++)
        {
            var row = logits.Slice(i * classes, classes);
            byte label = 0;
            for (int c = 1; c < classes; c++)
                if (row[c] > row[label]) label = (byte)c;
            labels[i] = label;
        }
    }

    IScores IEvaluator.Evaluate(ISampleSource samples, bool detailed, CancellationToken cancel) => Evaluate(samples, detailed, cancel);

    /// <inheritdoc cref="IEvaluator.Evaluate"/>
    public SegmentationScores Evaluate(ISampleSource samples, bool detailed = false, CancellationToken cancel = default)
    {
        using var loader = new BatchLoader(samples, _batch, BatchOrder.Evaluation);
        var total = new long[_classes, _classes];
        var images = new List<SegmentationScores>();
        double loss = 0;
        for (int b = 0; b < loader.BatchesPerEpoch; b++)
        {
            var batch = loader.Next();
            cancel.ThrowIfCancellationRequested();
            Run(batch);
            var counts = _compiled.Download<int>(_counts);
            for (int i = 0; i < counts.Length; i++) total[i / _classes, i % _classes] += counts[i];
            float[] batchLoss = _compiled.Download<float>(_loss);
            _compiled.ExpectFinite(batchLoss, "the loss");
            loss += batchLoss[0] * (double)batch.Count;
            if (detailed) images.AddRange(ByImage(batch, Predicted()));
        }
        return new SegmentationScores(total, samples.Count, loss / samples.Count, images);
    }

    /// <summary>The samples at some positions of a source with the classes that the network gives their pixels.</summary>
    public IReadOnlyList<PredictedPicture> Predict(ISampleSource samples, IReadOnlyList<int> positions)
    {
        var (height, width) = (samples.Spec.Height, samples.Spec.Width);
        int area = height * width;
        var pictures = new List<PredictedPicture>();
        var batch = new Batch(samples.Spec, _batch);
        foreach (int[] chunk in positions.Chunk(_batch))
        {
            batch.Read(samples, 0, chunk);
            Run(batch);
            byte[] predicted = Predicted();
            for (int n = 0; n < chunk.Length; n++)
            {
                byte[] truth = Array.ConvertAll(batch.Targets[0].Ints[(n * area)..((n + 1) * area)], label => (byte)label);
                pictures.Add(new PredictedPicture(chunk[n], height, width, batch.PixelsOf(n).ToArray(), truth, predicted[(n * area)..((n + 1) * area)]));
            }
        }
        return pictures;
    }

    private void Run(Batch batch)
    {
        // Counts begin at zero for each batch: 32-bit counts of a whole large set could overflow.
        _compiled.Upload<int>(_counts, new int[_classes * _classes]);
        TrainingStep.Upload(_compiled, batch, _image, _labels);
        _compiled.Run();
    }

    private byte[] Predicted()
    {
        float[] logits = _compiled.Download<float>(_logits);
        var labels = new byte[logits.Length / _classes];
        Classes(logits, labels);
        return labels;
    }

    private IEnumerable<SegmentationScores> ByImage(Batch batch, byte[] predicted)
    {
        int area = predicted.Length / batch.Size;
        int[] labels = batch.Targets[0].Ints;
        for (int n = 0; n < batch.Count; n++)
        {
            var counts = new long[_classes, _classes];
            for (int i = n * area; i < (n + 1) * area; i++) counts[labels[i], predicted[i]]++;
            yield return new SegmentationScores(counts);
        }
    }

    public void Dispose() => _compiled.Dispose();
}
