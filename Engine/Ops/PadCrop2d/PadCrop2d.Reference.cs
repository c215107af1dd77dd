namespace FcnFromScratch.Engine.Ops;

public sealed partial class PadCrop2d
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        var from = x[0].Shape;
        for (long i = 0; i < y[0].Values.LongLength; i++)
        {
            var (n, h, w, c) = y[0].Place(i);
            bool inside = h >= Top && h - Top < from.Height && w >= Left && w - Left < from.Width;
            y[0][i] = inside ? x[0][n, h - Top, w - Left, c] : T.Zero;
        }
    }
}
