using FcnFromScratch.Engine;

namespace FcnFromScratch.Export;

/// <summary>
/// Between our order of elements, channels last, and that of ONNX and PyTorch, channels first. A picture [N, H, W, C] is [N, C, H, W] there. Of weights one
/// order serves all three kinds: [kh, kw, in, out] of a convolution is [out, in, kh, kw], [kh, kw, out, in] of a transposed one is [in, out, kh, kw], and
/// [H, W, C, units] of a linear layer is [units, C, H, W], which is [units, C·H·W] for what was flattened with the channels first.
/// </summary>
internal static class Layout
{
    /// <summary>[N, H, W, C] → [N, C, H, W].</summary>
    public static float[] ChannelsFirst(ReadOnlySpan<float> values, Shape x) => Permuted(values, [x.Batch, x.Height, x.Width, x.Channels], [0, 3, 1, 2]);

    /// <summary>[N, C, H, W] → [N, H, W, C].</summary>
    /// <param name="x">As it becomes.</param>
    public static float[] ChannelsLast(ReadOnlySpan<float> values, Shape x) => Permuted(values, [x.Batch, x.Channels, x.Height, x.Width], [0, 2, 3, 1]);

    /// <summary>[a, b, c, d] → [d, c, a, b]: the weights of our layers as others write them.</summary>
    public static float[] Outward(ReadOnlySpan<float> values, Shape weight) => Permuted(values, weight.Sizes, [3, 2, 0, 1]);

    /// <summary>[a, b, c, d] → [c, d, b, a]: weights as others write them for our layers.</summary>
    public static float[] Inward(ReadOnlySpan<float> values, ReadOnlySpan<int> sizes) => Permuted(values, sizes, [2, 3, 1, 0]);

    /// <summary>Axis i of the result is axis <c>order[i]</c> of the values.</summary>
    private static float[] Permuted(ReadOnlySpan<float> values, ReadOnlySpan<int> sizes, ReadOnlySpan<int> order)
    {
        ReadOnlySpan<int> steps = [sizes[1] * sizes[2] * sizes[3], sizes[2] * sizes[3], sizes[3], 1];
        var result = new float[values.Length];
        int at = 0;
        for (int a = 0; a < sizes[order[0]]; a++)
            for (int b = 0; b < sizes[order[1]]; b++)
                for (int c = 0; c < sizes[order[2]]; c++)
                    for (int d = 0; d < sizes[order[3]]; d++)
                        result[at++] = values[a * steps[order[0]] + b * steps[order[1]] + c * steps[order[2]] + d * steps[order[3]]];
        return result;
    }
}
