using FcnFromScratch.Engine;
using FcnFromScratch.Training;
using Google.Protobuf;
using Onnx;

namespace FcnFromScratch.Export;

/// <summary>
/// Writes a network as an ONNX model: pictures [N, C, H, W], weights [out, in, kh, kw], each op by its row of <see cref="OnnxTable"/>. The input is called
/// "image", the output "logits". Of a network that takes a picture as a whole, what has one place left is [N, C].
/// </summary>
internal sealed class OnnxWriter
{
    /// <summary>The version of ONNX' operators that nodes are of, and the version of the file's form: those of ONNX 1.12.</summary>
    public const long Opset = 17, Form = 8;

    public const string Image = "image", Logits = "logits", Height = "height", Width = "width";

    private readonly HashSet<Tensor> _flat = [];

    private OnnxWriter(TrainedNetwork network) => Network = network;

    public TrainedNetwork Network { get; }

    public OnnxNodes Nodes { get; } = new();

    /// <exception cref="EngineException">An op has no row.</exception>
    public static ModelProto Write(TrainedNetwork network, IReadOnlyDictionary<string, string> metadata)
    {
        var writer = new OnnxWriter(network);
        foreach (var node in network.Graph.Nodes) OnnxTable.Of(node).Write(node, writer);
        var graph = new GraphProto { Name = metadata.GetValueOrDefault("model", "network") };
        graph.Node.Add(writer.Nodes.Nodes);
        graph.Initializer.Add(writer.Nodes.Constants);
        graph.Input.Add(writer.Described(Image, network.Image, Height, Width));
        graph.Output.Add(writer.Described(Logits, network.Output, network.Pixels(network.Output) == 1 ? [Height, Width] : ["rows", "columns"]));
        var model = new ModelProto { IrVersion = Form, ProducerName = "FcnFromScratch", ProducerVersion = ProductVersion.Text, Graph = graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = Opset });
        foreach (var (key, value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        return model;
    }

    public string Name(Tensor tensor) => tensor == Network.Image ? Image : tensor == Network.Output ? Logits : tensor.Name;

    /// <summary>Whether a tensor is [N, C] in the file.</summary>
    public bool IsFlat(Tensor tensor) => _flat.Contains(tensor);

    /// <summary>Says that an output is [N, C] in the file.</summary>
    public void SetFlat(Tensor tensor) => _flat.Add(tensor);

    /// <summary>The name of a tensor as [N, C·H·W].</summary>
    public string Flat(Tensor tensor) => IsFlat(tensor) ? Name(tensor)
        : Nodes.Add("Flatten", $"{Name(tensor)}/Flatten", [Name(tensor)], Attribute.Of("axis", 1));

    /// <summary>Adds the node that makes an output of ours.</summary>
    public void Add(string type, Node node, IEnumerable<string> inputs, params ReadOnlySpan<AttributeProto> attributes) =>
        Nodes.Add(type, Name(node.Output), inputs, attributes);

    /// <summary>A vector of numbers, one for each channel, as it is.</summary>
    public string Vector(Tensor variable) => Nodes.Floats(variable.Name, Network.Values[variable.Name], variable.Shape.Sizes);

    /// <summary>The weights of a layer, <see cref="Layout.Outward"/>.</summary>
    /// <param name="isMatrix">As [out, in·kh·kw].</param>
    public string Weights(Tensor variable, bool isMatrix = false)
    {
        var s = variable.Shape;
        ReadOnlySpan<int> dims = isMatrix ? [s[3], s[2] * s[0] * s[1]] : [s[3], s[2], s[0], s[1]];
        return Nodes.Floats(variable.Name, Layout.Outward(Network.Values[variable.Name], s), dims);
    }

    /// <summary>Whole numbers of a byte, as they are.</summary>
    public string Samples(Tensor variable) =>
        Nodes.Bytes(variable.Name, Array.ConvertAll(Network.Values[variable.Name], v => checked((sbyte)v)), variable.Shape.Sizes);

    private ValueInfoProto Described(string name, Tensor tensor, params string[] sides)
    {
        var shape = new TensorShapeProto();
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = "batch" });
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = tensor.Shape.Channels });
        if (!IsFlat(tensor))
            foreach (var (size, side) in new[] { tensor.Shape.Height, tensor.Shape.Width }.Zip(sides))
                shape.Dim.Add(Network.TakesAnySize
                    ? new TensorShapeProto.Types.Dimension { DimParam = side } : new TensorShapeProto.Types.Dimension { DimValue = size });
        var type = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float, Shape = shape };
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = type } };
    }
}
