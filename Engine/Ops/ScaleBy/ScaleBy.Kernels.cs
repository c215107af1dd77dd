using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

internal static partial class ScaleByKernels
{
    [Kernel]
    public static void Scale(Index1D i, ArrayView<float> y, ArrayView<float> x, ArrayView<float> s)
    {
        y[i] = x[i] * s[0];
    }
}
