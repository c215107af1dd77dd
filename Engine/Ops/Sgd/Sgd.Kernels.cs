using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

internal static partial class SgdKernels
{
    [Kernel]
    public static void Step(Index1D i, ArrayView<float> p, ArrayView<float> g, ArrayView<float> m, ArrayView<float> rates, float momentum, int nesterov)
    {
        float velocity = momentum * m[i] + g[i];
        m[i] = velocity;
        p[i] = p[i] - rates[0] * (nesterov != 0 ? g[i] + momentum * velocity : velocity);
    }
}
