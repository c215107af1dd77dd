using FcnFromScratch.Engine;

namespace FcnFromScratch.Export;

/// <summary>What a name in an ONNX file stands for.</summary>
internal abstract record Operand;

/// <summary>
/// What is computed when the network runs. Our tensor is [N, H, W, C], and its elements in the order [N, C, H, W] are those of the file's tensor, whatever
/// dimensions it has there: so a change of dimensions alone costs nothing.
/// </summary>
internal sealed record Value(Tensor Tensor, int[] Dims) : Operand
{
    /// <summary>A tensor of ours for dimensions of the file: the first four in the order [N, C, H, W].</summary>
    public static Shape ShapeOf(ReadOnlySpan<int> dims)
    {
        int[] four = [1, 1, 1, 1];
        for (int i = 0; i < dims.Length; i++) four[Math.Min(i, 3)] = checked(four[Math.Min(i, 3)] * dims[i]);
        return new(four[0], four[2], four[3], four[1]);
    }

    public override string ToString() => $"[{string.Join(",", Dims)}]";
}

/// <summary>What is known when the file is read: numbers, or whole numbers.</summary>
internal sealed record HostTensor(int[] Dims, float[]? Floats, long[]? Longs) : Operand
{
    public override string ToString() => $"[{string.Join(",", Dims)}]{(Floats is null ? " of whole numbers" : "")}";
}
