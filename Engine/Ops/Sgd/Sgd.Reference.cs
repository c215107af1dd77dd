namespace FcnFromScratch.Engine.Ops;

public sealed partial class Sgd
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        T mu = T.CreateChecked(momentum);
        for (long i = 0; i < x[0].Values.LongLength; i++)
        {
            y[1][i] = mu * x[2][i] + x[1][i];
            y[0][i] = x[0][i] - x[3][0] * (nesterov ? x[1][i] + mu * y[1][i] : y[1][i]);
        }
    }
}
