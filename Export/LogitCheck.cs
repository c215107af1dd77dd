using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Layers;
using FcnFromScratch.Training;

namespace FcnFromScratch.Export;

/// <summary>Whether a file gives the same logits as the weights that it was made of: both run over pictures of their task.</summary>
public static class LogitCheck
{
    /// <summary>The largest difference that is one of rounding.</summary>
    public const double Limit = 1e-4;

    public const int Pictures = 32;

    private const int Batch = 8;

    /// <summary>Pixels taken from the sides of some pictures: of a network for any size the file must give the same for another size, odd too.</summary>
    private static readonly (int Rows, int Columns)[] s_cuts = [(0, 0), (5, 3)];

    /// <summary>The largest difference of a logit. NaN where one is no number.</summary>
    /// <exception cref="DataException">The file cannot be read back.</exception>
    /// <exception cref="EngineException">The file's output has another form.</exception>
    public static double Difference(Weights weights, OnnxFile file)
    {
        var samples = weights.Task.Samples(Pictures);
        var read = new Batch(samples.Spec, Batch);
        double largest = 0;
        for (int first = 0; first < Pictures; first += Batch)
        {
            read.Read(samples, 0, [.. Enumerable.Range(first, Batch)]);
            foreach (var (rows, columns) in first == 0 && weights.Model.Field is not null ? s_cuts : s_cuts[..1])
            {
                var (pixels, shape) = Cut(read, samples.Spec.Height - rows, samples.Spec.Width - columns);
                largest = Math.Max(largest, Difference(weights, file, pixels, shape));
            }
        }
        return largest;
    }

    private static double Difference(Weights weights, OnnxFile file, float[] pixels, Shape shape)
    {
        var imported = file.Build(_ => [shape.Batch, shape.Channels, shape.Height, shape.Width]);
        float[] theirs = imported.Run(weights.Variables.Device, Layout.ChannelsFirst(pixels, shape))[0];
        var (graph, image, output) = weights.Model.For(shape.Height, shape.Width).Network(shape.Batch, training: false, weights.Settings);
        using var compiled = new CompiledGraph(graph, weights.Variables, [output]);
        compiled.Upload<float>(image, pixels);
        compiled.Run();
        float[] ours = Layout.ChannelsFirst(compiled.Download<float>(output), output.Shape);
        if (ours.Length != theirs.Length)
            throw new EngineException($"the file gives {theirs.Length} logits for {shape}, and the weights {ours.Length}; they are of another network");
        double largest = 0;
        for (int i = 0; i < ours.Length; i++) largest = Math.Max(largest, Math.Abs((double)ours[i] - theirs[i]));
        return largest;
    }

    private static (float[] Pixels, Shape Shape) Cut(Batch batch, int height, int width)
    {
        var (spec, shape) = (batch.Spec, new Shape(batch.Size, height, width, batch.Spec.Channels));
        var pixels = new float[shape.Count];
        int row = width * spec.Channels;
        for (int n = 0; n < batch.Size; n++)
            for (int y = 0; y < height; y++)
                batch.Images.AsSpan((n * spec.Height + y) * spec.Width * spec.Channels, row).CopyTo(pixels.AsSpan((n * height + y) * row));
        return (pixels, shape);
    }
}
