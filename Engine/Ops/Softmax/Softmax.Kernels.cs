using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Kernels.Algorithms;

namespace FcnFromScratch.Engine.Ops;

/// <summary>One item for each row: with a dozen channels a row fits one item, and no group needs to meet.</summary>
internal static partial class SoftmaxKernels
{
    [Kernel]
    public static void Forward(Index1D row, ArrayView<float> y, ArrayView<float> x, int channels)
    {
        int at = row * channels;
        float max = x[at];
        for (int c = 1; c < channels; c++) max = XMath.Max(max, x[at + c]);
        float sum = 0f;
        for (int c = 0; c < channels; c++)
        {
            float e = XMath.Exp(x[at + c] - max);
            y[at + c] = e;
            sum += e;
        }
        for (int c = 0; c < channels; c++) y[at + c] /= sum;
    }

    [Kernel]
    public static void Backward(Index1D row, ArrayView<float> dx, ArrayView<float> dy, ArrayView<float> y, int channels)
    {
        int at = row * channels;
        float dot = 0f;
        for (int c = 0; c < channels; c++) dot += dy[at + c] * y[at + c];
        for (int c = 0; c < channels; c++) dx[at + c] = y[at + c] * (dy[at + c] - dot);
    }
}
