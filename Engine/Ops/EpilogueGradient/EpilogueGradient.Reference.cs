namespace FcnFromScratch.Engine.Ops;

internal sealed partial class EpilogueGradient
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        new ActivationGradient(kind, slope).Reference(x, y);
        new RowSum().Reference([y[0]], [y[1]]);
    }
}
