namespace FcnFromScratch.Engine.Ops;

public sealed partial class Log
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        T factor = T.CreateChecked(scale), offset = T.CreateChecked(shift);
        for (long i = 0; i < y[0].Values.LongLength; i++) y[0][i] = T.Log(x[0][i] * factor + offset);
    }
}
