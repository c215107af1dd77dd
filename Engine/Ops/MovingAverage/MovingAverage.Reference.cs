namespace FcnFromScratch.Engine.Ops;

public sealed partial class MovingAverage
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        for (long i = 0; i < x[0].Values.LongLength; i++) y[0][i] = x[0][i] + x[2][3] * (x[1][i] - x[0][i]);
    }
}
