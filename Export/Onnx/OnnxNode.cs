using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;
using Onnx;
using AttributeType = Onnx.AttributeProto.Types.AttributeType;

namespace FcnFromScratch.Export;

/// <summary>
/// A node of an ONNX file as its row reads it. Each input and attribute that the row does not ask for is refused in the end: what would be passed over might
/// have changed the answer.
/// </summary>
internal sealed class OnnxNode(OnnxReader reader, NodeProto node)
{
    /// <summary>Pixels that windows, strides and pads may have.</summary>
    public const int LargestSide = 1 << 15;

    private readonly HashSet<string> _asked = [];
    private readonly HashSet<int> _read = [];

    public string Type => node.OpType;
    public long Opset => reader.Opset;
    public int InputCount => node.Input.Count;

    /// <summary>Whether all inputs are known whole numbers.</summary>
    public bool IsOfConstants => node.Input.All(name => reader.Find(name) is HostTensor { Longs: not null });

    public DataException Refused(string why) =>
        new($"'{reader.Name}': node {ForeignText.Quoted(node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault(""))} ({node.OpType}): {why}");

    public bool Has(int input) => input < node.Input.Count && node.Input[input].Length > 0;

    private Operand Input(int i)
    {
        _read.Add(i);
        if (!Has(i)) throw Refused($"input {i} is missing");
        return reader.Find(node.Input[i])
            ?? throw Refused($"it reads {ForeignText.Quoted(node.Input[i])}, which no node before it makes and no initialiser holds");
    }

    /// <summary>An input that is computed, or a constant made one.</summary>
    public Value Value(int i) => Input(i) switch
    {
        Value value => value,
        HostTensor { Floats: { } floats, Dims: var dims } => new Value(
            Variable(i, Export.Value.ShapeOf(dims), Layout.ChannelsLast(floats, Export.Value.ShapeOf(dims))), dims),
        _ => throw Refused($"input {i} is of whole numbers; FLOAT was expected"),
    };

    /// <summary>An input that is pictures [N, C, H, W].</summary>
    public Tensor Picture(int i)
    {
        var value = Value(i);
        var s = value.Tensor.Shape;
        bool isPicture = value.Dims.Length == 4 && value.Dims.AsSpan().SequenceEqual([s.Batch, s.Channels, s.Height, s.Width]);
        return isPicture ? value.Tensor : throw Refused($"input {i} is {value}; it must be pictures [N, C, H, W], as they were made");
    }

    /// <summary>An input that is known.</summary>
    public HostTensor Constant(int i) => Input(i) as HostTensor ?? throw Refused($"input {i} is computed by the network; it must be a constant");

    public long[] Longs(int i) => Constant(i).Longs ?? throw Refused($"input {i} must be whole numbers");

    /// <summary>An input that is a layer's weights [out, in, kh, kw], as a variable in our order.</summary>
    public Tensor Weights(int i)
    {
        var known = Constant(i);
        if (known is not { Floats: { } floats, Dims: [var a, var b, var kh, var kw] } || floats.Length == 0)
            throw Refused($"its weights are {known}; they must be numbers [out, in, kh, kw]");
        return Variable(i, new Shape(kh, kw, b, a), Layout.Inward(floats, [a, b, kh, kw]));
    }

    /// <summary>An input that is a number for each channel.</summary>
    public Tensor Vector(int i, int channels)
    {
        var known = Constant(i);
        return known is { Floats: { } floats, Dims: [var count] } && count == channels ? Variable(i, new Shape(channels), floats)
            : throw Refused($"input {i} is {known}; it must be {channels} numbers");
    }

    /// <summary>The bias, where there is one.</summary>
    public Tensor[] Bias(int i, int channels) => Has(i) ? [Vector(i, channels)] : [];

    /// <summary>A variable of the graph with an input's name.</summary>
    public Tensor Variable(int i, Shape shape, float[] values) => reader.Variable(node.Input[i], shape, values);

    private AttributeProto? Find(string name, AttributeType type)
    {
        _asked.Add(name);
        var found = node.Attribute.FirstOrDefault(a => a.Name == name);
        return found is null || found.Type == type ? found : throw Refused($"its attribute {name} is of type {found.Type}; {type} was expected");
    }

