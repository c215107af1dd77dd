using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Layers;

namespace FcnFromScratch.Training;

/// <summary>
/// Times whole steps of a network, as Bench/peers/oracle.py --time does: a training step is forward, backward and Adam; an inference step is the forward
/// pass with the moving averages. Uploads are left out on both sides.
/// </summary>
public static class StepBenchmark
{
    /// <summary>Images per second, by the median over steps; NaN for the training of a model that follows no gradients.</summary>
    public sealed record Result(double Train, double Infer, double ArenaMegabytes);

    public static Result Run(ITask task, Model model, Device device, int batch, double seconds)
    {
        var samples = task.Samples(batch);
        var pictures = new Batch(samples.Spec, batch);
        pictures.Read(samples, 0, [.. Enumerable.Range(0, batch)]);
        using var training = new TrainingStep(model, task.Settings, samples.Spec, task.Loss, new Adam(), batch, device);
        training.Feed(pictures, 1, 1e-3);
        double train = model.FollowsGradients ? Rate(training.Compiled, batch, seconds) : double.NaN;

        var (graph, image, output) = model.Network(batch, training: false, task.Settings);
        using var inference = new CompiledGraph(graph, training.Variables, [output]);
        inference.Upload<float>(image, pictures.Images);
        return new Result(train, Rate(inference, batch, seconds), training.Compiled.ArenaBytes / 1048576.0);
    }

    private static double Rate(CompiledGraph graph, int batch, double seconds) => batch / Timing.Measure(graph.Run, graph.Device, seconds).Median;
}
