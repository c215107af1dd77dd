namespace FcnFromScratch.Engine.Ops;

internal static class ScaleByCases
{
    public static IReadOnlyList<OpCase> All { get; } =
        [OpCase.Of("scale_by", new ScaleBy(), 1, (new Shape(3, 37), Fill.Default), (new Shape(1), Fill.Default)) with { HasGradient = false }];

    public static IReadOnlyList<BadCase> Bad { get; } =
        [new("scale_by two factors", new ScaleBy(), [new Shape(3, 37), new Shape(2)], "the factor is [2]")];
}
