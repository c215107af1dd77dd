using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Kernels.Algorithms;

namespace FcnFromScratch.Engine.Ops;

/// <summary>Max-pooling and its gradient, one work item for each result.</summary>
internal static partial class MaxPool2dKernels
{
    [Kernel]
    public static void Forward(Index1D i, ArrayView<float> y, ArrayView<int> index, ArrayView<float> x, PoolGeometry g)
    {
        int c = i % g.Channels;
        int ox = i / g.Channels % g.OutWidth;
        int oy = i / (g.Channels * g.OutWidth) % g.OutHeight;
        int n = i / (g.Channels * g.OutWidth * g.OutHeight);
        int picture = n * g.InHeight * g.InWidth;
        int best = oy * g.Stride * g.InWidth + ox * g.Stride;
        float max = x[(picture + best) * g.Channels + c];
        for (int ky = 0; ky < g.Kernel; ky++)
        {
            for (int kx = 0; kx < g.Kernel; kx++)
            {
                int at = (oy * g.Stride + ky) * g.InWidth + ox * g.Stride + kx;
                float value = x[(picture + at) * g.Channels + c];
                // NaN is taken: the maximum of the others would hide it.
                if (value > max || XMath.IsNaN(value))
                {
                    max = value;
                    best = at;
                }
            }
        }
        y[i] = max;
        index[i] = best;
    }

    /// <summary>Each input pixel asks the windows that hold it whether it was their maximum: a gather, so nothing is written twice.</summary>
    [Kernel]
    public static void Backward(Index1D i, ArrayView<float> dx, ArrayView<float> dy, ArrayView<int> index, PoolGeometry g)
    {
        int c = i % g.Channels;
        int ix = i / g.Channels % g.InWidth;
        int iy = i / (g.Channels * g.InWidth) % g.InHeight;
        int n = i / (g.Channels * g.InWidth * g.InHeight);
        int at = iy * g.InWidth + ix;
        float sum = 0f;
        for (int ky = 0; ky < g.Kernel; ky++)
        {
            int ty = iy - ky;
            if (ty < 0 || ty % g.Stride != 0 || ty / g.Stride >= g.OutHeight) continue;
            for (int kx = 0; kx < g.Kernel; kx++)
            {
                int tx = ix - kx;
                if (tx < 0 || tx % g.Stride != 0 || tx / g.Stride >= g.OutWidth) continue;
                int o = ((n * g.OutHeight + ty / g.Stride) * g.OutWidth + tx / g.Stride) * g.Channels + c;
                if (index[o] == at) sum += dy[o];
            }
        }
        dx[i] = sum;
    }
}
