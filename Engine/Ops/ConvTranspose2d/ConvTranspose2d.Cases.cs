namespace FcnFromScratch.Engine.Ops;

internal static class ConvTranspose2dCases
{
    private static OpCase Case(string name, int[] x, int[] w, ConvTranspose2d op, bool bias = true)
    {
        List<(TensorSpec, Fill)> inputs = [(new Shape(x), Fill.Default), (new Shape(w), Fill.Default)];
        if (bias) inputs.Add((new Shape(w[2]), Fill.Default));
        return OpCase.Of($"conv_transpose2d {name}", op, w[0] * w[1] * w[3] + 1, [.. inputs]);
    }

    public static IReadOnlyList<OpCase> All { get; } =
    [
        Case("4x4 stride 2 crop 1", [2, 3, 4, 11], [4, 4, 11, 11], new ConvTranspose2d(2, 1, 1, 1, 1), bias: false),
        Case("8x8 stride 8", [1, 2, 3, 11], [8, 8, 11, 11], new ConvTranspose2d(8), bias: false),
        Case("3x3 stride 1 relu", [1, 4, 5, 3], [3, 3, 6, 3], new ConvTranspose2d(1, activation: ActivationKind.Relu)),
        Case("3x3 stride 2 uneven crop", [2, 3, 3, 4], [3, 3, 5, 4], new ConvTranspose2d(2, 0, 1, 1, 0)),
        Case("2x2 stride 3 leaves gaps", [1, 3, 3, 2], [2, 2, 3, 2], new ConvTranspose2d(3)),
        Case("bench 32x8x12 8x8 stride 8", [32, 8, 12, 11], [8, 8, 11, 11], new ConvTranspose2d(8), bias: false) with { IsBenchmark = true },
        Case("bench 32x4x6 4x4 stride 2", [32, 4, 6, 11], [4, 4, 11, 11], new ConvTranspose2d(2, 1, 1, 1, 1), bias: false) with { IsBenchmark = true },
    ];

    public static IReadOnlyList<BadCase> Bad { get; } =
    [
        new("conv_transpose2d channels disagree", new ConvTranspose2d(2),
            [new Shape(1, 4, 4, 3), new Shape(4, 4, 11, 11)], "input has 3 channels, weight expects 11"),
        new("conv_transpose2d negative crop", new ConvTranspose2d(1, 0, 0, -1, 0), [new Shape(1, 2, 4, 3), new Shape(3, 3, 2, 3)], "crop is 0,0,-1,0"),
        new("conv_transpose2d crops everything", new ConvTranspose2d(1, 2, 2, 0, 0), [new Shape(1, 2, 4, 3), new Shape(3, 3, 2, 3)], "leaves nothing"),
    ];
}
