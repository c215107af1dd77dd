namespace FcnFromScratch.Engine.Ops;

public sealed partial class BatchNorm2d
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        int channels = x[0].Shape.Channels, rows = x[0].Shape.Rows;
        for (int c = 0; c < channels; c++)
        {
            T mean = T.Zero, variance = T.Zero, count = T.CreateChecked(rows);
            for (long i = c; i < x[0].Values.LongLength; i += channels) mean += x[0][i];
            mean /= count;
            for (long i = c; i < x[0].Values.LongLength; i += channels) variance += (x[0][i] - mean) * (x[0][i] - mean);
            y[1][c] = mean;
            y[2][c] = T.One / T.Sqrt(variance / count + T.CreateChecked(epsilon));
            T keep = T.Min(T.CreateChecked(momentum), T.One - T.One / T.CreateChecked(x[5].Ints[0]));
            y[3][c] = keep * x[3][c] + (T.One - keep) * mean;
            y[4][c] = keep * x[4][c] + (T.One - keep) * variance / (count - T.One);
            for (long i = c; i < x[0].Values.LongLength; i += channels) y[0][i] = x[1][c] * (x[0][i] - mean) * y[2][c] + x[2][c];
        }
    }
}

internal sealed partial class BatchNorm2dGradient
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        int channels = x[0].Shape.Channels;
        T count = T.CreateChecked(x[0].Shape.Rows);
        for (int c = 0; c < channels; c++)
        {
            T dGamma = T.Zero, dBeta = T.Zero;
            for (long i = c; i < x[0].Values.LongLength; i += channels)
            {
                dGamma += x[0][i] * (x[1][i] - x[3][c]) * x[4][c];
                dBeta += x[0][i];
            }
            for (long i = c; i < x[0].Values.LongLength; i += channels)
                y[0][i] = x[2][c] * x[4][c] * (x[0][i] - dBeta / count - (x[1][i] - x[3][c]) * x[4][c] * dGamma / count);
            (y[1][c], y[2][c]) = (dGamma, dBeta);
        }
    }
}

public sealed partial class BatchNorm2dInference
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        int channels = x[0].Shape.Channels;
        for (long i = 0; i < y[0].Values.LongLength; i++)
        {
            int c = (int)(i % channels);
            y[0][i] = x[1][c] * (x[0][i] - x[3][c]) / T.Sqrt(x[4][c] + T.CreateChecked(Epsilon)) + x[2][c];
        }
    }
}

internal sealed partial class BatchNorm2dInferenceGradient
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        int channels = x[0].Shape.Channels;
        for (long i = 0; i < y[0].Values.LongLength; i++)
        {
            int c = (int)(i % channels);
            y[0][i] = x[0][i] * x[1][c] / T.Sqrt(x[2][c] + T.CreateChecked(epsilon));
        }
    }
}
