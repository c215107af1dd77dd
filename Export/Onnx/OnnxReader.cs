using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using Onnx;
using static FcnFromScratch.Data.ForeignText;
using DataType = Onnx.TensorProto.Types.DataType;

namespace FcnFromScratch.Export;

/// <summary>Builds a graph of ours from an ONNX graph, node by node, each by its row of <see cref="OnnxTable"/>.</summary>
internal sealed class OnnxReader
{
    private readonly GraphProto _file;
    private readonly Dictionary<string, Operand> _known = [];
    private readonly Dictionary<string, TensorProto> _initialisers = [];
    private readonly Dictionary<string, float[]> _values = [];

    /// <param name="name">Of the file, for messages.</param>
    public OnnxReader(string name, GraphProto file, long opset) => (Name, _file, Opset) = (name, file, opset);

    public string Name { get; }
    public long Opset { get; }
    public Graph Graph { get; } = new(training: false);

    /// <param name="open">The dimensions of an input; null where the file alone is to say them.</param>
    /// <param name="usual">Those of a picture that stand in where more than the batch is open; null where they are not known.</param>
    /// <exception cref="DataException">The file is broken, or needs what we do not have.</exception>
    public ImportedNetwork Read(Func<string, int[]?> open, int[]? usual)
    {
        if (_file.SparseInitializer.Count > 0) throw Wrong("it has sparse initialisers, which are not read");
        foreach (var tensor in _file.Initializer)
            if (!_initialisers.TryAdd(tensor.Name, tensor)) throw Wrong($"two initialisers are called {Quoted(tensor.Name)}");
        List<(Tensor, int[])> inputs = [];
        foreach (var input in _file.Input.Where(i => !_initialisers.ContainsKey(i.Name)))
        {
            var value = Input(input, open(input.Name), usual);
            inputs.Add((value.Tensor, value.Dims));
            Define(input.Name, value);
        }
        for (int i = 0; i < _file.Node.Count;) i += ReadNode(i);
        if (_file.Output.Count == 0) throw Wrong("it has no output");
        return new ImportedNetwork(Graph, inputs, [.. _file.Output.Select(Output)], _values);
    }

    /// <summary>What a name stands for; null where nothing does.</summary>
    public Operand? Find(string name) => _known.GetValueOrDefault(name)
        ?? (_initialisers.TryGetValue(name, out var tensor) ? _known[name] = Read(tensor) : null);

    /// <summary>A variable with these values; the same for the same name and shape.</summary>
    public Tensor Variable(string name, Shape shape, float[] values)
    {
        for (int use = 1; ; use++)
        {
            string unique = use == 1 ? name : $"{name}#{use}";
            if (!_values.TryGetValue(unique, out float[]? before))
            {
                _values[unique] = values;
                return Graph.State(unique, shape, Initializer.Zeros);
            }
            var variable = Graph.Variables.First(v => v.Name == unique);
            if (variable.Shape.Equals(shape) && before.AsSpan().SequenceEqual(values)) return variable;
        }
    }

