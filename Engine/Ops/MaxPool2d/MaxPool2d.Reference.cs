namespace FcnFromScratch.Engine.Ops;

public sealed partial class MaxPool2d
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        var g = Geometry(x[0].Shape);
        for (long i = 0; i < y[0].Values.LongLength; i++)
        {
            var (n, oy, ox, c) = y[0].Place(i);
            int best = oy * Stride * g.InWidth + ox * Stride;
            for (int ky = 0; ky < Kernel; ky++)
                for (int kx = 0; kx < Kernel; kx++)
                {
                    T value = x[0][n, oy * Stride + ky, ox * Stride + kx, c];
                    if (value > x[0][n, best / g.InWidth, best % g.InWidth, c] || T.IsNaN(value)) best = (oy * Stride + ky) * g.InWidth + ox * Stride + kx;
                }
            y[0][i] = x[0][n, best / g.InWidth, best % g.InWidth, c];
            y[1].Ints[i] = best;
        }
    }
}

internal sealed partial class MaxPool2dGradient
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        Array.Clear(y[0].Values);
        for (long i = 0; i < x[0].Values.LongLength; i++)
        {
            var (n, _, _, c) = x[0].Place(i);
            int at = x[1].Ints[i];
            y[0][n, at / g.InWidth, at % g.InWidth, c] += x[0][i];
        }
    }
}
