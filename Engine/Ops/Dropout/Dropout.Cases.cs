namespace FcnFromScratch.Engine.Ops;

internal static class DropoutCases
{
    public static IReadOnlyList<OpCase> All { get; } =
    [
        OpCase.Of("dropout half", new Dropout(0.5f, 7), 1,
            (new Shape(2, 5, 5, 3), Fill.Default), (new TensorSpec(new Shape(1), ElementType.I32), new Fill.Integers(0, 1000))),
        OpCase.Of("dropout 0.1", new Dropout(0.1f, 8), 1,
            (new Shape(400), Fill.Default), (new TensorSpec(new Shape(1), ElementType.I32), new Fill.Integers(0, 1000))),
    ];

    public static IReadOnlyList<BadCase> Bad { get; } =
    [
        new("dropout of everything", new Dropout(1, 7), [new Shape(4), new TensorSpec(new Shape(1), ElementType.I32)], "rate is 1; it must be"),
        new("dropout with a step of floats", new Dropout(0.5f, 7), [new Shape(4), new Shape(1)], "step is [1]; it must be [1] of I32"),
    ];
}
