namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// The sizes of one convolution y = conv(x, w): x [Batch, InHeight, InWidth, InChannels], w [KernelHeight, KernelWidth, InChannels, OutChannels],
/// y [Batch, OutHeight, OutWidth, OutChannels]. Output (oy, ox) under tap (ky, kx) reads input
/// (oy·StrideY + ky − PadTop, ox·StrideX + kx − PadLeft), and zero outside the picture.
/// </summary>
internal readonly struct ConvGeometry
{
    public readonly int Batch, InHeight, InWidth, InChannels, OutHeight, OutWidth, OutChannels;
    public readonly int KernelHeight, KernelWidth, StrideY, StrideX, PadTop, PadLeft;

    public ConvGeometry(
        int batch, int inHeight, int inWidth, int inChannels, int outHeight, int outWidth, int outChannels,
        int kernelHeight, int kernelWidth, int strideY, int strideX, int padTop, int padLeft)
    {
        Batch = batch;
        InHeight = inHeight;
        InWidth = inWidth;
        InChannels = inChannels;
        OutHeight = outHeight;
        OutWidth = outWidth;
        OutChannels = outChannels;
        KernelHeight = kernelHeight;
        KernelWidth = kernelWidth;
        StrideY = strideY;
        StrideX = strideX;
        PadTop = padTop;
        PadLeft = padLeft;
    }
}
