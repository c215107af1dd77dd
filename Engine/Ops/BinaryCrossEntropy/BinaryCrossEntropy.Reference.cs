namespace FcnFromScratch.Engine.Ops;

public sealed partial class BinaryCrossEntropy
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        T loss = T.Zero, count = T.CreateChecked(x[0].Values.Length);
        for (long i = 0; i < x[0].Values.LongLength; i++)
        {
            T logit = x[0][i], target = x[1][i];
            loss += T.Max(logit, T.Zero) - logit * target + T.Log(T.One + T.Exp(-T.Abs(logit)));
            y[1][i] = (T.One / (T.One + T.Exp(-logit)) - target) / count;
        }
        y[0][0] = loss / count;
    }
}
