namespace FcnFromScratch.Engine.Ops;

internal static class ActivationCases
{
    internal static (ActivationKind Kind, float Slope)[] Kinds { get; } =
        [(ActivationKind.Relu, 0), (ActivationKind.LeakyRelu, 0.3f), (ActivationKind.Sigmoid, 0)];

    private static readonly Shape X = new(3, 5, 7, 3);

    public static IReadOnlyList<OpCase> All { get; } =
    [
        .. Kinds.Select(k => OpCase.Of($"{k.Kind} forward", new Activation(k.Kind, k.Slope), 1, (X, new Fill.Distinct()))),
        .. Kinds.Select(k => OpCase.Of($"{k.Kind} gradient", new ActivationGradient(k.Kind, k.Slope), 1, (X, Fill.Default), (X, Fill.Default))
            with { HasGradient = false }),
        OpCase.Of("activation bench LeakyRelu 32x64x96x32", new Activation(ActivationKind.LeakyRelu, 0.3f), 1, (new Shape(32, 64, 96, 32), Fill.Default))
            with { IsBenchmark = true },
    ];

    public static IReadOnlyList<BadCase> Bad { get; } =
        [new("activation gradient of another shape", new ActivationGradient(ActivationKind.Relu, 0), [X, new Shape(3, 5)], "dy is [3,5,7,3] and y is [3,5]")];
}
