using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;

namespace FcnFromScratch.Export;

/// <summary>Gemm and MatMul with constant weights → Conv2d whose kernel covers its input, which may be a picture that was flattened.</summary>
internal sealed class LinearRow : OnnxRow
{
    public override IReadOnlyList<string> Reads => ["Gemm", "MatMul"];

    public override Operand Read(OnnxNode node)
    {
        var x = node.Value(0);
        var matrix = node.Constant(1);
        if (x.Dims.Length != 2 || matrix.Dims.Length != 2 || matrix.Floats is null)
            throw node.Refused($"it takes {x} and {matrix}; both must be matrices of numbers");
        bool isTurned = node.Type == "Gemm" && node.Whole("transB", 0) != 0;
        node.Expect("transA", 0);
        node.Expect("broadcast", 1); // before opset 7
        float alpha = node.Number("alpha", 1), beta = node.Number("beta", 1);
        var (depth, units) = isTurned ? (matrix.Dims[1], matrix.Dims[0]) : (matrix.Dims[0], matrix.Dims[1]);
        var picture = x.Tensor.Shape;
        if (depth != x.Dims[1] || picture.Batch != x.Dims[0]) throw node.Refused($"it takes {x} and {matrix}, which do not fit");
        var rows = new float[matrix.Floats.Length]; // [units, depth]
        for (int u = 0; u < units; u++)
            for (int d = 0; d < depth; d++) rows[u * depth + d] = alpha * matrix.Floats[isTurned ? u * depth + d : d * units + u];
        float[] values = Layout.Inward(rows, [units, picture.Channels, picture.Height, picture.Width]);
        List<Tensor> inputs = [x.Tensor, node.Variable(1, new Shape(picture.Height, picture.Width, picture.Channels, units), values)];
        if (node.Has(2))
        {
            var bias = node.Constant(2);
            bool isOne = bias.Floats is [_];
            if (bias.Floats is not { } floats || !isOne && (bias.Dims.Length == 0 || bias.Dims[^1] != units || floats.Length != units))
                throw node.Refused($"its C is {bias}; it must be {units} numbers, or one");
            inputs.Add(node.Variable(2, new Shape(units), [.. Enumerable.Range(0, units).Select(u => beta * floats[isOne ? 0 : u])]));
        }
        return node.Give(new Conv2d(Padding.Valid), [x.Dims[0], units], [.. inputs]);
    }
}
