namespace FcnFromScratch.Engine.Ops;

public sealed partial class GaussianKernel
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        int samples = x[1].Shape[0], depth = x[1].Shape[1];
        T low = T.CreateChecked(-128), high = T.CreateChecked(127), gamma = x[2][0] > T.Zero ? x[2][0] : T.NaN;
        for (int n = 0; n < x[0].Shape.Batch; n++)
            for (int m = 0; m < samples; m++)
            {
                T distance = T.Zero;
                for (int i = 0; i < depth; i++)
                {
                    T a = x[0][n * depth + i], b = x[1][m * depth + i];
                    bool areUsable = a == T.Floor(a) && b == T.Floor(b) && a >= low && a <= high && b >= low && b <= high;
                    distance += areUsable ? (a - b) * (a - b) : T.NaN;
                }
                y[0][(long)n * samples + m] = T.Exp(-gamma * distance);
            }
    }
}
