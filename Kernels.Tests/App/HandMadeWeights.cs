using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Layers;
using FcnFromScratch.Training;

namespace FcnFromScratch.Kernels.Tests.App;

/// <summary>Of a network that calls every pixel of light ink a 3 and all others background.</summary>
public sealed class HandMadeWeights : IDisposable
{
    internal const int Digit = 3;

    private readonly TempFolder _folder = new();

    public HandMadeWeights()
    {
        // Only the score of the input itself counts: all other scores start at zero.
        var model = Models.All.Single(m => m.Name == "fcn8-fine");
        using var device = new CpuDevice(1);
        var (graph, _, _) = model.Network(1, training: false, new NetworkSettings { Classes = SegmentationData.Classes });
        using var variables = new VariableStore(device, graph, seed: 1);
        float[] kernel = variables["score0.weight"], bias = variables["score0.bias"];
        Array.Clear(kernel);
        kernel[4 * SegmentationData.Classes + Digit] = 10; // the middle of 3×3
        bias[SegmentationData.Background] = 1;
        variables["score0.weight"] = kernel;
        variables["score0.bias"] = bias;
        Checkpoint.Save(Path, variables, new Dictionary<string, string> { ["model"] = model.Name });
    }

    public string Path => _folder["weights.safetensors"];

    public void Dispose() => _folder.Dispose();
}
