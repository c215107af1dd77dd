using System.Text;
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

        // All of them stayed: nothing is lost, and the weights come back.
        result = Import("--out", _folder["again.safetensors"]);
        Assert.Equal((0, ""), (result.Code, result.Error));
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

    /// <summary>As predict reads them: whole numbers are pixels, whatever their type.</summary>
    [Fact]
    public void Whole_numbers_are_pixels_and_what_is_none_is_refused()
    {
        var picture = M2nistComposer.Procedural(1, seed: 4);
        Assert.Equal(0, Export().Code);
        Assert.Equal(Logits<byte>(picture.Images), Logits([.. picture.Images.Select(pixel => (long)pixel)]));
        Refused("does not fit type Byte", [.. picture.Images.Select(pixel => 2 * pixel)]);
        Refused("does not fit type Byte", picture.Images, "i1");
        Refused("holds true and false", picture.Images, "b1");
        Npy.Write<float>(_folder["none.npy"], [], 0, 64, 84);
        CommandRun.Refused(1, "of shape (0, 64, 84) holds nothing", "import", _folder["net.onnx"], "--device", "cpu", "--input", _folder["none.npy"]);

        float[] Logits<T>(T[] pixels) where T : unmanaged
        {
            Npy.Write<T>(_folder["p.npy"], pixels, 1, 64, 84);
            var run = Import("--input", _folder["p.npy"], "--output", _folder["l.npy"]);
            Assert.Equal((0, ""), (run.Code, run.Error));
            return TestTools.ReadNpy<float>(_folder["l.npy"]);
        }

        void Refused<T>(string message, T[] pixels, string? type = null) where T : unmanaged
        {
            Npy.Write<T>(_folder["p.npy"], pixels, 1, 64, 84);
            byte[] file = File.ReadAllBytes(_folder["p.npy"]);
            if (type is not null) Encoding.ASCII.GetBytes(type).CopyTo(file, file.AsSpan().IndexOf("u1'"u8));
            _folder.Write("p.npy", file);
            CommandRun.Refused(1, message, "import", _folder["net.onnx"], "--device", "cpu", "--input", _folder["p.npy"]);
        }
    }

    [Theory]
    [InlineData("preprocessing", "pixel / 255", "wants pictures as 'pixel / 255'; ours are 'pixel / 127.5 - 1'")]
    [InlineData("classes", "background,9,8,7,6,5,4,3,2,1,0", "networks of its task have 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, background")]
    public void What_a_file_says_of_its_network_is_not_passed_over(string key, string value, string message)
    {
        Assert.Equal(0, Export().Code);
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(_folder["net.onnx"]));
        foreach (var old in model.MetadataProps.Where(entry => entry.Key == key).ToArray()) model.MetadataProps.Remove(old);
        model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        _folder.Write("net.onnx", model.ToByteArray());
        CommandRun.Refused(1, message, "import", _folder["net.onnx"], "--device", "cpu", "--out", _folder["again.safetensors"]);
        Assert.False(File.Exists(_folder["again.safetensors"]));
    }

    [Fact]
    public void Nothing_that_is_read_is_written_over()
    {
        Assert.Equal(0, Export().Code);
        Npy.Write<byte>(_folder["p.npy"], M2nistComposer.Procedural(1, seed: 4).Images, 1, 64, 84);
        string net = _folder["net.onnx"], pictures = _folder["p.npy"];
        CommandRun.Refused(2, "would overwrite what is read", "import", net, "--out", net);
        CommandRun.Refused(2, "would overwrite what is read", "import", net, "--input", pictures, "--output", net);
        CommandRun.Refused(2, "would overwrite what is read", "import", net, "--input", pictures, "--output", pictures);

        // The script of an earlier export is ours; another is not.
        string[] export = ["export", "--weights", _weights, "--device", "cpu", "--format", "torch", "--out", _folder["mine.safetensors"]];
        for (int i = 0; i < 2; i++) Assert.Equal(0, CommandRun.Run(export).Code);
        _folder.Write("mine.py", "print('mine')"u8.ToArray());
        CommandRun.Refused(2, "mine.py' is there already, and no script that this command wrote", export);
        Assert.Equal("print('mine')", File.ReadAllText(_folder["mine.py"]));
    }

    [Fact]
    public void What_was_folded_cannot_become_weights_again()
    {
        using var device = new CpuDevice(1);
        using (var weights = RandomWeights.Of("cnn-slim", device)) Checkpoint.Save(_folder["cnn.safetensors"], weights.Variables, weights.Metadata);
        Assert.Equal(0, CommandRun.Run("export", "--weights", _folder["cnn.safetensors"], "--device", "cpu", "--fold", "--out", _folder["net.onnx"]).Code);
        CommandRun.Refused(1, "has batch norm folded into its convolutions, and cannot become weights again",
            "import", _folder["net.onnx"], "--device", "cpu", "--out", _folder["again.safetensors"]);
    }

    /// <summary>Neighbours with labels that are none: other runtimes make numbers of them, and we would not.</summary>
    [Fact]
    public void Values_that_an_op_cannot_take_are_told()
    {
        using var device = new CpuDevice(1);
        using (var weights = RandomWeights.Of("knn", device)) Checkpoint.Save(_folder["knn.safetensors"], weights.Variables, weights.Metadata);
        Assert.Equal(0, CommandRun.Run("export", "--weights", _folder["knn.safetensors"], "--device", "cpu", "--out", _folder["net.onnx"]).Code);
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(_folder["net.onnx"]));
        var labels = model.Graph.Initializer.Single(tensor => tensor.Name.EndsWith("labels", StringComparison.Ordinal));
        labels.RawData = ByteString.CopyFrom([.. Enumerable.Repeat(BitConverter.GetBytes(12f), (int)labels.Dims[0]).SelectMany(bytes => bytes)]);
        _folder.Write("net.onnx", model.ToByteArray());
        Npy.Write<byte>(_folder["p.npy"], new byte[784], 1, 28, 28);
        CommandRun.Refused(1, "gives values that are no numbers", "import", _folder["net.onnx"], "--device", "cpu", "--input", _folder["p.npy"]);
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
