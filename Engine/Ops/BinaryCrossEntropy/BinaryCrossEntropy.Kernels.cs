using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Kernels.Algorithms;

namespace FcnFromScratch.Engine.Ops;

internal static partial class BinaryCrossEntropyKernels
{
    [Kernel]
    public static void Elements(Index1D i, ArrayView<float> loss, ArrayView<float> dx, ArrayView<float> x, ArrayView<float> targets, int count)
    {
        float logit = x[i];
        float target = targets[i];
        loss[i] = XMath.Max(logit, 0f) - logit * target + XMath.Log(1f + XMath.Exp(-XMath.Abs(logit)));
        dx[i] = (1f / (1f + XMath.Exp(-logit)) - target) / count;
    }
}
