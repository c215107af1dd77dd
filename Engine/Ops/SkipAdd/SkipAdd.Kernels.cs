using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

internal static partial class SkipAddKernels
{
    [Kernel]
    public static void Add(Index1D i, ArrayView<float> y, ArrayView<float> a, ArrayView<float> b)
    {
        y[i] = a[i] + b[i];
    }
}
