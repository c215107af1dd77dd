using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Kernels.Algorithms;

namespace FcnFromScratch.Engine.Ops;

internal static partial class GaussianKernelKernels
{
    /// <summary>One item for each pair: its product becomes its kernel.</summary>
    [Kernel]
    public static void FromProducts(
        Index1D i, ArrayView<float> y, ArrayView<int> rowNorms, ArrayView<int> sampleNorms, ArrayView<float> gamma, int samples)
    {
        int rowNorm = rowNorms[i / samples];
        int sampleNorm = sampleNorms[i % samples];
        if (rowNorm < 0 || sampleNorm < 0 || !(gamma[0] > 0f)) y[i] = float.NaN;
        else y[i] = XMath.Exp(-gamma[0] * (rowNorm + sampleNorm - 2 * (int)y[i]));
    }
}
