namespace FcnFromScratch.Engine.Ops;

public static class OptimizerCases
{
    private static readonly Shape N = new(501), Large = new(1 << 21);

    public static IReadOnlyList<OpCase> All { get; } =
    [
        .. new[]
        {
            OpCase.Of("adam", new Adam(), 4, (N, Fill.Default), (N, Fill.Default), (N, Fill.Default), (N, new Fill.Uniform(0.1f, 1)), (new Shape(4), new Fill.Uniform(0.1f, 1))),
            OpCase.Of("sgd momentum", new Sgd(0.9f), 4, (N, Fill.Default), (N, Fill.Default), (N, Fill.Default), (new Shape(4), new Fill.Uniform(0.1f, 1))),
            OpCase.Of("sgd nesterov", new Sgd(0.9f, nesterov: true), 4, (N, Fill.Default), (N, Fill.Default), (N, Fill.Default), (new Shape(4), new Fill.Uniform(0.1f, 1))),
        }.Select(c => c with { HasGradient = false }),
        OpCase.Of("adam bench 2097152", new Adam(), 4, (Large, Fill.Default), (Large, Fill.Default), (Large, Fill.Default), (Large, new Fill.Uniform(0.1f, 1)), (new Shape(4), new Fill.Uniform(0.1f, 1)))
            with { IsBenchmark = true },
    ];
}
