using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Kernels.Algorithms;

namespace FcnFromScratch.Engine.Ops;

internal static partial class DecodeBoxesKernels
{
    /// <summary>One item for each cell.</summary>
    [Kernel]
    internal static void Cells(Index1D cell, ArrayView<PixelBox> boxes, ArrayView<float> x, int height, int width, int channels, int stride)
    {
        int at = cell * channels;
        float centreX = (cell % width + 0.5f) * stride;
        float centreY = (cell / width % height + 0.5f) * stride;
        boxes[cell] = new PixelBox(
            centreX - stride * Softplus(x[at]), centreY - stride * Softplus(x[at + 1]),
            centreX + stride * Softplus(x[at + 2]), centreY + stride * Softplus(x[at + 3]));
    }

    /// <summary>One item for each cell: the gradients of all its channels.</summary>
    [Kernel]
    internal static void CellGradients(Index1D cell, ArrayView<float> dx, ArrayView<PixelBox> dy, ArrayView<float> x, int channels, int stride)
    {
        int at = cell * channels;
        PixelBox d = dy[cell];
        dx[at] = -stride * Sigmoid(x[at]) * d.XMin;
        dx[at + 1] = -stride * Sigmoid(x[at + 1]) * d.YMin;
        dx[at + 2] = stride * Sigmoid(x[at + 2]) * d.XMax;
        dx[at + 3] = stride * Sigmoid(x[at + 3]) * d.YMax;
        for (int c = 4; c < channels; c++) dx[at + c] = 0f;
    }

    /// <summary>ln(1 + e^t) for any t.</summary>
    internal static float Softplus(float t) => XMath.Max(t, 0f) + XMath.Log(1f + XMath.Exp(-XMath.Abs(t)));

    /// <summary>1 / (1 + e^−t), the slope of softplus.</summary>
    internal static float Sigmoid(float t) => 1f / (1f + XMath.Exp(-t));
}
