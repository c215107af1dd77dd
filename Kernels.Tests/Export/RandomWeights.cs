using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Layers;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Tasks;

namespace FcnFromScratch.Kernels.Tests.Export;

/// <summary>Weights that were never trained, with biases, statistics and samples that are none of those a network begins with: each of them counts.</summary>
internal static class RandomWeights
{
    private const int Kept = 60;

    /// <param name="hasNegativeScales">Whether some of batch norm's factors are below 0.</param>
    public static Weights Of(string model, Device device, bool hasNegativeScales = false, string arguments = "{}")
    {
        var (task, found) = Tasks.All.FindModel(model);
        var (graph, _, _) = found.Network(1, training: false, task.Settings with { Kept = Kept });
        var tensors = graph.Variables.Select(v =>
            SafetensorsTensor.From<float>(v.Name, Values(v, hasNegativeScales), [.. v.Shape.Sizes.ToArray().Select(s => (long)s)]));
        var metadata = new Dictionary<string, string> { ["model"] = model, ["task"] = task.Name, ["arguments"] = arguments };
        return Weights.Of(SafetensorsFile.Of(tensors, metadata), $"random {model}", model, device, Tasks.All);
    }

    private static float[] Values(Tensor variable, bool hasNegativeScales)
    {
        var random = new Random(variable.Name.Sum(c => c));
        double Between(double low, double high) => low + (high - low) * random.NextDouble();
        var shape = variable.Shape;
        double spread = Math.Sqrt(3.0 / Math.Max(1, shape.Count / shape.Channels));
        string kind = variable.Name.Split('.')[^1];
        Func<double> value = variable.Whole is { } whole ? () => random.Next(whole.Min, whole.Max + 1)
            : kind is "running_var" ? () => Between(0.5, 2)
            : kind is "weight" && shape.Rank == 1 ? () => Between(0.5, 1.5) * (hasNegativeScales && random.Next(4) == 0 ? -1 : 1)
            : kind is "gamma" ? () => 1e-7
            : shape.Rank == 1 ? () => Between(-0.5, 0.5)
            : () => Between(-spread, spread);
        return [.. Enumerable.Range(0, (int)shape.Count).Select(_ => (float)value())];
    }
}
