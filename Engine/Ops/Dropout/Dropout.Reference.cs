namespace FcnFromScratch.Engine.Ops;

public sealed partial class Dropout
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        for (long i = 0; i < y[0].Values.LongLength; i++)
            y[0][i] = DropoutKernels.Uniform(seed, (uint)x[1].Ints[0], (uint)i) < rate ? T.Zero : x[0][i] / T.CreateChecked(1f - rate);
    }
}
