namespace FcnFromScratch.Engine.Ops;

internal static class MovingAverageCases
{
    private static OpCase Case(string name, int parameters)
    {
        var n = new Shape(parameters);
        return OpCase.Of(name, new MovingAverage(), 1, (n, Fill.Default), (n, Fill.Default), (new Shape(IOptimizer.RateCount), new Fill.Uniform(0.1f, 1)))
            with { HasGradient = false };
    }

    public static IReadOnlyList<OpCase> All { get; } =
        [Case("moving_average", 501), Case("moving_average bench 2097152", 1 << 21) with { IsBenchmark = true }];

    public static IReadOnlyList<BadCase> Bad { get; } =
        [new("moving_average, of parameters of another length", new MovingAverage(), [new Shape(4), new Shape(3), new Shape(4)], "the parameters are [3]")];
}
