namespace FcnFromScratch.Engine.Ops;

public sealed partial class VoteLogits
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        T share = T.One / T.CreateChecked(y[0].Shape.Channels), all = T.CreateChecked(Neighbours + 1);
        for (long i = 0; i < y[0].Values.LongLength; i++) y[0][i] = T.Log((x[0][i] + share) / all);
    }
}
