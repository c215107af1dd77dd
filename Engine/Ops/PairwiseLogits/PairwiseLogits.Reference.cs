namespace FcnFromScratch.Engine.Ops;

public sealed partial class PairwiseLogits
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        T s = T.CreateChecked(Slope);
        int pairs = x[0].Shape.Channels;
        for (long row = 0; row < x[0].Shape.Rows; row++)
        {
            long pair = row * pairs;
            for (int c = 0; c < Classes; c++) y[0][row * Classes + c] = T.Zero;
            for (int a = 0; a < Classes; a++)
                for (int b = a + 1; b < Classes; b++, pair++)
                {
                    T f = s * x[0][pair];
                    y[0][row * Classes + a] -= Softplus(-f);
                    y[0][row * Classes + b] -= Softplus(f);
                }
        }

        T Softplus(T z) => T.Max(z, T.Zero) + T.Log(T.One + T.Exp(-T.Abs(z)));
    }
}
