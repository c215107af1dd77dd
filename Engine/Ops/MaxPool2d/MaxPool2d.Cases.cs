namespace FcnFromScratch.Engine.Ops;

internal static class MaxPool2dCases
{
    private static OpCase Case(string name, int[] x, int kernel, int stride) =>
        OpCase.Of($"max_pool2d {name}", new MaxPool2d(kernel, stride), 1, (new Shape(x), new Fill.Distinct()));

    public static IReadOnlyList<OpCase> All { get; } =
    [
        Case("2x2", [2, 6, 8, 5], 2, 2),
        Case("2x2 wide channels", [1, 4, 4, 40], 2, 2),
        Case("2x2 odd picture", [1, 7, 5, 3], 2, 2),
        Case("3x3 stride 2 overlapping", [1, 9, 7, 4], 3, 2),
        Case("2x2 stride 3 with gaps", [1, 8, 8, 9], 2, 3),
        Gradient("gradient 2x2", [2, 6, 8, 5], 2, 2),
        Gradient("gradient 2x2 odd picture", [1, 7, 5, 19], 2, 2),
        Gradient("gradient 3x3 stride 2 overlapping", [1, 9, 7, 4], 3, 2),
        Case("bench 32x64x96x32", [32, 64, 96, 32], 2, 2) with { IsBenchmark = true },
        Case("bench 32x8x12x256", [32, 8, 12, 256], 2, 2) with { IsBenchmark = true },
        Gradient("bench gradient 32x64x96x32", [32, 64, 96, 32], 2, 2) with { IsBenchmark = true },
    ];

    private static OpCase Gradient(string name, int[] x, int kernel, int stride)
    {
        int height = (x[1] - kernel) / stride + 1, width = (x[2] - kernel) / stride + 1;
        var y = new Shape(x[0], height, width, x[3]);
        var op = new MaxPool2dGradient(new PoolGeometry(x[0], x[1], x[2], height, width, x[3], kernel, stride));
        return OpCase.Of($"max_pool2d {name}", op, kernel * kernel,
            (y, Fill.Default), (new TensorSpec(y, ElementType.I32), new Fill.PoolIndices(x[2], kernel, stride)))
            with { HasGradient = false };
    }

    public static IReadOnlyList<BadCase> Bad { get; } =
    [
        new("max_pool2d window larger than picture", new MaxPool2d(3, 3), [new Shape(1, 2, 8, 4)], "a window of 3×3 does not fit in 2×8"),
    ];
}
