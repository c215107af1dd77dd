using System.Runtime.CompilerServices;
using FcnFromScratch.Engine.Devices.Cpu;

namespace FcnFromScratch.Engine.Ops;

/// <summary>The activations on registers, for epilogues.</summary>
internal static unsafe class Activations
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, ActivationKind activation, float slope) where T : unmanaged, ISimd<T> => activation switch
    {
        ActivationKind.None => x,
        ActivationKind.Relu => T.PositiveOr(x, T.Create(0)),
        ActivationKind.LeakyRelu => T.PositiveOr(x, T.Create(slope) * x),
        _ => Sigmoid(x),
    };

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static T Sigmoid<T>(T x) where T : unmanaged, ISimd<T>
    {
        float* lanes = stackalloc float[T.Count];
        x.Store(lanes);
        for (int i = 0; i < T.Count; i++) lanes[i] = 1 / (1 + MathF.Exp(-lanes[i]));
        return T.Load(lanes);
    }
}
