using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

internal static partial class MovingAverageKernels
{
    [Kernel]
    public static void Step(Index1D i, ArrayView<float> average, ArrayView<float> p, ArrayView<float> rates)
    {
        average[i] = average[i] + rates[3] * (p[i] - average[i]);
    }
}
