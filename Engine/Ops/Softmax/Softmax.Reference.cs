namespace FcnFromScratch.Engine.Ops;

public sealed partial class Softmax
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        int channels = x[0].Shape.Channels;
        for (int row = 0; row < x[0].Shape.Rows; row++) Row<T>(x[0].Values.AsSpan(row * channels, channels), y[0].Values.AsSpan(row * channels, channels));
    }

    /// <summary>The softmax of one row; also what cross-entropy builds on.</summary>
    internal static void Row<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        T max = x[0], sum = T.Zero;
        foreach (T value in x) max = T.Max(max, value);
        for (int c = 0; c < x.Length; c++) sum += y[c] = T.Exp(x[c] - max);
        for (int c = 0; c < x.Length; c++) y[c] /= sum;
    }
}

internal sealed partial class SoftmaxGradient
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        int channels = x[0].Shape.Channels;
        for (long row = 0; row < x[0].Shape.Rows; row++)
        {
            T dot = T.Zero;
            for (long i = row * channels; i < (row + 1) * channels; i++) dot += x[0][i] * x[1][i];
            for (long i = row * channels; i < (row + 1) * channels; i++) y[0][i] = x[1][i] * (x[0][i] - dot);
        }
    }
}
