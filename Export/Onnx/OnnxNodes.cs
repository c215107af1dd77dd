using System.Runtime.InteropServices;
using Google.Protobuf;
using Onnx;

namespace FcnFromScratch.Export;

/// <summary>ONNX nodes in the order they run, and the constants that they read.</summary>
internal sealed class OnnxNodes
{
    private readonly HashSet<string> _names = [];

    public List<NodeProto> Nodes { get; } = [];
    public List<TensorProto> Constants { get; } = [];

    /// <summary>Adds a node, named for its output.</summary>
    /// <param name="output">What its output is called.</param>
    /// <returns>That name.</returns>
    public string Add(string type, string output, IEnumerable<string> inputs, params ReadOnlySpan<AttributeProto> attributes)
    {
        var node = new NodeProto { OpType = type, Name = output };
        node.Input.Add(inputs);
        node.Output.Add(output);
        foreach (var attribute in attributes) node.Attribute.Add(attribute);
        Nodes.Add(node);
        return output;
    }

    public string Floats(string name, ReadOnlySpan<float> values, params ReadOnlySpan<int> dims) =>
        Constant(name, TensorProto.Types.DataType.Float, MemoryMarshal.AsBytes(values), dims);

    public string Longs(string name, ReadOnlySpan<long> values) =>
        Constant(name, TensorProto.Types.DataType.Int64, MemoryMarshal.AsBytes(values), [values.Length]);

    public string Bytes(string name, ReadOnlySpan<sbyte> values, params ReadOnlySpan<int> dims) =>
        Constant(name, TensorProto.Types.DataType.Int8, MemoryMarshal.AsBytes(values), dims);

    /// <summary>A constant; one of the same name is taken for the same.</summary>
    private string Constant(string name, TensorProto.Types.DataType type, ReadOnlySpan<byte> bytes, ReadOnlySpan<int> dims)
    {
        if (!_names.Add(name)) return name;
        var tensor = new TensorProto { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(bytes) };
        foreach (int size in dims) tensor.Dims.Add(size);
        Constants.Add(tensor);
        return name;
    }
}
