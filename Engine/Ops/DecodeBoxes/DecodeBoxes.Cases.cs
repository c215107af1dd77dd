namespace FcnFromScratch.Engine.Ops;

internal static class DecodeBoxesCases
{
    public static IReadOnlyList<OpCase> All { get; } =
    [
        OpCase.Of("decode_boxes", new DecodeBoxes(8), 16, (new Shape(2, 3, 5, 14), new Fill.Uniform(-4, 4))),
        OpCase.Of("decode_boxes of one cell, no classes", new DecodeBoxes(3), 16, (new Shape(1, 1, 1, 4), new Fill.Uniform(-4, 4))),
        // −100 is a side of no length, 1000 one that an exponential would not survive.
        OpCase.Of("decode_boxes large logits", new DecodeBoxes(4), 16, (new Shape(2, 7, 9, 5), new Fill.Uniform(-100, 1000))),
        OpCase.Of("decode_boxes gradient", new DecodeBoxesGradient(8), 16,
            (new Shape(2, 3, 5, 4), Fill.Default), (new Shape(2, 3, 5, 14), new Fill.Uniform(-100, 100))) with { HasGradient = false },
        OpCase.Of("decode_boxes bench 32x25x25x14", new DecodeBoxes(4), 16, (new Shape(32, 25, 25, 14), new Fill.Uniform(-4, 4))) with { IsBenchmark = true },
    ];

    public static IReadOnlyList<BadCase> Bad { get; } =
    [
        new("decode_boxes no stride", new DecodeBoxes(0), [new Shape(1, 2, 2, 14)], "the stride is 0"),
        new("decode_boxes of three sides", new DecodeBoxes(8), [new Shape(1, 2, 2, 3)], "x is [1,2,2,3]; it must be [batch, height, width, 4 or more]"),
        new("decode_boxes of a row", new DecodeBoxes(8), [new Shape(2, 14)], "x is [2,14]"),
        new("decode_boxes beyond exact numbers", new DecodeBoxes(1 << 20), [new Shape(1, 1, 5, 14)], "no side may have more than 4194304"),
    ];
}