    public long Whole(string name, long otherwise) => Find(name, AttributeType.Int)?.I ?? otherwise;
    public float Number(string name, float otherwise) => Find(name, AttributeType.Float)?.F ?? otherwise;
    public string Text(string name, string otherwise) => Find(name, AttributeType.String)?.S.ToStringUtf8() ?? otherwise;
    public long[]? Wholes(string name) => Find(name, AttributeType.Ints)?.Ints.ToArray();

    /// <summary>An attribute that changes nothing here.</summary>
    public void Ignore(string name) => _asked.Add(name);

    /// <summary>An attribute that may be but one number, all of several.</summary>
    public void Expect(string name, long value)
    {
        _asked.Add(name);
        var found = node.Attribute.FirstOrDefault(a => a.Name == name);
        long[] given = found is null ? [] : found.Type == AttributeType.Int ? [found.I] : [.. found.Ints];
        if (given.Any(v => v != value)) throw Refused($"its {name} is {string.Join(",", given)}; {value} is what we have");
    }

    /// <summary>Before opset 7 an op that is another in training said by is_test that it is not.</summary>
    public void ExpectTrained()
    {
        if (Opset < 7 && Whole("is_test", 0) == 0) throw Refused("it is in training: its is_test is 0");
    }

    /// <summary>A kernel's sides, which weights have too.</summary>
    public void ExpectKernel(int height, int width)
    {
        if (Wholes("kernel_shape") is { } kernel && !kernel.AsSpan().SequenceEqual([height, width]))
            throw Refused($"its kernel_shape is {string.Join("×", kernel)}, its weights have {height}×{width}");
    }

    /// <summary>So many sizes of pixels.</summary>
    public long[] Sides(string name, int count, long otherwise)
    {
        long[] sides = Wholes(name) ?? [.. Enumerable.Repeat(otherwise, count)];
        bool fits = sides.Length == count && sides.All(side => side is >= 0 and <= LargestSide);
        return fits ? sides : throw Refused($"its {name} is {string.Join(",", sides)}; it must be {count} numbers up to {LargestSide}");
    }

    /// <summary>Adds an op of ours that makes pictures.</summary>
    public Value Give(Op op, Tensor[] inputs)
    {
        var y = Apply(op, inputs);
        return new Value(y, [y.Shape.Batch, y.Shape.Channels, y.Shape.Height, y.Shape.Width]);
    }

    /// <summary>Adds an op of ours whose output has these dimensions in the file.</summary>
    public Value Give(Op op, int[] dims, Tensor[] inputs) => new(Apply(op, inputs), dims);

    private Tensor Apply(Op op, Tensor[] inputs)
    {
        try
        {
            var y = reader.Graph.Apply(op, node.Output[0], inputs);
            if (y.Shape.Count <= int.MaxValue) return y;
        }
        catch (OverflowException) { } // more than 2⁶³
        throw Refused("it makes more elements than can be counted");
    }

    /// <summary>The value of a Constant.</summary>
    public HostTensor Given()
    {
        foreach (var attribute in node.Attribute) _asked.Add(attribute.Name);
        return node.Attribute is [var only] ? only.Name switch
        {
            "value" when only.T is not null => reader.Read(only.T),
            "value_float" => new HostTensor([], [only.F], null),
            "value_floats" => new HostTensor([only.Floats.Count], [.. only.Floats], null),
            "value_int" => new HostTensor([], null, [only.I]),
            "value_ints" => new HostTensor([only.Ints.Count], null, [.. only.Ints]),
            _ => throw Refused($"its {ForeignText.Quoted(only.Name)} is none of numbers"),
        } : throw Refused("it has no value, or several");
    }

    /// <summary>Throws where something was given that the row has not asked for.</summary>
    public void ExpectAllRead()
    {
        if (node.Attribute.FirstOrDefault(a => !_asked.Contains(a.Name)) is { } attribute)
            throw Refused($"it has the attribute {ForeignText.Quoted(attribute.Name)}, which we do not have");
        for (int i = 0; i < node.Input.Count; i++)
            if (Has(i) && !_read.Contains(i)) throw Refused($"it has an input {i}, which we do not have");
        if (node.Output.Skip(1).Any(name => name.Length > 0)) throw Refused("it has a second output, which we do not have");
    }
}
