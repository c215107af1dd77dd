using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Layers;

namespace FcnFromScratch.Training;

/// <summary>A sample with what the network made of it: pixels 0 … 255 and classes, all <c>[Height, Width]</c>.</summary>
/// <param name="Position">The sample's position in its source.</param>
public sealed record PredictedPicture(int Position, int Height, int Width, byte[] Image, byte[] Truth, byte[] Prediction);

/// <summary>A segmentation network compiled for inference: logits and classes of pictures, and metrics over a source of samples.</summary>
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

    /// <summary>The class of each pixel: the largest of its logits, the first of equals.</summary>
    /// <param name="logits">[…, classes]</param>
    public static byte[] Classes(ReadOnlySpan<float> logits, int classes)
    {
        var labels = new byte[logits.Length / classes];
        for (int i = 0; i < labels.Length; i++)
        {
            var row = logits.Slice(i * classes, classes);
            for (int c = 1; c < classes; c++)
                if (row[c] > row[labels[i]]) labels[i] = (byte)c;
        }
        return labels;
    }

    /// <summary>Runs all samples once. The loss is the mean over all pixels.</summary>
    /// <param name="byImage">Keeps the metrics of each image too, for standard errors and ranks; costs the download of the logits.</param>
    public (SegmentationMetrics Metrics, double Loss) Evaluate(ISampleSource samples, bool byImage = false)
    {
        int classes = _logits.Shape.Channels;
        using var loader = new BatchLoader(samples, Batch, BatchOrder.Evaluation);
        var total = new long[classes, classes];
        var images = new List<SegmentationMetrics>();
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
            if (byImage) images.AddRange(ByImage(batch, Classes(Compiled.Download<float>(_logits), classes), classes));
        }
        return (new SegmentationMetrics(total, images), loss / samples.Count);
    }

    private static IEnumerable<SegmentationMetrics> ByImage(Batch batch, byte[] predicted, int classes)
    {
        int area = predicted.Length / batch.Positions.Length;
        for (int n = 0; n < batch.Count; n++)
        {
            var counts = new long[classes, classes];
            for (int i = n * area; i < (n + 1) * area; i++) counts[batch.Labels[i], predicted[i]]++;
            yield return new SegmentationMetrics(counts);
        }
    }

    /// <summary>The samples at some positions of a source with the classes that the network gives their pixels.</summary>
    public IReadOnlyList<PredictedPicture> Predict(ISampleSource samples, IReadOnlyList<int> positions)
    {
        int area = samples.Height * samples.Width, classes = _logits.Shape.Channels;
        var pictures = new List<PredictedPicture>();
        var images = new float[Batch * area];
        foreach (int[] chunk in positions.Chunk(Batch))
        {
            foreach (int position in chunk)
            {
                var picture = new PredictedPicture(position, samples.Height, samples.Width, new byte[area], new byte[area], new byte[area]);
                samples.Read(0, position, picture.Image, picture.Truth);
                int first = pictures.Count % Batch * area;
                for (int i = 0; i < area; i++) images[first + i] = picture.Image[i] / 127.5f - 1;
                pictures.Add(picture);
            }
            byte[] predicted = Classes(Logits(images), classes);
            for (int n = 0; n < chunk.Length; n++) predicted.AsSpan(n * area, area).CopyTo(pictures[pictures.Count - chunk.Length + n].Prediction);
        }
        return pictures;
    }

    public void Dispose() => Compiled.Dispose();
}
