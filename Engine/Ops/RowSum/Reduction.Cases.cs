namespace FcnFromScratch.Engine.Ops;

public static class ReductionCases
{
    public static IReadOnlyList<OpCase> All { get; } =
    [
        .. new[]
        {
            OpCase.Of("row_sum", new RowSum(), 60, (new Shape(3, 20, 11), Fill.Default)),
            OpCase.Of("row_sum over several chunks", new RowSum(), 1500, (new Shape(1500, 19), Fill.Default)),
            OpCase.Of("scalar_log", new ScalarLog(), 1, (new Shape(1), Fill.Default), (new TensorSpec(new Shape(1), ElementType.I32), new Fill.Integers(0, 1000)), (new Shape(64), Fill.Default)),
        }.Select(c => c with { HasGradient = false }),
        OpCase.Of("row_sum bench 196608x32", new RowSum(), 196608, (new Shape(196608, 32), Fill.Default)) with { IsBenchmark = true },
    ];
}
