using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Kernels.Algorithms;

namespace FcnFromScratch.Engine.Ops;

/// <summary>What distances need beside the product of rows and columns, which is the convolution's: Conv2dKernels.</summary>
internal static partial class PixelProductsKernels
{
    /// <summary>
    /// One item for each row: its squared norm, or <see cref="PixelProducts.Unusable"/>. Where there are classes, the row's label is looked at as well.
    /// </summary>
    [Kernel]
    public static void Norms(Index1D row, ArrayView<int> norms, ArrayView<float> x, ArrayView<float> labels, int classes, int depth)
    {
        int at = row * depth;
        bool usable = true;
        int sum = 0;
        for (int i = 0; i < depth; i++)
        {
            float value = x[at + i];
            if (Fits(value, -128f, 127f)) sum += (int)value * (int)value;
            else usable = false;
        }
        if (classes > 0)
        {
            if (!Fits(labels[row], 0f, classes - 1f)) usable = false;
        }
        norms[row] = usable ? sum : PixelProducts.Unusable;
    }

    /// <summary>Whether a value is an integer in low … high; NaN is none.</summary>
    private static bool Fits(float value, float low, float high) => value >= low && value <= high && XMath.Floor(value) == value;
}
