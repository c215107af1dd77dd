using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Layers;

namespace FcnFromScratch.Training;

/// <summary>
/// Times whole steps of a network on random pictures, as Bench/peers/oracle.py --time does: a training step is forward, backward and Adam; an inference
/// step is the forward pass with the moving averages. Uploads are left out on both sides.
/// </summary>
public static class ModelBenchmark
{
    /// <summary>Images per second, by the median over steps.</summary>
    public sealed record Result(double Train, double Infer, double ArenaMegabytes);

    public static Result Run(Model model, Device device, int batch, double seconds)
    {
        var (graph, image, logits) = model.Network(batch, training: true);
        var labels = graph.Input("labels", new TensorSpec(new Shape(batch, logits.Shape.Height, logits.Shape.Width), ElementType.I32));
        var loss = graph.Apply(new SoftmaxCrossEntropy(), "loss", logits, labels);
        using var variables = new VariableStore(device, graph, seed: 0);
        using var training = new CompiledGraph(graph, variables, [], loss, new Adam());
        var random = new Random(0);
        float[] pixels = [.. Enumerable.Range(0, (int)image.Shape.Count).Select(_ => random.NextSingle())];
        training.Upload<float>(image, pixels);
        training.Upload<int>(labels, [.. Enumerable.Range(0, (int)labels.Shape.Count).Select(_ => random.Next(logits.Shape.Channels))]);
        training.BeginStep(1, 1e-3);
        double train = Rate(training, batch, seconds);

        var (inferenceGraph, inferenceImage, inferenceLogits) = model.Network(batch, training: false);
        using var inference = new CompiledGraph(inferenceGraph, variables, [inferenceLogits]);
        inference.Upload<float>(inferenceImage, pixels);
        return new Result(train, Rate(inference, batch, seconds), training.ArenaBytes / 1048576.0);
    }

    private static double Rate(CompiledGraph graph, int batch, double seconds) => batch / Timing.Measure(graph.Run, graph.Device, seconds).Median;
}
