namespace FcnFromScratch.Engine.Ops;

internal static class SkipAddCases
{
    private static OpCase Case(string name, params int[] x) =>
        OpCase.Of($"skip_add{name}", new SkipAdd(), 2, (new Shape(x), Fill.Default), (new Shape(x), Fill.Default));

    public static IReadOnlyList<OpCase> All { get; } =
        [Case("", 2, 5, 7, 11), Case(" bench 32x64x96x11", 32, 64, 96, 11) with { IsBenchmark = true }];

    public static IReadOnlyList<BadCase> Bad { get; } =
        [new("skip_add shapes disagree", new SkipAdd(), [new Shape(1, 4, 6, 11), new Shape(1, 5, 6, 11)], "pad or crop one")];
}
