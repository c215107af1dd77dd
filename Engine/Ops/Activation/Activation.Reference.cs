using System.Numerics;

namespace FcnFromScratch.Engine.Ops;

public sealed partial class Activation
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        for (long i = 0; i < y[0].Values.LongLength; i++) y[0][i] = Apply(Kind, T.CreateChecked(Slope), x[0][i]);
    }

    /// <summary>f(x) in the precision of the reference.</summary>
    public static T Apply<T>(ActivationKind kind, T slope, T x) where T : unmanaged, IFloatingPointIeee754<T> => kind switch
    {
        ActivationKind.Relu => T.Max(x, T.Zero),
        ActivationKind.LeakyRelu => T.Max(x, T.Zero) + slope * T.Min(x, T.Zero),
        ActivationKind.Sigmoid => T.One / (T.One + T.Exp(-x)),
        _ => x,
    };

    /// <summary>f′(x), from y = f(x). At the kink of a rectifier the left derivative is taken, as PyTorch does.</summary>
    public static T Derivative<T>(ActivationKind kind, T slope, T y) where T : unmanaged, IFloatingPointIeee754<T> => kind switch
    {
        ActivationKind.Relu => y <= T.Zero ? T.Zero : T.One,
        ActivationKind.LeakyRelu => y <= T.Zero ? slope : T.One,
        ActivationKind.Sigmoid => y * (T.One - y),
        _ => T.One,
    };
}

internal sealed partial class ActivationGradient
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        for (long i = 0; i < y[0].Values.LongLength; i++)
            y[0][i] = x[0][i] * Activation.Derivative(Kind, T.CreateChecked(Slope), x[1][i]);
    }
}
