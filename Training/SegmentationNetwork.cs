using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Layers;

namespace FcnFromScratch.Training;

/// <summary>A segmentation network compiled for inference: logits for pictures, and pooled metrics over a source of samples.</summary>
public sealed class SegmentationNetwork : IDisposable
{
    private readonly Tensor _image, _labels, _logits, _loss, _counts;

    public SegmentationNetwork(Model model, VariableStore variables, int batch)
    {
        Batch = batch;
        (var graph, _image, _logits) = model.Network(batch, training: false);
        int classes = _logits.Shape.Channels;
        _labels = graph.Input("labels", new TensorSpec(new Shape(batch, _logits.Shape.Height, _logits.Shape.Width), ElementType.I32));
        _counts = graph.Input("confusion", new TensorSpec(new Shape(classes, classes), ElementType.I32));
        _loss = graph.Apply(new SoftmaxCrossEntropy(), "loss", _logits, _labels);
        graph.Apply(new ConfusionMatrix(), "confusion_matrix", _logits, _labels, _counts);
        Compiled = new CompiledGraph(graph, variables, [_logits, _loss]);
    }

    public int Batch { get; }
    public CompiledGraph Compiled { get; }
    public Shape LogitsShape => _logits.Shape;

    /// <summary>Logits of a batch. images: [batch, H, W, 1], pixel / 127.5 − 1; logits: [batch, H, W, classes].</summary>
    public float[] Logits(ReadOnlySpan<float> images)
    {
        Compiled.Upload(_image, images);
        var ignored = new int[_labels.Shape.Count];
        Array.Fill(ignored, -1);
        Compiled.Upload<int>(_labels, ignored);
        Compiled.Run();
        return Compiled.Download<float>(_logits);
    }

    /// <summary>Runs all samples once. The loss is the mean over all pixels.</summary>
    public (SegmentationMetrics Metrics, double Loss) Evaluate(ISampleSource samples)
    {
        int classes = _logits.Shape.Channels;
        using var loader = new BatchLoader(samples, Batch, BatchOrder.Evaluation);
        var total = new long[classes, classes];
        double loss = 0;
        for (int b = 0; b < loader.BatchesPerEpoch; b++)
        {
            var batch = loader.Next();
            // Counts are read back batch by batch: 32-bit counts of a whole large set could overflow.
            Compiled.Upload<int>(_counts, new int[classes * classes]);
            Compiled.Upload<float>(_image, batch.Images);
            Compiled.Upload<int>(_labels, batch.Labels);
            Compiled.Run();
            var counts = Compiled.Download<int>(_counts);
            for (int i = 0; i < counts.Length; i++) total[i / classes, i % classes] += counts[i];
            loss += Compiled.Download<float>(_loss)[0] * (double)batch.Count;
        }
        return (new SegmentationMetrics(total), loss / samples.Count);
    }

    public void Dispose() => Compiled.Dispose();
}
