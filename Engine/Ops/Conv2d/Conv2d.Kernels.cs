using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// The three passes of a convolution. First plainly, one work item for each result; then as one tiled matrix product that serves all three:
/// they differ only in how a row, a column and a step of the sum map to pixels and taps (implicit GEMM, so no im2col is ever written);
/// then by register blocks without barriers, for processors.
/// </summary>
internal static partial class Conv2dKernels
{
    // 1. Naive: one item for each y[n,oy,ox,co]. Neighbouring items share pixels and read neighbouring weights, but nothing is reused from registers.
    [Kernel]
    public static void NaiveForward(
        Index1D i, ArrayView<float> y, ArrayView<float> x, ArrayView<float> w, ArrayView<float> bias, int hasBias,
        ConvGeometry g, ActivationKind activation, float slope)
    {
        int co = i % g.OutChannels;
        int pixel = i / g.OutChannels;
        int ox = pixel % g.OutWidth;
        int oy = pixel / g.OutWidth % g.OutHeight;
        int n = pixel / (g.OutWidth * g.OutHeight);
        float sum = hasBias != 0 ? bias[co] : 0f;
        for (int ky = 0; ky < g.KernelHeight; ky++)
        {
            int iy = oy * g.StrideY + ky - g.PadTop;
            if (iy < 0 || iy >= g.InHeight) continue;
            for (int kx = 0; kx < g.KernelWidth; kx++)
            {
                int ix = ox * g.StrideX + kx - g.PadLeft;
                if (ix < 0 || ix >= g.InWidth) continue;
                int xAt = ((n * g.InHeight + iy) * g.InWidth + ix) * g.InChannels;
                int wAt = (ky * g.KernelWidth + kx) * g.InChannels * g.OutChannels + co;
                for (int ci = 0; ci < g.InChannels; ci++) sum += x[xAt + ci] * w[wAt + ci * g.OutChannels];
            }
        }
        y[i] = ActivationKernels.Apply(activation, slope, sum);
    }

    // Naive: one item for each dx[n,iy,ix,ci] gathers from the outputs whose window held it.
    [Kernel]
    public static void NaiveInputGradient(
        Index1D i, ArrayView<float> dx, ArrayView<float> dz, ArrayView<float> w, ArrayView<float> bias, int hasBias,
        ConvGeometry g, ActivationKind activation, float slope)
    {
        int ci = i % g.InChannels;
        int pixel = i / g.InChannels;
        int ix = pixel % g.InWidth;
        int iy = pixel / g.InWidth % g.InHeight;
        int n = pixel / (g.InWidth * g.InHeight);
        float sum = hasBias != 0 ? bias[ci] : 0f;
        for (int ky = 0; ky < g.KernelHeight; ky++)
        {
            int ty = iy + g.PadTop - ky;
            if (ty < 0 || ty % g.StrideY != 0 || ty / g.StrideY >= g.OutHeight) continue;
            for (int kx = 0; kx < g.KernelWidth; kx++)
            {
                int tx = ix + g.PadLeft - kx;
                if (tx < 0 || tx % g.StrideX != 0 || tx / g.StrideX >= g.OutWidth) continue;
                int zAt = ((n * g.OutHeight + ty / g.StrideY) * g.OutWidth + tx / g.StrideX) * g.OutChannels;
                int wAt = ((ky * g.KernelWidth + kx) * g.InChannels + ci) * g.OutChannels;
                for (int co = 0; co < g.OutChannels; co++) sum += dz[zAt + co] * w[wAt + co];
            }
        }
        dx[i] = ActivationKernels.Apply(activation, slope, sum);
    }

    // Naive: one item for each (slice of pixels, weight); the slices are added by a second launch.
    [Kernel]
    public static void NaiveWeightGradient(
        Index1D i, ArrayView<float> partial, ArrayView<float> x, ArrayView<float> dz, ConvGeometry g, int pixelsPerSlice)
    {
        int weights = g.KernelHeight * g.KernelWidth * g.InChannels * g.OutChannels;
        int slice = i / weights;
        int at = i % weights;
        int co = at % g.OutChannels;
        int ci = at / g.OutChannels % g.InChannels;
        int tap = at / (g.OutChannels * g.InChannels);
        int ky = tap / g.KernelWidth;
        int kx = tap % g.KernelWidth;
        int end = Math.Min((slice + 1) * pixelsPerSlice, g.Batch * g.OutHeight * g.OutWidth);
        float sum = 0f;
        for (int pixel = slice * pixelsPerSlice; pixel < end; pixel++)
        {
            int iy = pixel / g.OutWidth % g.OutHeight * g.StrideY + ky - g.PadTop;
            int ix = pixel % g.OutWidth * g.StrideX + kx - g.PadLeft;
            int n = pixel / (g.OutWidth * g.OutHeight);
            if (iy >= 0 && iy < g.InHeight && ix >= 0 && ix < g.InWidth)
                sum += x[((n * g.InHeight + iy) * g.InWidth + ix) * g.InChannels + ci] * dz[pixel * g.OutChannels + co];
        }
        partial[i] = sum;
    }
}
