namespace FcnFromScratch.Engine.Ops;

public sealed partial class Deskew
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        int height = x[0].Shape.Height, width = x[0].Shape.Width;
        T nothing = T.CreateChecked(ground);
        for (int n = 0; n < x[0].Shape.Batch; n++)
        {
            long at = (long)n * height * width;
            (T Mass, T Row, T Column) first = default;
            (T Covariance, T Variance) second = default;
            ForEachPixel((i, j, ink) => first = (first.Mass + ink, first.Row + ink * i, first.Column + ink * j));
            if (first.Mass != T.Zero) first = (first.Mass, first.Row / first.Mass, first.Column / first.Mass);
            ForEachPixel((i, j, ink) => second = (
                second.Covariance + ink * (i - first.Row) * (j - first.Column), second.Variance + ink * (i - first.Row) * (i - first.Row)));
            bool isUpright = first.Mass == T.Zero || second.Variance < T.CreateChecked(LeastVariance) * first.Mass;
            T slant = isUpright ? T.Zero : second.Covariance / second.Variance;
            for (int i = 0; i < height; i++)
                for (int j = 0; j < width; j++)
                {
                    T from = T.CreateChecked(j) + slant * (T.CreateChecked(i) - first.Row), left = T.Floor(from), share = from - left;
                    y[0][at + i * width + j] = Pixel(i, left) * (T.One - share) + Pixel(i, left + T.One) * share;
                }

            void ForEachPixel(Action<T, T, T> take)
            {
                for (int i = 0; i < height; i++)
                    for (int j = 0; j < width; j++) take(T.CreateChecked(i), T.CreateChecked(j), x[0][at + i * width + j] - nothing);
            }

            T Pixel(int row, T column) => T.IsNaN(column) ? column
                : column < T.Zero || column >= T.CreateChecked(width) ? nothing : x[0][at + row * width + int.CreateChecked(column)];
        }
    }
}
