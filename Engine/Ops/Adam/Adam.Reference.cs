namespace FcnFromScratch.Engine.Ops;

public sealed partial class Adam
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        T b1 = T.CreateChecked(beta1), b2 = T.CreateChecked(beta2);
        var rates = x[4];
        for (long i = 0; i < x[0].Values.LongLength; i++)
        {
            T g = x[1][i];
            y[1][i] = b1 * x[2][i] + (T.One - b1) * g;
            y[2][i] = b2 * x[3][i] + (T.One - b2) * g * g;
            y[0][i] = x[0][i] - rates[i < held ? 4 : 0] * (y[1][i] * rates[1]) / (T.Sqrt(y[2][i] * rates[2]) + T.CreateChecked(epsilon));
        }
    }
}
