namespace FcnFromScratch.Engine.Ops;

internal static class EpilogueGradientCases
{
    private static readonly Shape Y = new(2, 20, 18, 11), Large = new(32, 64, 96, 32);

    public static IReadOnlyList<OpCase> All { get; } =
    [
        .. ActivationCases.Kinds.Select(k => OpCase.Of($"{k.Kind} epilogue gradient",
            new EpilogueGradient(k.Kind, k.Slope), Y.Rows, (Y, Fill.Default), (Y, Fill.Default))
            with { HasGradient = false }),
        OpCase.Of("activation bench LeakyRelu epilogue gradient 32x64x96x32", new EpilogueGradient(ActivationKind.LeakyRelu, 0.3f), 4000,
            (Large, Fill.Default), (Large, Fill.Default)) with { IsBenchmark = true },
    ];

    public static IReadOnlyList<BadCase> Bad { get; } =
        [new("epilogue gradient of another shape", new EpilogueGradient(ActivationKind.Relu, 0), [Y, new Shape(3, 5)], "dy is [2,20,18,11] and y is [3,5]")];
}
