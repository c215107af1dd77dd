namespace FcnFromScratch.Engine.Ops;

public sealed partial class RowSum
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        int channels = x[0].Shape.Channels;
        Array.Clear(y[0].Values);
        for (long i = 0; i < x[0].Values.LongLength; i++) y[0][i % channels] += x[0][i];
    }
}
