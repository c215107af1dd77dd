using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Kernels.Algorithms;

namespace FcnFromScratch.Engine.Ops;

internal static partial class AdamKernels
{
    [Kernel]
    public static void Step(
        Index1D i, ArrayView<float> p, ArrayView<float> g, ArrayView<float> m, ArrayView<float> v, ArrayView<float> rates,
        float beta1, float beta2, float epsilon, int held)
    {
        float gradient = g[i];
        float mean = beta1 * m[i] + (1f - beta1) * gradient;
        float square = beta2 * v[i] + (1f - beta2) * gradient * gradient;
        m[i] = mean;
        v[i] = square;
        float rate = i < held ? rates[4] : rates[0];
        p[i] = p[i] - rate * (mean * rates[1]) / (XMath.Sqrt(square * rates[2]) + epsilon);
    }
}
