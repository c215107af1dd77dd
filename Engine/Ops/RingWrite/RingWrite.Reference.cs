namespace FcnFromScratch.Engine.Ops;

public sealed partial class RingWrite
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        x[2].Values.CopyTo(y[0].Values, 0);
        y[0][x[1].Ints[0] % x[2].Values.Length] = x[0][0];
    }
}
