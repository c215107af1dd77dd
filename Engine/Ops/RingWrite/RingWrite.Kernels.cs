using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

internal static partial class RingWriteKernels
{
    [Kernel]
    public static void Store(Index1D i, ArrayView<float> ring, ArrayView<float> value, ArrayView<int> step, int length)
    {
        ring[step[0] % length] = value[0];
    }
}
