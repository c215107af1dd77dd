namespace FcnFromScratch.Engine.Ops;

public static class ActivationCases
{
    private static readonly (ActivationKind Kind, float Slope)[] Kinds = [(ActivationKind.Relu, 0), (ActivationKind.LeakyRelu, 0.3f), (ActivationKind.Sigmoid, 0)];

    public static IReadOnlyList<OpCase> All { get; } =
    [
        .. Kinds.Select(k => OpCase.Of($"{k.Kind} forward", new Activation(k.Kind, k.Slope), 1, (new Shape(3, 5, 7, 3), new Fill.Distinct()))),
        .. Kinds.Select(k => OpCase.Of($"{k.Kind} gradient", new ActivationGradient(k.Kind, k.Slope), 1,
            (new Shape(3, 5, 7, 3), Fill.Default), (new Shape(3, 5, 7, 3), new Fill.Uniform(-1, 1))) with { HasGradient = false }),
        .. Kinds.Select(k => OpCase.Of($"{k.Kind} epilogue gradient", new EpilogueGradient(k.Kind, k.Slope), 700,
            (new Shape(2, 20, 18, 11), Fill.Default), (new Shape(2, 20, 18, 11), Fill.Default)) with { HasGradient = false }),
    ];
}