    /// <summary>The numbers of a constant.</summary>
    public HostTensor Read(TensorProto tensor)
    {
        string what = $"tensor {Quoted(tensor.Name)}";
        if (tensor.DataLocation == TensorProto.Types.DataLocation.External || tensor.ExternalData.Count > 0)
            throw Wrong($"{what} lies in another file, which is not read; save the model in one file");
        if (tensor.Segment is not null) throw Wrong($"{what} is a segment, which is not read");
        int[] dims = Dims(tensor.Dims, what, out int count);
        var bytes = tensor.RawData.Span;
        return (DataType)tensor.DataType switch
        {
            DataType.Float => Floats(tensor.HasRawData ? Raw<float>(bytes) : [.. tensor.FloatData]),
            DataType.Double => Floats(Array.ConvertAll(tensor.HasRawData ? Raw<double>(bytes) : [.. tensor.DoubleData], v => (float)v)),
            DataType.Int64 => Longs(tensor.HasRawData ? Raw<long>(bytes) : [.. tensor.Int64Data]),
            DataType.Int32 => Longs(Array.ConvertAll(tensor.HasRawData ? Raw<int>(bytes) : [.. tensor.Int32Data], v => (long)v)),
            DataType.Int8 => Longs(Array.ConvertAll(tensor.HasRawData ? Raw<sbyte>(bytes) : [.. tensor.Int32Data.Select(v => (sbyte)v)], v => (long)v)),
            DataType.Uint8 or DataType.Bool =>
                Longs(Array.ConvertAll(tensor.HasRawData ? Raw<byte>(bytes) : [.. tensor.Int32Data.Select(v => (byte)v)], v => (long)v)),
            var type => throw Wrong($"{what} is of type {type}; FLOAT, DOUBLE, INT64, INT32, INT8, UINT8 and BOOL are read"),
        };

        HostTensor Floats(float[] values) => new(dims, Whole(values), null);

        HostTensor Longs(long[] values) => new(dims, null, Whole(values));

        T[] Whole<T>(T[] values) => values.Length == count ? values
            : throw Wrong($"{what} [{string.Join(",", dims)}] has {count} elements, and {values.Length} are there");

        T[] Raw<T>(ReadOnlySpan<byte> from) where T : struct
        {
            int size = Marshal.SizeOf<T>();
            return from.Length == (long)count * size ? MemoryMarshal.Cast<byte, T>(from).ToArray()
                : throw Wrong($"{what} [{string.Join(",", dims)}] takes {(long)count * size} bytes, and {from.Length} are there");
        }
    }

    private int ReadNode(int at)
    {
        var proto = _file.Node[at];
        if (proto.DocString.StartsWith($"{{\"{IGroupRow.OpKey}\":", StringComparison.Ordinal)) return ReadGroup(at);
        var node = new OnnxNode(this, proto);
        if (proto.Domain is not ("" or "ai.onnx")) throw node.Refused($"it is of the domain {Quoted(proto.Domain)}; we have ONNX' own operators only");
        var row = OnnxTable.Of(proto.OpType) ?? throw node.Refused($"we do not have this op; 'fcn help import' lists those that we have");
        if (proto.Output.Count == 0) throw node.Refused("it has no output");
        var given = row.Read(node);
        node.ExpectAllRead();
        Define(proto.Output[0], given);
        return 1;
    }

    /// <summary>Nodes that stand for one op of ours.</summary>
    /// <returns>How many they are.</returns>
    private int ReadGroup(int at)
    {
        var node = new OnnxNode(this, _file.Node[at]);
        var told = Told() ?? throw node.Refused("its doc_string is not whole");
        string name = Text(told[IGroupRow.OpKey]), output = Text(told[IGroupRow.OutputKey]);
        var row = OnnxTable.Group(name) ?? throw node.Refused($"it says that it begins a group for {Quoted(name)}, which we do not have");
        string[] names = told[IGroupRow.InputsKey] is JsonArray array ? [.. array.Select(Text)] : [];
        if (row.Make(told) is not { } op || output.Length == 0 || names.Length != row.InputCount) throw node.Refused("its doc_string is not whole");
        if (Find(names[0]) is not Value x) throw node.Refused($"its group reads {Quoted(names[0])}, which nothing before it makes");
        var y = Graph.Apply(op, output, [x.Tensor, .. names.Skip(1).Select(Plain)]);

        var nodes = new OnnxNodes();
        row.WriteNodes(op, x.Tensor.Shape, output, names, nodes);
        bool isSame = nodes.Nodes.SequenceEqual(_file.Node.Skip(at).Take(nodes.Nodes.Count))
            && nodes.Constants.All(made => _initialisers.TryGetValue(made.Name, out var found) && made.Equals(found));
        if (!isSame) throw node.Refused($"it says that it begins a group for {row.Name}, and the nodes are others");
        Define(output, new Value(y, y.Shape.Equals(x.Tensor.Shape) ? x.Dims : [y.Shape.Batch, y.Shape.Channels]));
        return nodes.Nodes.Count;

        JsonObject? Told()
        {
            try
            {
                return JsonNode.Parse(_file.Node[at].DocString, documentOptions: new() { AllowDuplicateProperties = false }) as JsonObject;
            }
            catch (System.Text.Json.JsonException)
            {
                return null;
            }
        }

        // A variable that has the same order of elements with us.
        Tensor Plain(string name)
        {
            if (Find(name) is not HostTensor known) throw node.Refused($"its group reads {Quoted(name)}, which is no constant");
            return Variable(name, new Shape(known.Dims), known.Floats ?? Array.ConvertAll(known.Longs!, v => (float)v));
        }

        static string Text(JsonNode? json) => json is JsonValue value && value.TryGetValue(out string? text) ? text : "";
    }

