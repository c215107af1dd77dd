using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Kernels.Algorithms;

namespace FcnFromScratch.Engine.Ops;

/// <summary>Pointwise functions, alone and as the last line of other kernels. kind: see <see cref="ActivationKind"/>.</summary>
public static partial class ActivationKernels
{
    [Kernel]
    public static void Forward(Index1D i, ArrayView<float> y, ArrayView<float> x, int kind, float slope)
    {
        y[i] = Apply(kind, slope, x[i]);
    }

    [Kernel]
    public static void Backward(Index1D i, ArrayView<float> dx, ArrayView<float> dy, ArrayView<float> y, int kind, float slope)
    {
        dx[i] = dy[i] * Derivative(kind, slope, y[i]);
    }

    public static float Apply(int kind, float slope, float x)
    {
        if (kind == 1) return x > 0f ? x : 0f;
        if (kind == 2) return x > 0f ? x : slope * x;
        if (kind == 3) return 1f / (1f + XMath.Exp(-x));
        return x;
    }

    // From y = f(x) alone: rectifiers keep the sign, and the sigmoid's slope is y(1 - y).
    public static float Derivative(int kind, float slope, float y)
    {
        if (kind == 1) return y > 0f ? 1f : 0f;
        if (kind == 2) return y > 0f ? 1f : slope;
        if (kind == 3) return y * (1f - y);
        return 1f;
    }
}
