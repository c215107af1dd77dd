namespace FcnFromScratch.Engine.Ops;

public static class Conv2dCases
{
    private static OpCase Case(
        string name, int[] x, int[] w, Padding padding, int strideY = 1, int strideX = 1, bool bias = true,
        ActivationKind activation = ActivationKind.None, float slope = 0)
    {
        var op = new Conv2d(padding, strideY, strideX, activation, slope);
        List<(TensorSpec, Fill)> inputs = [(new Shape(x), Fill.Default), (new Shape(w), Fill.Default)];
        if (bias) inputs.Add((new Shape(w[3]), Fill.Default));
        return OpCase.Of($"conv2d {name}", op, w[0] * w[1] * w[2] + 1, [.. inputs]);
    }

    private static OpCase Bench(int batch, int height, int width, int kernel, int cin, int cout) =>
        Case($"bench {batch}x{height}x{width} {kernel}x{kernel} {cin}->{cout}", [batch, height, width, cin], [kernel, kernel, cin, cout], Padding.Same,
            activation: ActivationKind.LeakyRelu, slope: 0.3f) with { IsBenchmark = true };

    public static IReadOnlyList<OpCase> All { get; } =
    [
        Case("3x3 same", [2, 5, 7, 3], [3, 3, 3, 4], Padding.Same),
        Case("3x3 same without bias", [1, 6, 6, 2], [3, 3, 2, 5], Padding.Same, bias: false),
        Case("3x3 same leaky relu", [2, 6, 5, 4], [3, 3, 4, 8], Padding.Same, activation: ActivationKind.LeakyRelu, slope: 0.3f),
        Case("3x3 valid relu", [1, 7, 6, 3], [3, 3, 3, 6], Padding.Valid, activation: ActivationKind.Relu),
        Case("3x3 same sigmoid without bias", [1, 4, 4, 2], [3, 3, 2, 3], Padding.Same, bias: false, activation: ActivationKind.Sigmoid),
        Case("2x2 same", [1, 5, 6, 3], [2, 2, 3, 4], Padding.Same),
        Case("1x1 linear", [3, 1, 1, 40], [1, 1, 40, 10], Padding.Valid),
        Case("1x1 11 classes", [1, 4, 6, 20], [1, 1, 20, 11], Padding.Valid),
        Case("7x7 same larger than the picture", [2, 2, 3, 5], [7, 7, 5, 6], Padding.Same),
        Case("3x3 stride 2 same", [2, 9, 8, 3], [3, 3, 3, 4], Padding.Same, 2, 2),
        Case("5x3 stride 3x2 valid", [1, 13, 9, 2], [5, 3, 2, 3], Padding.Valid, 3, 2),
        Case("3x3 explicit uneven", [1, 5, 6, 2], [3, 3, 2, 3], Padding.Explicit(2, 0, 1, 3)),
        Case("2x2 stride 3 leaves gaps", [1, 8, 8, 2], [2, 2, 2, 3], Padding.Valid, 3, 3),
        Case("1 channel in", [2, 8, 12, 1], [3, 3, 1, 32], Padding.Same, activation: ActivationKind.LeakyRelu, slope: 0.3f),
        Case("33 to 70 channels", [1, 6, 6, 33], [3, 3, 33, 70], Padding.Same),
        Case("many pixels", [2, 24, 24, 4], [3, 3, 4, 8], Padding.Same, bias: false),
        Bench(32, 64, 96, 3, 1, 32), Bench(32, 64, 96, 3, 32, 32), Bench(32, 32, 48, 3, 64, 64), Bench(32, 16, 24, 3, 128, 128),
        Bench(32, 8, 12, 3, 256, 256), Bench(32, 2, 3, 7, 256, 512),
        Gradients("input 3x3", [2, 6, 5, 4], [3, 3, 4, 8]),
        Gradients("weight 3x3", [2, 6, 5, 4], [3, 3, 4, 8], weight: true),
        Gradients("weight 3x3 over many pixels", [2, 28, 28, 3], [3, 3, 3, 5], weight: true),
        Gradients("weight 1x1 over two slices", [3, 24, 24, 16], [1, 1, 16, 24], weight: true),
        Gradients("input 4x4 stride 2", [1, 10, 8, 11], [4, 4, 11, 11], 2),
        Gradients("weight 4x4 stride 2", [1, 10, 8, 11], [4, 4, 11, 11], 2, weight: true),
        Gradients("bench input 32x64x96 3x3 32->32", [32, 64, 96, 32], [3, 3, 32, 32]) with { IsBenchmark = true },
        Gradients("bench weight 32x64x96 3x3 32->32", [32, 64, 96, 32], [3, 3, 32, 32], weight: true) with { IsBenchmark = true },
    ];

    /// <summary>The gradient ops on their own; "same" padding for stride 1, one pixel otherwise.</summary>
    private static OpCase Gradients(string name, int[] x, int[] w, int stride = 1, bool weight = false)
    {
        int pad = stride == 1 ? w[0] / 2 : 1;
        int height = (x[1] + 2 * pad - w[0]) / stride + 1, width = (x[2] + 2 * pad - w[1]) / stride + 1;
        var g = new ConvGeometry(x[0], x[1], x[2], x[3], height, width, w[3], w[0], w[1], stride, stride, pad, pad);
        TensorSpec dz = new Shape(x[0], height, width, w[3]);
        return (weight
            ? OpCase.Of($"conv2d gradient {name}", new Conv2dWeightGradient(g), x[0] * height * width, (new Shape(x), Fill.Default), (dz, Fill.Default))
            : OpCase.Of($"conv2d gradient {name}", new Conv2dInputGradient(g), w[0] * w[1] * w[3], (dz, Fill.Default), (new Shape(w), Fill.Default)))
            with { HasGradient = false };
    }

    public static IReadOnlyList<BadCase> Bad { get; } =
    [
        new("conv2d channels disagree", new Conv2d(Padding.Same), [new Shape(1, 64, 84, 3), new Shape(3, 3, 1, 8)], "input has 3 channels, weight expects 1"),
        new("conv2d kernel larger than picture", new Conv2d(Padding.Valid), [new Shape(1, 4, 4, 1), new Shape(5, 5, 1, 8)], "a kernel of 5×5 does not fit in 4×4"),
        new("conv2d stride 0", new Conv2d(Padding.Valid, 0), [new Shape(1, 4, 4, 1), new Shape(3, 3, 1, 8)], "stride is 0×1"),
        new("conv2d bias of another length", new Conv2d(Padding.Same), [new Shape(1, 4, 4, 1), new Shape(3, 3, 1, 8), new Shape(7)], "bias is [7], weight gives 8 channels"),
        new("conv2d rank 3", new Conv2d(Padding.Same), [new Shape(4, 4, 1), new Shape(3, 3, 1, 8)], "must be [batch, height, width, channels]"),
    ];
}
