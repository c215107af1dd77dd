using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Kernels.Tests.Data;
using FcnFromScratch.Kernels.Tests.Export;
using FcnFromScratch.Training;
using Google.Protobuf;
using Onnx;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.App;

/// <summary><c>fcn export</c> and <c>fcn import</c> on weights of fcn8-slim of which each counts.</summary>
public sealed class ExportCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _weights;

    public ExportCommandTests()
    {
        using var device = new CpuDevice(2);
        using var random = RandomWeights.Of("fcn8-slim", device);
        _weights = _folder["weights.safetensors"];
        Checkpoint.Save(_weights, random.Variables, random.Metadata);
    }

    public void Dispose() => _folder.Dispose();

    private CommandRun Export(params string[] words) =>
        CommandRun.Run(["export", "--weights", _weights, "--device", "cpu", "--out", _folder["net.onnx"], .. words]);

    private CommandRun Import(params string[] words) => CommandRun.Run(["import", _folder["net.onnx"], "--device", "cpu", .. words]);

    [Fact]
    public void An_export_says_what_it_wrote_and_how_far_it_is_off()
    {
        var result = Export();
        Assert.Equal((0, ""), (result.Code, result.Error));
        string[] lines = result.Out.TrimEnd().Split('\n');
        Assert.Equal(2, lines.Length);
        string bytes = $"{new FileInfo(_folder["net.onnx"]).Length:N0} bytes";
        Assert.StartsWith($"{_folder["net.onnx"]}: {bytes}, opset 17, 12 Conv, 10 LeakyRelu, ", lines[0]);
        Assert.EndsWith("the largest difference is 0", lines[1]);
    }

    [Fact]
    public void Norms_that_stay_are_named()
    {
        var result = Export("--fold");
        Assert.Contains(
            "batch norm that stays, since nothing before it can take it: block1.norm, block2.norm, block3.norm, block4.norm, block5.norm", result.Out);
        CommandRun.Refused(1, "has batch norm folded into its convolutions, and cannot become weights again",
            "import", _folder["net.onnx"], "--device", "cpu", "--out", _folder["again.safetensors"]);
    }

    [Fact]
    public void Json_has_what_people_are_told()
    {
        var json = JsonNode.Parse(Export("--json").Out)!;
        Assert.Equal("fcn8-slim", json["model"]!.GetValue<string>());
        Assert.Equal(12, json["ops"]!["Conv"]!.GetValue<int>());
        Assert.Equal(0, json["difference"]!.GetValue<double>());
        json = JsonNode.Parse(Import("--json").Out)!;
        Assert.Equal("[1,1,64,84]", json["inputs"]![0]!["shape"]!.ToJsonString());
        Assert.Equal("[1,11,64,84]", json["outputs"]![0]!["shape"]!.ToJsonString());
        var summary = JsonNode.Parse(CommandRun.Run("summary", "--model", "fcn8-slim", "--device", "cpu", "--json").Out)!;
        Assert.Equal(summary["parameters"]!.GetValue<long>(), json["parameters"]!.GetValue<long>());
    }

    [Fact]
    public void The_file_run_by_import_gives_the_logits_of_predict()
    {
        var pictures = M2nistComposer.Procedural(3, seed: 4);
        Npy.Write<byte>(_folder["pictures.npy"], pictures.Images, pictures.Count, pictures.Height, pictures.Width);
        Assert.Equal(0, Export().Code);
        var result = Import("--input", _folder["pictures.npy"], "--output", _folder["theirs.npy"], "--out", _folder["again.safetensors"]);
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Contains("again.safetensors: weights of fcn8-slim", result.Out);
        foreach (string weights in new[] { _weights, _folder["again.safetensors"] })
        {
            Assert.Equal(0, CommandRun.Run("predict", _folder["pictures.npy"], "--weights", weights, "--device", "cpu", "--logits", _folder["ours.npy"]).Code);
            float[] ours = TestTools.ReadNpy<float>(_folder["ours.npy"]), theirs = TestTools.ReadNpy<float>(_folder["theirs.npy"]);
            int pixels = pictures.Height * pictures.Width;
            Assert.True(ours.Max() - ours.Min() > 0.1, "all logits are alike");
            for (int i = 0; i < ours.Length; i++) // [n, pixel, class], and [n, class, pixel]
                Assert.Equal(ours[i], theirs[(i / (11 * pixels) * 11 + i % 11) * pixels + i / 11 % pixels]);
        }
    }

    /// <summary>A network of others may take pixels otherwise than ours.</summary>
    [Fact]
    public void Pixels_are_for_a_network_that_says_how_it_takes_them()
    {
        var pictures = M2nistComposer.Procedural(1, seed: 4);
        Npy.Write<byte>(_folder["pictures.npy"], pictures.Images, 1, pictures.Height, pictures.Width);
        Assert.Equal(0, Export().Code);
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(_folder["net.onnx"]));
        model.MetadataProps.Clear();
        _folder.Write("foreign.onnx", model.ToByteArray());
        CommandRun.Refused(1, "holds pixels, and the network does not say how they become its input; give f32",
            "import", _folder["foreign.onnx"], "--device", "cpu", "--input", _folder["pictures.npy"], "--output", _folder["theirs.npy"]);
    }

    [OutsideFact(nameof(OutsideTool.NoTorch))]
    public void The_script_for_PyTorch_reads_pictures_and_writes_logits()
    {
        Npy.Write<byte>(_folder["pictures.npy"], M2nistComposer.Procedural(2, seed: 4).Images, 2, 64, 84);
        var result = CommandRun.Run("export", "--weights", _weights, "--device", "cpu", "--format", "torch", "--out", _folder["net.safetensors"]);
        Assert.Equal((0, ""), (result.Code, result.Error));
        OutsideTool.Run("/usr/bin/python3", _folder["net.py"], _folder["pictures.npy"], _folder["logits.npy"]);
        Assert.Equal(0, Export().Code);
        Assert.Equal(0, Import("--input", _folder["pictures.npy"], "--output", _folder["ours.npy"]).Code);
        foreach (var (ours, theirs) in TestTools.ReadNpy<float>(_folder["ours.npy"]).Zip(TestTools.ReadNpy<float>(_folder["logits.npy"])))
            Assert.InRange(theirs, ours - 1e-4f, ours + 1e-4f);
    }

    [Fact]
    public void Mistakes_are_told_in_one_line()
    {
        CommandRun.Refused(2, "would be written as .onnx", "export", "--weights", _weights, "--out", _folder["net.bin"]);
        CommandRun.Refused(2, "would be written as .safetensors", "export", "--weights", _weights, "--format", "torch", "--out", _folder["net.onnx"]);
        CommandRun.Refused(2, "would be overwritten", "export", "--weights", _weights, "--format", "torch", "--out", _weights);
        CommandRun.Refused(2, "must be one of onnx, torch", "export", "--weights", _weights, "--format", "keras", "--out", _folder["net.onnx"]);
        CommandRun.Refused(1, "is no ONNX model, or not whole", "import", _weights);
        CommandRun.Refused(1, "does not exist", "import", _folder["none.onnx"]);
        Assert.Equal(0, Export().Code);
        CommandRun.Refused(2, "--output means nothing without --input", "import", _folder["net.onnx"], "--output", _folder["y.npy"]);
        Npy.Write<float>(_folder["flat.npy"], new float[64], 1, 64);
        CommandRun.Refused(1, "input 'image' is [batch,1,height,width], and what it is given [1,64]",
            "import", _folder["net.onnx"], "--input", _folder["flat.npy"]);
    }
}
