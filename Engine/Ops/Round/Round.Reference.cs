namespace FcnFromScratch.Engine.Ops;

public sealed partial class Round
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        T factor = T.CreateChecked(Scale), offset = T.CreateChecked(Shift + 0.5f);
        for (long i = 0; i < y[0].Values.LongLength; i++) y[0][i] = T.Floor(x[0][i] * factor + offset);
    }
}
