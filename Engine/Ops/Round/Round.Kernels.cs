using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Kernels.Algorithms;

namespace FcnFromScratch.Engine.Ops;

internal static partial class RoundKernels
{
    /// <param name="offset">The shift, and a half.</param>
    [Kernel]
    public static void Nearest(Index1D i, ArrayView<float> y, ArrayView<float> x, float scale, float offset)
    {
        y[i] = XMath.Floor(x[i] * scale + offset);
    }
}
