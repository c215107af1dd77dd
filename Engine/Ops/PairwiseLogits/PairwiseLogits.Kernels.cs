using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Kernels.Algorithms;

namespace FcnFromScratch.Engine.Ops;

internal static partial class PairwiseLogitsKernels
{
    /// <summary>One item for each class of each row. Pair (a, b) is the one at a · (2 · classes − a − 1) / 2 + b − a − 1.</summary>
    [Kernel]
    public static void Forward(Index1D i, ArrayView<float> y, ArrayView<float> x, int classes, int pairs, float slope)
    {
        int c = i % classes;
        int at = i / classes * pairs;
        float sum = 0f;
        for (int a = 0; a < c; a++) sum += Softplus(slope * x[at + a * (2 * classes - a - 1) / 2 + c - a - 1]);
        int first = at + c * (2 * classes - c - 1) / 2;
        for (int b = 0; b < classes - c - 1; b++) sum += Softplus(-slope * x[first + b]);
        y[i] = -sum;
    }

    private static float Softplus(float x) => XMath.Max(x, 0f) + XMath.Log(1f + XMath.Exp(-XMath.Abs(x)));
}
