using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Kernels.Algorithms;

namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// The pointwise functions that an op can apply to its output before it is stored. Each is defined three times, and all else calls these: for kernels in
/// <see cref="ActivationKernels"/>, for SIMD code in <see cref="ActivationCpu"/>, and, written apart from both, for the reference in <see cref="Activation"/>.
/// </summary>
public enum ActivationKind
{
    /// <summary>y = x.</summary>
    None = 0,
    /// <summary>max(x, 0).</summary>
    Relu = 1,
    /// <summary>x where positive, else slope · x.</summary>
    LeakyRelu = 2,
    /// <summary>1 / (1 + e^−x).</summary>
    Sigmoid = 3,
}

/// <summary>Pointwise functions, alone and as the last line of other kernels.</summary>
internal static partial class ActivationKernels
{
    [Kernel]
    public static void Forward(Index1D i, ArrayView<float> y, ArrayView<float> x, ActivationKind kind, float slope)
    {
        y[i] = Apply(kind, slope, x[i]);
    }

    [Kernel]
    public static void Backward(Index1D i, ArrayView<float> dx, ArrayView<float> dy, ArrayView<float> y, ActivationKind kind, float slope)
    {
        dx[i] = dy[i] * Derivative(kind, slope, y[i]);
    }

    // Compared so that NaN passes: it has to reach the loss.
    public static float Apply(ActivationKind kind, float slope, float x)
    {
        if (kind == ActivationKind.Relu) return x <= 0f ? 0f : x;
        if (kind == ActivationKind.LeakyRelu) return x <= 0f ? slope * x : x;
        if (kind == ActivationKind.Sigmoid) return 1f / (1f + XMath.Exp(-x));
        return x;
    }

    // From y = f(x) alone: rectifiers keep the sign, and the sigmoid's slope is y(1 - y).
    public static float Derivative(ActivationKind kind, float slope, float y)
    {
        if (kind == ActivationKind.Relu) return y <= 0f ? 0f : 1f;
        if (kind == ActivationKind.LeakyRelu) return y <= 0f ? slope : 1f;
        if (kind == ActivationKind.Sigmoid) return y * (1f - y);
        return 1f;
    }
}
