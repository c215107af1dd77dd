namespace FcnFromScratch.Engine.Ops;

internal static class SgdCases
{
    private static OpCase Case(string name, Sgd op)
    {
        var n = new Shape(501);
        return OpCase.Of(name, op, 4, (n, Fill.Default), (n, Fill.Default), (n, Fill.Default), (new Shape(IOptimizer.RateCount), new Fill.Uniform(0.1f, 1)))
            with { HasGradient = false };
    }

    public static IReadOnlyList<OpCase> All { get; } = [Case("sgd momentum", new Sgd(0.9f)), Case("sgd nesterov", new Sgd(0.9f, nesterov: true))];

    public static IReadOnlyList<BadCase> Bad { get; } =
        [new("sgd, gradients of another length", new Sgd(), [new Shape(4), new Shape(3), new Shape(4), new Shape(4)], "input 1 is [3]")];
}
