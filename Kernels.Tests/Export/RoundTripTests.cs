using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Export;
using FcnFromScratch.Layers;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Tasks;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Export;

/// <summary>What is written is read back as it was, whole or folded.</summary>
public sealed class RoundTripTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly CpuDevice _device = new(2);

    public static TheoryData<string> Models => [.. Layers.Models.All.Select(model => model.Name)];

    public void Dispose()
    {
        _folder.Dispose();
        _device.Dispose();
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Weights_come_back_byte_for_byte(string model)
    {
        using var weights = RandomWeights.Of(model, _device);
        Checkpoint.Save(_folder["before.safetensors"], weights.Variables, weights.Metadata);
        OnnxFile.Of(model, TrainedNetwork.Of(weights), Metadata.Of(weights, isFolded: false)).Save(_folder["net.onnx"]);
        ImportedWeights.Save(_folder["after.safetensors"], OnnxFile.Read(_folder["net.onnx"]), model, _device, Tasks.All);
        SafetensorsFile before = SafetensorsFile.Read(_folder["before.safetensors"]), after = SafetensorsFile.Read(_folder["after.safetensors"]);
        Assert.Equal(before.Tensors.Count, after.Tensors.Count);
        Assert.DoesNotContain(after.Metadata.Keys, key => key is "exported_by" or "output"); // said of the file
        foreach (var (a, b) in before.Tensors.Zip(after.Tensors))
        {
            Assert.Equal((a.Name, a.Type, a.ShapeText), (b.Name, b.Type, b.ShapeText));
            Assert.True(a.Bytes.AsSpan().SequenceEqual(b.Bytes), $"{a.Name} is another");
        }
    }

    [Theory]
    [InlineData("cnn", false, 0)]
    [InlineData("cnn", true, 3)] // behind a pool, some channels turned over
    [InlineData("grid", false, 0)]
    [InlineData("grid", true, 4)]
    [InlineData("fcn8-slim", false, 5)] // behind a rectifier and a pool
    public void Folding_changes_nothing_but_rounding(string model, bool hasNegativeScales, int stay)
    {
        using var weights = RandomWeights.Of(model, _device, hasNegativeScales);
        var network = TrainedNetwork.Of(weights);
        var (folded, kept) = Folding.Apply(network);
        Assert.Equal(stay, kept.Count);
        Assert.Equal(stay, folded.Graph.Nodes.Count(node => node.Op is BatchNorm2dInference));
        Assert.InRange(LogitCheck.Difference(weights, OnnxFile.Of(model, folded, Metadata.Of(weights, isFolded: true))), 0, LogitCheck.Limit);
    }

    /// <summary>What lies between may be read by others, be padded with zeros, or be the network's own output.</summary>
    [Theory]
    [InlineData("read twice", true)]
    [InlineData("padded", true)]
    [InlineData("added to itself", true)]
    [InlineData("plain", false)]
    public void A_norm_stays_where_nothing_can_take_it(string between, bool stays)
    {
        var graph = new Graph(training: false);
        var image = graph.Input("image", new Shape(1, 4, 4, 1));
        var conv = graph.Conv2d(image, "conv", 2, 3);
        var x = between switch
        {
            "padded" => graph.Apply(PadCrop2d.ZeroPad(1, 1, 1, 1), "pad", conv),
            "added to itself" => graph.Apply(new SkipAdd(), "sum", conv, conv),
            _ => conv,
        };
        var y = graph.BatchNorm2d(x, "norm");
        if (between == "read twice") y = graph.Apply(new SkipAdd(), "sum", y, conv);
        var values = graph.Variables.ToDictionary(v => v.Name, v => Enumerable.Range(1, (int)v.Shape.Count).Select(i => 1f / i).ToArray());
        var (folded, kept) = Folding.Apply(new TrainedNetwork(graph, image, y, values, TakesAnySize: false));
        Assert.Equal(stays ? ["norm"] : [], kept);
        if (stays) return;
        // conv.weight is 1, 1/2, 1/3 …; γ, β, mean and variance are 1 and 1/2 by channel.
        double[] scale = [1 / Math.Sqrt(1.001), 0.5 / Math.Sqrt(0.501)];
        Assert.Equal([.. Enumerable.Range(1, 18).Select(i => (float)(1f / i * scale[(i - 1) % 2]))], folded.Values["conv.weight"]);
        Assert.Equal([(float)(1 - scale[0] + scale[0]), (float)(0.5 - 0.5 * scale[1] + 0.5 * scale[1])], folded.Values["conv.bias"]);
    }

    [Fact]
    public void Another_network_in_the_file_is_no_weights_of_the_model()
    {
        using var weights = RandomWeights.Of("mlp", _device);
        var network = TrainedNetwork.Of(weights);
        var graph = new Graph(training: false);
        var image = graph.Input("image", network.Image.Spec);
        var now = new Dictionary<Tensor, Tensor> { [network.Image] = image };
        foreach (var variable in network.Graph.Variables) now[variable] = graph.State(variable.Name, variable.Shape, Initializer.Zeros);
        // All as it was, but for a rectifier.
        foreach (var node in network.Graph.Nodes)
            now[node.Output] = node.Name == "hidden1.Relu" ? now[node.Inputs[0]] : graph.Apply(node.Op, node.Name, [.. node.Inputs.Select(i => now[i])]);
        var other = network with { Graph = graph, Image = image, Output = now[network.Output] };
        OnnxFile.Of("mlp", other, Metadata.Of(weights, isFolded: false)).Save(_folder["net.onnx"]);
        string message = Assert.Throws<EngineException>(() =>
            ImportedWeights.Save(_folder["w.safetensors"], OnnxFile.Read(_folder["net.onnx"]), "mlp", _device, Tasks.All)).Message;
        Assert.Contains("it is another network", message);
        Assert.False(File.Exists(_folder["w.safetensors"]));
    }

    [Fact]
    public void An_op_without_a_row_is_refused_by_its_name()
    {
        using var weights = RandomWeights.Of("knn", _device, arguments: """{"deskew":true}""");
        var network = TrainedNetwork.Of(weights);
        Assert.Contains("'upright' is a Deskew, for which there is no ONNX",
            Assert.Throws<EngineException>(() => OnnxFile.Of("knn", network, Metadata.Of(weights, isFolded: false))).Message);
        Assert.Contains("'upright' is a Deskew, for which there is no PyTorch",
            Assert.Throws<EngineException>(() => new TorchFile(network, Metadata.Of(weights, isFolded: false))).Message);
    }
}
