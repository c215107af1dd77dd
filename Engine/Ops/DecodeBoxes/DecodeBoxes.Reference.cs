namespace FcnFromScratch.Engine.Ops;

public sealed partial class DecodeBoxes
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        T size = T.CreateChecked(stride), half = T.CreateChecked(0.5);
        for (long k = 0; k < y[0].Values.LongLength; k++)
        {
            var (n, i, j, side) = y[0].Place(k);
            T centre = (T.CreateChecked(side % 2 == 0 ? j : i) + half) * size, d = size * Softplus(x[0][n, i, j, side]);
            y[0][k] = side < 2 ? centre - d : centre + d;
        }
    }
}

internal sealed partial class DecodeBoxesGradient
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        T size = T.CreateChecked(stride);
        for (long k = 0; k < y[0].Values.LongLength; k++)
        {
            var (n, i, j, c) = y[0].Place(k);
            y[0][k] = c >= 4 ? T.Zero : (c < 2 ? -size : size) * DecodeBoxes.Sigmoid(x[1][k]) * x[0][n, i, j, c];
        }
    }
}
