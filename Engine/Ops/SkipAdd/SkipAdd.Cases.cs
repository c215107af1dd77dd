namespace FcnFromScratch.Engine.Ops;

public static class SkipAddCases
{
    public static IReadOnlyList<OpCase> All { get; } =
    [
        OpCase.Of("skip_add", new SkipAdd(), 2, (new Shape(2, 5, 7, 11), Fill.Default), (new Shape(2, 5, 7, 11), Fill.Default)),
        OpCase.Of("scale_by", new ScaleBy(), 1, (new Shape(3, 37), Fill.Default), (new Shape(1), Fill.Default)) with { HasGradient = false },
        OpCase.Of("skip_add bench 32x64x96x11", new SkipAdd(), 2, (new Shape(32, 64, 96, 11), Fill.Default), (new Shape(32, 64, 96, 11), Fill.Default)) with { IsBenchmark = true },
    ];

    public static IReadOnlyList<BadCase> Bad { get; } =
    [
        new("skip_add shapes disagree", new SkipAdd(), [new Shape(1, 4, 6, 11), new Shape(1, 5, 6, 11)], "pad or crop one"),
    ];
}
