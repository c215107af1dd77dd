using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Export;
using FcnFromScratch.Kernels.Tests.App;
using FcnFromScratch.Kernels.Tests.Data;
using Google.Protobuf;
using Onnx;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Export;

/// <summary>Files that are broken, or made to break a reader: each is one line that names what is wrong with it.</summary>
public sealed class HostileFileTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ModelProto _good;

    public HostileFileTests()
    {
        using var device = new CpuDevice(1);
        using var weights = RandomWeights.Of("cnn-slim", device);
        OnnxFile.Of("net", TrainedNetwork.Of(weights), Metadata.Of(weights, isFolded: false)).Save(_folder["good.onnx"]);
        _good = ModelProto.Parser.ParseFrom(File.ReadAllBytes(_folder["good.onnx"]));
    }

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string> Faults => new()
    {
        { "no node makes it", "reads 'nothing', which no node before it makes and no initialiser holds" },
        { "cycle", "which no node before it makes" },
        { "missing initialiser", "reads 'stem.conv.weight', which no node before it makes and no initialiser holds" },
        { "external data", "lies in another file" },
        { "huge dimensions", "elements at most" },
        { "negative dimension", "sizes must be 0 or more" },
        { "too few elements", "takes 576 bytes, and 572 are there" },
        { "wrong type", "is of type String" },
        { "whole numbers", "its weights are [16,1,3,3] of whole numbers" },
        { "unknown op", "(Erf): we do not have this op" },
        { "foreign domain", "it is of the domain 'com.acme'" },
        { "unknown attribute", "it has the attribute 'surprise'" },
        { "attribute of another type", "its attribute strides is of type Float" },
        { "huge stride", "it must be 2 numbers up to 32768" },
        { "groups", "its group is 2; 1 is what we have" },
        { "second output", "it has a second output" },
        { "third input", "it has an input 4" },
        { "two of one name", "two things in it are called" },
        { "two initialisers", "two initialisers are called" },
        { "no output", "it has no output" },
        { "output of nobody", "no node makes its output 'ghost'" },
        { "no graph", "has no graph" },
        { "no opset", "does not say of which opset" },
        { "future opset", "is of opset 999" },
        { "functions", "has functions of its own" },
        { "integer input", "FLOAT is what networks of ours take" },
        { "open input", "open in more than its batch" },
        { "more than can be counted", "(Conv): it makes more elements than can be counted" },
        { "huge input", "elements at most" },
        { "kernel too large", "does not fit" },
        { "false group", "it says that it begins a group for Round, and the nodes are others" },
        { "group of nothing", "a group for 'Rm'" },
        { "broken group", "its doc_string is not whole" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_fault_is_named_in_one_line(string fault, string message)
    {
        var model = _good.Clone();
        var graph = model.Graph;
        NodeProto first = graph.Node[0], last = graph.Node[^1];
        var weight = graph.Initializer.First(i => i.Name == "stem.conv.weight");
        var strides = first.Attribute.First(a => a.Name == "strides");
        var side = graph.Input[0].Type.TensorType.Shape.Dim[2];
        Action damage = fault switch
        {
            "no node makes it" => () => last.Input[0] = "nothing",
            "cycle" => () => first.Input[0] = last.Output[0],
            "missing initialiser" => () => graph.Initializer.Remove(weight),
            "external data" => () => weight.DataLocation = TensorProto.Types.DataLocation.External,
            "huge dimensions" => () => weight.Dims[0] = 1L << 40,
            "negative dimension" => () => weight.Dims[0] = -16,
            "too few elements" => () => weight.RawData = ByteString.CopyFrom(weight.RawData.Span[4..]),
            "wrong type" => () => weight.DataType = (int)TensorProto.Types.DataType.String,
            "whole numbers" => () => weight.DataType = (int)TensorProto.Types.DataType.Int32,
            "unknown op" => () => first.OpType = "Erf",
            "foreign domain" => () => first.Domain = "com.acme",
            "unknown attribute" => () => first.Attribute.Add(new AttributeProto { Name = "surprise", Type = AttributeProto.Types.AttributeType.Int }),
            "attribute of another type" => () => strides.Type = AttributeProto.Types.AttributeType.Float,
            "huge stride" => () => strides.Ints[0] = long.MaxValue,
            "groups" => () => first.Attribute.Add(new AttributeProto { Name = "group", Type = AttributeProto.Types.AttributeType.Int, I = 2 }),
            "second output" => () => first.Output.Add("more"),
            "third input" => () => first.Input.Add(["", "", "image"]),
            "two of one name" => () => last.Output[0] = first.Output[0],
            "two initialisers" => () => graph.Initializer.Add(weight),
            "no output" => graph.Output.Clear,
            "output of nobody" => () => graph.Output[0].Name = "ghost",
            "no graph" => () => model.Graph = null,
            "no opset" => model.OpsetImport.Clear,
            "future opset" => () => model.OpsetImport[0].Version = 999,
            "functions" => () => model.Functions.Add(new FunctionProto { Name = "f" }),
            "integer input" => () => graph.Input[0].Type.TensorType.ElemType = (int)TensorProto.Types.DataType.Int64,
            "open input" => () =>
            {
                side.DimParam = "height";
                model.MetadataProps.Clear();
            },
            "more than can be counted" => () => (graph.Input[0].Type.TensorType.Shape.Dim[0].DimValue, side.DimValue) = (1 << 20, 40),
            "huge input" => () => side.DimValue = int.MaxValue - 1,
            "kernel too large" => () => (side.DimValue, first.Attribute.First(a => a.Name == "pads").Ints[0]) = (1, 0),
            "false group" => () => first.DocString = """{"fcn":"Round","scale":1,"shift":0,"inputs":["image"],"output":"x"}""",
            "group of nothing" => () => first.DocString = """{"fcn":"Rm","inputs":["image"],"output":"x"}""",
            "broken group" => () => first.DocString = """{"fcn":"Round","scale":""",
            _ => throw new ArgumentException(fault),
        };
        damage();
        using (var stream = File.Create(_folder["bad.onnx"])) model.WriteTo(stream);
        CommandRun.Refused(1, message, "import", _folder["bad.onnx"]);
    }

    [Fact]
    public void Bytes_of_any_kind_are_a_network_or_one_line()
    {
        byte[] good = _good.ToByteArray();
        int refused = 0;
        for (int number = 0; number < 300; number++)
        {
            _folder.Write("bad.onnx", TestTools.Mutate(good, number));
            try
            {
                OnnxFile.Read(_folder["bad.onnx"]).Build(_ => null);
            }
            catch (Exception e) when (e is DataException or EngineException)
            {
                Assert.DoesNotContain('\n', e.Message);
                refused++;
            }
        }
        Assert.InRange(refused, 50, 300);
    }

    /// <summary>A graph in an attribute of a graph in an attribute …</summary>
    [Fact]
    public void Recursion_ends()
    {
        var graph = new GraphProto();
        for (int depth = 0; depth < 200; depth++)
        {
            var node = new NodeProto { OpType = "If" };
            node.Attribute.Add(new AttributeProto { Name = "then_branch", Type = AttributeProto.Types.AttributeType.Graph, G = graph });
            graph = new GraphProto();
            graph.Node.Add(node);
        }
        var model = _good.Clone();
        model.Graph = graph;
        using (var stream = File.Create(_folder["deep.onnx"])) model.WriteTo(stream);
        CommandRun.Refused(1, "is no ONNX model, or not whole", "import", _folder["deep.onnx"]);
    }

    [Fact]
    public void A_group_that_says_a_thing_twice_is_refused()
    {
        using var device = new CpuDevice(1);
        using var weights = RandomWeights.Of("knn", device);
        OnnxFile.Of("net", TrainedNetwork.Of(weights), Metadata.Of(weights, isFolded: false)).Save(_folder["knn.onnx"]);
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(_folder["knn.onnx"]));
        var first = model.Graph.Node.First(node => node.DocString.Contains("\"k\":", StringComparison.Ordinal));
        first.DocString = first.DocString.Replace("\"k\":", "\"k\":5,\"k\":");
        File.WriteAllBytes(_folder["knn.onnx"], model.ToByteArray());
        TestTools.Fails("its doc_string is not whole", () => OnnxFile.Read(_folder["knn.onnx"]).Build(_ => [1, 1, 28, 28]));
    }
}
