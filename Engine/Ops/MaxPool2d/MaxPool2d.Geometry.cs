namespace FcnFromScratch.Engine.Ops;

/// <summary>The sizes of a pooling window over [Batch, InHeight, InWidth, Channels]; windows lie wholly inside the picture.</summary>
internal readonly struct PoolGeometry
{
    public readonly int Batch, InHeight, InWidth, OutHeight, OutWidth, Channels, Kernel, Stride;

    public PoolGeometry(int batch, int inHeight, int inWidth, int outHeight, int outWidth, int channels, int kernel, int stride)
    {
        Batch = batch;
        InHeight = inHeight;
        InWidth = inWidth;
        OutHeight = outHeight;
        OutWidth = outWidth;
        Channels = channels;
        Kernel = kernel;
        Stride = stride;
    }
}
