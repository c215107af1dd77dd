using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Kernels.Algorithms;

namespace FcnFromScratch.Engine.Ops;

public static partial class LogKernels
{
    [Kernel]
    public static void Natural(Index1D i, ArrayView<float> y, ArrayView<float> x, float scale, float shift)
    {
        y[i] = XMath.Log(x[i] * scale + shift);
    }
}
