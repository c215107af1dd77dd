using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Kernels.Algorithms;

namespace FcnFromScratch.Engine.Ops;

internal static partial class VoteLogitsKernels
{
    /// <param name="share">Of the additional vote, what each class gets.</param>
    /// <param name="scale">The reciprocal of all votes.</param>
    [Kernel]
    public static void Smoothed(Index1D i, ArrayView<float> y, ArrayView<float> x, float share, float scale)
    {
        y[i] = XMath.Log((x[i] + share) * scale);
    }
}
