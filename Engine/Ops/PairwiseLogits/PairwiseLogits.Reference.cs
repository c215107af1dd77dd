namespace FcnFromScratch.Engine.Ops;

public sealed partial class PairwiseLogits
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        T s = T.CreateChecked(slope);
        int pairs = x[0].Shape.Channels;
        for (long row = 0; row < x[0].Shape.Rows; row++)
        {
            long pair = row * pairs;
            for (int c = 0; c < classes; c++) y[0][row * classes + c] = T.Zero;
            for (int a = 0; a < classes; a++)
                for (int b = a + 1; b < classes; b++, pair++)
                {
                    T f = s * x[0][pair];
                    y[0][row * classes + a] -= Softplus(-f);
                    y[0][row * classes + b] -= Softplus(f);
                }
        }

        T Softplus(T z) => T.Max(z, T.Zero) + T.Log(T.One + T.Exp(-T.Abs(z)));
    }
}
