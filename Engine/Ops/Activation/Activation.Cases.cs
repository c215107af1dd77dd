namespace FcnFromScratch.Engine.Ops;

public static class ActivationCases
{
    private static readonly (ActivationKind Kind, float Slope)[] Kinds = [(ActivationKind.Relu, 0), (ActivationKind.LeakyRelu, 0.3f), (ActivationKind.Sigmoid, 0)];

    private static readonly Shape Large = new(32, 64, 96, 32);

    public static IReadOnlyList<OpCase> All { get; } =
    [
        .. Kinds.Select(k => OpCase.Of($"{k.Kind} forward", new Activation(k.Kind, k.Slope), 1, (new Shape(3, 5, 7, 3), new Fill.Distinct()))),
        .. Kinds.Select(k => OpCase.Of($"{k.Kind} gradient", new ActivationGradient(k.Kind, k.Slope), 1,
            (new Shape(3, 5, 7, 3), Fill.Default), (new Shape(3, 5, 7, 3), new Fill.Uniform(-1, 1))) with { HasGradient = false }),
        .. Kinds.Select(k => OpCase.Of($"{k.Kind} epilogue gradient", new EpilogueGradient(k.Kind, k.Slope), 700,
            (new Shape(2, 20, 18, 11), Fill.Default), (new Shape(2, 20, 18, 11), Fill.Default)) with { HasGradient = false }),
        OpCase.Of("activation bench LeakyRelu 32x64x96x32", new Activation(ActivationKind.LeakyRelu, 0.3f), 1, (Large, Fill.Default)) with { IsBenchmark = true },
        OpCase.Of("activation bench LeakyRelu epilogue gradient 32x64x96x32", new EpilogueGradient(ActivationKind.LeakyRelu, 0.3f), 4000,
            (Large, Fill.Default), (Large, Fill.Default)) with { IsBenchmark = true },
    ];
}
