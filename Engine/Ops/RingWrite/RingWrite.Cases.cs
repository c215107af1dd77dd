namespace FcnFromScratch.Engine.Ops;

internal static class RingWriteCases
{
    public static IReadOnlyList<OpCase> All { get; } =
    [
        OpCase.Of("ring_write", new RingWrite(), 1,
            (new Shape(1), Fill.Default), (new TensorSpec(new Shape(1), ElementType.I32), new Fill.Integers(64, 1000)), (new Shape(64), Fill.Default))
            with { HasGradient = false },
    ];

    public static IReadOnlyList<BadCase> Bad { get; } =
    [
        new("ring_write of two values", new RingWrite(), [new Shape(2), new TensorSpec(new Shape(1), ElementType.I32), new Shape(64)], "the value is [2]"),
    ];
}
