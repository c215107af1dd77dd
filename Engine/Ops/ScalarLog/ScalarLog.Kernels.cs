using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

public static partial class ScalarLogKernels
{
    [Kernel]
    public static void Store(Index1D i, ArrayView<float> log, ArrayView<float> value, ArrayView<int> step, int length)
    {
        log[step[0] % length] = value[0];
    }
}