    private void Define(string name, Operand operand)
    {
        if (name.Length == 0 || _initialisers.ContainsKey(name) || !_known.TryAdd(name, operand)) throw Wrong($"two things in it are called {Quoted(name)}");
    }

    private Value Input(ValueInfoProto input, int[]? known, int[]? usual)
    {
        string what = $"input {Quoted(input.Name)}";
        if (input.Type?.TensorType is not { } type) throw Wrong($"{what} is no tensor");
        if ((DataType)type.ElemType != DataType.Float) throw Wrong($"{what} is of type {(DataType)type.ElemType}; FLOAT is what networks of ours take");
        if (type.Shape is not { } shape) throw Wrong($"{what} has no shape; give its model one");
        long[] sizes = [.. shape.Dim.Select(d => d.HasDimValue ? d.DimValue : -1)];
        if (known is null && usual?.Length == sizes.Length && sizes.Skip(1).Contains(-1)) known = usual;
        if (known is not null && known.Length != sizes.Length) throw Wrong($"{what} is {Text(shape)}, and what it is given [{string.Join(",", known)}]");
        for (int axis = 0; axis < sizes.Length; axis++)
        {
            if (known is not null && sizes[axis] >= 0 && sizes[axis] != known[axis])
                throw Wrong($"{what} is {Text(shape)}, and what it is given [{string.Join(",", known)}]");
            // One picture stands for any number of them.
            if (sizes[axis] < 0)
                sizes[axis] = known?[axis] ?? (axis == 0 ? 1 : throw Wrong($"{what} is {Text(shape)}, open in more than its batch; --input X.npy closes it"));
        }
        int[] dims = Dims(sizes, what, out _);
        return new Value(Graph.Input(input.Name, Value.ShapeOf(dims)), dims);
    }

    private static string Text(TensorShapeProto shape) =>
        $"[{string.Join(",", shape.Dim.Select(d => d.HasDimValue ? $"{d.DimValue}" : d.HasDimParam ? d.DimParam : "?"))}]";

    private (string, Tensor, int[]) Output(ValueInfoProto output) => Find(output.Name) switch
    {
        Value value => (output.Name, value.Tensor, value.Dims),
        null => throw Wrong($"no node makes its output {Quoted(output.Name)}"),
        _ => throw Wrong($"its output {Quoted(output.Name)} is a constant"),
    };

    private int[] Dims(IEnumerable<long> sizes, string what, out int count)
    {
        long product = 1;
        foreach (long size in sizes)
        {
            if (size < 0 || size > int.MaxValue || (product *= size) > int.MaxValue)
                throw Wrong($"{what} is [{string.Join(",", sizes)}]; sizes must be 0 or more, in all {int.MaxValue} elements at most");
        }
        count = (int)product;
        return [.. sizes.Select(size => (int)size)];
    }

    private DataException Wrong(string what) => new($"'{Name}': {what}.");
}
