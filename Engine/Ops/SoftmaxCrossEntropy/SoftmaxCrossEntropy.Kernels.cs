using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Kernels.Algorithms;

namespace FcnFromScratch.Engine.Ops;

internal static partial class SoftmaxCrossEntropyKernels
{
    /// <summary>The weight of each row's label; 0 where the label is negative.</summary>
    [Kernel]
    public static void RowWeights(Index1D row, ArrayView<float> rowWeight, ArrayView<int> labels, ArrayView<float> weights, int weighted)
    {
        int label = labels[row];
        float weight = 0f;
        if (label >= 0) weight = weighted != 0 ? weights[label] : 1f;
        rowWeight[row] = weight;
    }

    /// <summary>One item for each row: its share of the loss, and the gradient of its logits.</summary>
    [Kernel]
    public static void Rows(
        Index1D row, ArrayView<float> rowLoss, ArrayView<float> dx, ArrayView<float> x, ArrayView<int> labels,
        ArrayView<float> rowWeight, ArrayView<float> total, int channels)
    {
        int at = row * channels;
        int label = labels[row];
        float weight = total[0] > 0f ? rowWeight[row] / total[0] : 0f;
        float max = x[at];
        for (int c = 1; c < channels; c++) max = XMath.Max(max, x[at + c]);
        float sum = 0f;
        for (int c = 0; c < channels; c++) sum += XMath.Exp(x[at + c] - max);
        float loss = 0f;
        if (label >= 0) loss = weight * (XMath.Log(sum) + max - x[at + label]);
        rowLoss[row] = loss;
        for (int c = 0; c < channels; c++)
        {
            float hit = c == label ? 1f : 0f;
            dx[at + c] = weight * (XMath.Exp(x[at + c] - max) / sum - hit);
        }
    }
}
