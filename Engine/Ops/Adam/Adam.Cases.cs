namespace FcnFromScratch.Engine.Ops;

internal static class AdamCases
{
    private static OpCase Case(string name, int parameters, int held = 0)
    {
        var n = new Shape(parameters);
        return OpCase.Of(name, new Adam(held: held), 4, (n, Fill.Default), (n, Fill.Default), (n, Fill.Default), (n, new Fill.Uniform(0.1f, 1)),
            (new Shape(IOptimizer.RateCount), new Fill.Uniform(0.1f, 1))) with { HasGradient = false };
    }

    public static IReadOnlyList<OpCase> All { get; } =
    [
        Case("adam", 501), Case("adam, 123 held back", 501, 123), Case("adam bench 2097152", 1 << 21) with { IsBenchmark = true },
    ];

    public static IReadOnlyList<BadCase> Bad { get; } =
        [new("adam, moments of another length", new Adam(), [new Shape(4), new Shape(4), new Shape(4), new Shape(3), new Shape(4)], "input 3 is [3]")];
}
