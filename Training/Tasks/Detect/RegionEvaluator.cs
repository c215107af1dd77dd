using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Layers;
using FcnFromScratch.Training.Tasks.Segment;

namespace FcnFromScratch.Training.Tasks.Detect;

/// <summary>
/// A network that labels pixels, measured as a detector: what hangs together in its mask is an object, as <c>fcn predict</c> lists them, in the box around it.
/// Its score is how sure the network is of the region's pixels, the mean of their probabilities: a mask has no other order among its regions.
/// </summary>
/// <param name="limits">Which regions count.</param>
internal sealed class RegionEvaluator(Model model, NetworkSettings settings, VariableStore variables, RegionLimits limits, int batch) : IEvaluator
{
    private readonly Inference _network = new(model, settings, variables);

    /// <exception cref="EngineException">The pictures show something else than digits.</exception>
    public IScores Evaluate(ISampleSource samples, bool detailed = false, CancellationToken cancel = default)
    {
        var scenes = (ISceneSource)samples;
        if (!scenes.Classes.SequenceEqual(SceneSource.DigitNames))
            throw new EngineException($"{model.Name} labels pixels of digits, and these pictures show "
                + $"{ForeignText.Quoted(string.Join(", ", scenes.Classes))}; compare it on pictures of digits");
        var pictures = new List<DetectedPicture>();
        var read = new Batch(samples.Spec, batch);
        foreach (int[] chunk in Enumerable.Range(0, samples.Count).Chunk(batch))
        {
            cancel.ThrowIfCancellationRequested();
            read.Read(samples, 0, chunk);
            foreach (var (position, found) in chunk.Zip(Found(read, chunk.Length)))
            {
                var (width, height) = scenes.SizeOf(position);
                pictures.Add(new DetectedPicture(position, scenes.Objects(0, position), [.. found.Where(d => d.Box.XMax <= width && d.Box.YMax <= height)]));
            }
        }
        return new DetectionScores(pictures, scenes.Classes);
    }

    private List<Detection>[] Found(Batch read, int count)
    {
        int classes = settings.Classes;
        var (height, width) = (read.Spec.Height, read.Spec.Width);
        byte[][] labels = [.. Enumerable.Range(0, count).Select(_ => new byte[height * width])];
        float[][] sure = [.. Enumerable.Range(0, count).Select(_ => new float[height * width])];
        _network.Run([.. Enumerable.Range(0, count).Select(n => InputPicture.Of($"picture {n}", height, width, read.PixelsOf(n).ToArray()))],
            (n, at, logits) =>
            {
                int first = (int)(at / classes), pixels = logits.Length / classes;
                SegmentationEvaluator.Classes(logits, labels[n].AsSpan(first, pixels));
                for (int i = 0; i < pixels; i++) sure[n][first + i] = Largest(logits.Slice(i * classes, classes));
            });
        return [.. labels.Zip(sure, (mask, sureness) => Read(mask, sureness, width))];
    }

    private List<Detection> Read(byte[] labels, float[] sure, int width)
    {
        var found = new List<Detection>();
        foreach (var region in Region.Find(labels, width, SegmentationData.Background))
        {
            if (limits.KindOf(region) != RegionKind.Digit) continue;
            // Pixels of its class in its box: another region of the class there is rare, and as sure.
            double sum = 0;
            int pixels = 0;
            for (int y = region.YMin; y <= region.YMax; y++)
                for (int x = region.XMin; x <= region.XMax; x++)
                {
                    if (labels[y * width + x] != region.Class) continue;
                    sum += sure[y * width + x];
                    pixels++;
                }
            found.Add(new Detection(new Box(region.XMin, region.YMin, region.XMax + 1, region.YMax + 1), region.Class, sum / pixels));
        }
        return found;
    }

    /// <summary>The largest of the probabilities that logits stand for.</summary>
    private static float Largest(ReadOnlySpan<float> logits)
    {
        float most = float.NegativeInfinity, sum = 0;
        foreach (float logit in logits) most = Math.Max(most, logit);
        foreach (float logit in logits) sum += MathF.Exp(logit - most);
        return 1 / sum;
    }

    public void Dispose() => _network.Dispose();
}
