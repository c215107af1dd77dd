namespace FcnFromScratch.Engine.Ops;

public static class DropoutCases
{
    public static IReadOnlyList<OpCase> All { get; } =
    [
        OpCase.Of("dropout half", new Dropout(0.5f, 7), 1,
            (new Shape(2, 5, 5, 3), Fill.Default), (new TensorSpec(new Shape(1), ElementType.I32), new Fill.Integers(0, 1000))),
        OpCase.Of("dropout 0.1", new Dropout(0.1f, 8), 1,
            (new Shape(400), Fill.Default), (new TensorSpec(new Shape(1), ElementType.I32), new Fill.Integers(0, 1000))),
    ];
}
