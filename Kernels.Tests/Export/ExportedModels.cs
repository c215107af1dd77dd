using System.Runtime.InteropServices;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Export;
using FcnFromScratch.Layers;

namespace FcnFromScratch.Kernels.Tests.Export;

/// <summary>Every model with random weights in a folder: as ONNX, folded, for PyTorch, 32 pictures of its task and our logits of them.</summary>
public sealed class ExportedModels : IDisposable
{
    public const int Pictures = 32;

    private readonly TempFolder _folder = new();
    private readonly CpuDevice _device = new(2);
    private readonly Dictionary<string, (int[] Sizes, float[] Logits)> _runs = [];

    /// <summary>A run: a model's file and pictures of a size.</summary>
    public static IReadOnlyList<string> Runs { get; } =
        [.. Models.All.SelectMany(m => m.Field is null ? new[] { m.Name, $"{m.Name}-fold" } : [m.Name, $"{m.Name}-fold", $"{m.Name}-odd"]), "knn-nearest"];

    public ExportedModels()
    {
        foreach (var model in Models.All)
        {
            using var weights = RandomWeights.Of(model.Name, _device);
            Write(model.Name, weights);
        }
        using var nearest = RandomWeights.Of("knn", _device, arguments: """{"k":5,"ties":"nearest"}""");
        Write("knn-nearest", nearest);
    }

    public string this[string name] => _folder[name];

    public int[] Sizes(string run) => _runs[run].Sizes;

    public float[] Logits(string run) => _runs[run].Logits;

    public static string FileOf(string run) => run.Replace("-odd", "");

    public void Dispose()
    {
        _folder.Dispose();
        _device.Dispose();
    }

    private void Write(string name, FcnFromScratch.Training.Weights weights)
    {
        var network = TrainedNetwork.Of(weights);
        OnnxFile.Of(name, network, Metadata.Of(weights, isFolded: false)).Save(_folder[$"{name}.onnx"]);
        OnnxFile.Of(name, Folding.Apply(network).Network, Metadata.Of(weights, isFolded: true)).Save(_folder[$"{name}-fold.onnx"]);
        new TorchFile(network, Metadata.Of(weights, isFolded: false)).Save(_folder[$"{name}.safetensors"], _folder[$"{name}.py"]);
        Run(name, weights, 0, 0);
        _runs[$"{name}-fold"] = _runs[name];
        File.Copy(_folder[$"{name}.bin"], _folder[$"{name}-fold.bin"]);
        if (weights.Model.Field is not null) Run($"{name}-odd", weights, 5, 3);
    }

    /// <summary>Writes pictures, less some rows and columns, as the file's input, and keeps what we make of them in the file's order.</summary>
    private void Run(string name, FcnFromScratch.Training.Weights weights, int rows, int columns)
    {
        var samples = weights.Task.Samples(Pictures);
        var batch = new Batch(samples.Spec, Pictures);
        batch.Read(samples, 0, [.. Enumerable.Range(0, Pictures)]);
        var shape = new Shape(Pictures, samples.Spec.Height - rows, samples.Spec.Width - columns, 1);
        var pixels = new float[shape.Count];
        for (int i = 0; i < pixels.Length; i++)
        {
            int row = i / shape.Width, n = row / shape.Height;
            pixels[i] = batch.Images[(n * samples.Spec.Height + row % shape.Height) * samples.Spec.Width + i % shape.Width];
        }
        _folder.Write($"{name}.bin", MemoryMarshal.AsBytes<float>(pixels).ToArray()); // one channel: both orders are the same
        var (graph, image, output) = weights.Model.For(shape.Height, shape.Width).Network(Pictures, training: false, weights.Settings);
        using var compiled = new CompiledGraph(graph, weights.Variables, [output]);
        compiled.Upload<float>(image, pixels);
        compiled.Run();
        float[] logits = compiled.Download<float>(output);
        var y = output.Shape;
        var first = new float[logits.Length];
        for (int n = 0, at = 0; n < y.Batch; n++)
            for (int c = 0; c < y.Channels; c++)
                for (int p = 0; p < y.Height * y.Width; p++, at++) first[at] = logits[(n * y.Height * y.Width + p) * y.Channels + c];
        _runs[name] = ([Pictures, 1, shape.Height, shape.Width], first);
    }
}
