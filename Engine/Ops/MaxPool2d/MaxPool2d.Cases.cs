namespace FcnFromScratch.Engine.Ops;

public static class MaxPool2dCases
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
        Case("bench 32x64x96x32", [32, 64, 96, 32], 2, 2) with { IsBenchmark = true },
        Case("bench 32x8x12x256", [32, 8, 12, 256], 2, 2) with { IsBenchmark = true },
    ];

    public static IReadOnlyList<BadCase> Bad { get; } =
    [
        new("max_pool2d window larger than picture", new MaxPool2d(3, 3), [new Shape(1, 2, 8, 4)], "a window of 3×3 does not fit in 2×8"),
    ];
}
