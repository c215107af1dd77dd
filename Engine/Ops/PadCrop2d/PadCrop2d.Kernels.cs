using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

internal static partial class PadCrop2dKernels
{
    [Kernel]
    public static void Copy(
        Index1D i, ArrayView<float> y, ArrayView<float> x, int outHeight, int outWidth, int inHeight, int inWidth, int channels, int top, int left)
    {
        int c = i % channels;
        int w = i / channels % outWidth - left;
        int h = i / (channels * outWidth) % outHeight - top;
        int n = i / (channels * outWidth * outHeight);
        float value = 0f;
        if (h >= 0 && h < inHeight && w >= 0 && w < inWidth) value = x[((n * inHeight + h) * inWidth + w) * channels + c];
        y[i] = value;
    }
}
