namespace FcnFromScratch.Engine.Ops;

internal static class Conv2dCases
{
    /// <summary>A convolution that cases are made of: x [N, H, W, Cin], w [kh, kw, Cin, Cout].</summary>
    private sealed record Sizes(string Name, int[] X, int[] W, Padding Padding, int StrideY = 1, int StrideX = 1)
    {
        private ConvGeometry Geometry => new Conv2d(Padding, StrideY, StrideX).Geometry([new Shape(X), new Shape(W)]);

        private TensorSpec Output => new Shape(Geometry.Batch, Geometry.OutHeight, Geometry.OutWidth, Geometry.OutChannels);

        private int Taps => W[0] * W[1];

        public OpCase Forward(bool bias = true, ActivationKind activation = ActivationKind.None, float slope = 0)
        {
            List<(TensorSpec, Fill)> inputs = [(new Shape(X), Fill.Default), (new Shape(W), Fill.Default)];
            if (bias) inputs.Add((new Shape(W[3]), Fill.Default));
            var made = Case("", new Conv2d(Padding, StrideY, StrideX, activation, slope), Taps * W[2] + 1, [.. inputs]);
            return made with { HasGradient = made.Op.MultiplyAdds(made.Inputs) < 100_000 };
        }

        public OpCase InputGradient() =>
            Case("gradient input ", new Conv2dInputGradient(Geometry), Taps * W[3], (Output, Fill.Default), (new Shape(W), Fill.Default));

        /// <summary>With bias and activation, as transposed convolutions use it.</summary>
        public OpCase InputGradient(ActivationKind activation, float slope) =>
            Case("gradient input ", new Conv2dInputGradient(Geometry, activation, slope), Taps * W[3] + 1,
                (Output, Fill.Default), (new Shape(W), Fill.Default), (new Shape(W[2]), Fill.Default));

        public OpCase WeightGradient() =>
            Case("gradient weight ", new Conv2dWeightGradient(Geometry), Output.Shape.Rows, (new Shape(X), Fill.Default), (Output, Fill.Default));

        // The transforms of Winograd's algorithm round more than a sum does: see docs/numerics.md.
        private OpCase Case(string pass, Op op, int reduction, params (TensorSpec, Fill)[] inputs) =>
            OpCase.Of($"conv2d {pass}{Name}", op, reduction, inputs) with { HasGradient = false, Slack = Winograd.Suits(Geometry) ? 8 : 1 };
    }

    /// <summary>Together these meet every way through the SIMD code: see the names.</summary>
    private static readonly Sizes[] Ways =
    [
        new("3x3 same, one channel in", [2, 9, 13, 1], [3, 3, 1, 33], Padding.Same),
        new("3x3 same, one channel out", [1, 7, 5, 3], [3, 3, 3, 1], Padding.Same),
        new("3x3 same, whole tiles", [3, 8, 12, 32], [3, 3, 32, 32], Padding.Same),
        new("3x3 same, more columns than a block", [2, 6, 7, 64], [3, 3, 64, 64], Padding.Same),
        new("3x3 same, odd picture and channels", [2, 7, 11, 33], [3, 3, 33, 35], Padding.Same),
        new("3x3 same, many slices of pixels", [4, 48, 40, 3], [3, 3, 3, 16], Padding.Same),
        new("3x3 valid", [2, 9, 8, 16], [3, 3, 16, 11], Padding.Valid),
        new("3x3 stride 2, pads 0 and 1", [2, 10, 9, 11], [3, 3, 11, 16], Padding.Explicit(0, 1, 1, 0), 2, 2),
        new("3x3 stride 3", [1, 11, 10, 3], [3, 3, 3, 33], Padding.Explicit(1, 1, 1, 1), 3, 3),
        new("2x2 stride 3: pixels that no tap reads", [2, 11, 8, 3], [2, 2, 3, 5], Padding.Valid, 3, 3),
        new("5x4 stride 1x2, asymmetric pads", [1, 9, 12, 11], [5, 4, 11, 3], Padding.Explicit(3, 0, 1, 2), 1, 2),
        new("1x1", [3, 4, 6, 33], [1, 1, 33, 11], Padding.Valid),
        new("1x1 stride 2", [2, 7, 6, 16], [1, 1, 16, 33], Padding.Valid, 2, 2),
        new("1x5", [2, 3, 17, 3], [1, 5, 3, 16], Padding.Same),
        new("7x7 on 2x3: most taps outside", [2, 2, 3, 16], [7, 7, 16, 40], Padding.Same),
        new("6x6, pads larger than the picture", [1, 2, 1, 3], [6, 6, 3, 3], Padding.Explicit(4, 5, 5, 4)),
        new("4x4 stride 2, cropped by 1", [2, 8, 12, 11], [4, 4, 11, 11], Padding.Explicit(1, 1, 1, 1), 2, 2),
        new("8x8 stride 8", [2, 8, 16, 11], [8, 8, 11, 11], Padding.Valid, 8, 8),
        new("2x2 stride 2, a row and a column left over", [2, 5, 7, 3], [2, 2, 3, 16], Padding.Valid, 2, 2),
        new("3x3 stride 3, pads that windows step out of", [2, 3, 3, 5], [3, 3, 5, 4], Padding.Explicit(2, 1, 2, 1), 3, 3),
        new("1x6 stride 6 wide, side by side", [2, 5, 18, 3], [2, 6, 3, 16], Padding.Explicit(1, 1, 0, 0), 1, 6),
        new("3x3 far outside: no tap reads a pixel", [1, 1, 1, 3], [3, 3, 3, 4], Padding.Explicit(3, 0, 3, 0), 4, 4),
        new("Winograd, parts of tiles at the edges", [2, 9, 10, 32], [3, 3, 32, 32], Padding.Same),
        new("Winograd, valid, half a panel", [1, 12, 7, 32], [3, 3, 32, 48], Padding.Valid),
        new("Winograd, pads 0 to 2", [1, 6, 9, 48], [3, 3, 48, 32], Padding.Explicit(2, 0, 1, 2)),
        new("Winograd, a picture smaller than a tile", [5, 2, 3, 64], [3, 3, 64, 32], Padding.Same),
        new("Winograd, many blocks and slices", [4, 36, 44, 32], [3, 3, 32, 32], Padding.Same),
        new("Winograd, blocks of channels", [2, 8, 12, 144], [3, 3, 144, 96], Padding.Same),
        new("3x3 of 40 channels: not for Winograd", [1, 4, 5, 40], [3, 3, 40, 40], Padding.Same),
        new("Winograd, most channels", [1, 8, 8, 512], [3, 3, 512, 32], Padding.Same),
        new("3x3 of 32 channels in a picture of one row: dead taps", [2, 1, 5, 32], [3, 3, 32, 32], Padding.Same),
        new("one pixel", [1, 1, 1, 1], [1, 1, 1, 1], Padding.Valid),
    ];

    /// <summary>Bias and activation behind several blocks of depth, phases of a stride, pixels without a sum, taps as channels, parts of tiles.</summary>
    private static IEnumerable<OpCase> Epilogues() =>
        from way in Ways
        where way.Name is "3x3 same, more columns than a block" or "3x3 stride 2, pads 0 and 1" or "2x2 stride 3: pixels that no tap reads"
            or "8x8 stride 8" or "Winograd, parts of tiles at the edges"
        from f in ActivationCases.Kinds
        let named = way with { Name = $"{way.Name}, {f.Kind}" }
        from epilogue in new[] { named.Forward(activation: f.Kind, slope: f.Slope), named.InputGradient(f.Kind, f.Slope) }
        select epilogue;

    private static OpCase Bench(int batch, int height, int width, int kernel, int cin, int cout) =>
        new Sizes($"bench {batch}x{height}x{width} {kernel}x{kernel} {cin}->{cout}", [batch, height, width, cin], [kernel, kernel, cin, cout], Padding.Same)
            .Forward(activation: ActivationKind.LeakyRelu, slope: 0.3f) with { IsBenchmark = true };

    private static readonly Sizes
        Common = new("3x3", [2, 6, 5, 4], [3, 3, 4, 8], Padding.Same),
        Transposed = new("4x4 stride 2", [1, 10, 8, 11], [4, 4, 11, 11], Padding.Explicit(1, 1, 1, 1), 2, 2),
        Large = new("32x64x96 3x3 32->32", [32, 64, 96, 32], [3, 3, 32, 32], Padding.Same);

    public static IReadOnlyList<OpCase> All { get; } =
    [
        new Sizes("3x3 same", [2, 5, 7, 3], [3, 3, 3, 4], Padding.Same).Forward(),
        new Sizes("3x3 same without bias", [1, 6, 6, 2], [3, 3, 2, 5], Padding.Same).Forward(bias: false),
        new Sizes("3x3 same leaky relu", [2, 6, 5, 4], [3, 3, 4, 8], Padding.Same).Forward(activation: ActivationKind.LeakyRelu, slope: 0.3f),
        new Sizes("3x3 valid relu", [1, 7, 6, 3], [3, 3, 3, 6], Padding.Valid).Forward(activation: ActivationKind.Relu),
        new Sizes("3x3 same sigmoid without bias", [1, 4, 4, 2], [3, 3, 2, 3], Padding.Same).Forward(bias: false, ActivationKind.Sigmoid),
        new Sizes("3x3 same leaky relu without bias", [1, 4, 4, 2], [3, 3, 2, 3], Padding.Same).Forward(bias: false, ActivationKind.LeakyRelu, 0.3f),
        new Sizes("2x2 same", [1, 5, 6, 3], [2, 2, 3, 4], Padding.Same).Forward(),
        new Sizes("1x1 linear", [3, 1, 1, 40], [1, 1, 40, 10], Padding.Valid).Forward(),
        new Sizes("1x1 11 classes", [1, 4, 6, 20], [1, 1, 20, 11], Padding.Valid).Forward(),
        new Sizes("7x7 same larger than the picture", [2, 2, 3, 5], [7, 7, 5, 6], Padding.Same).Forward(),
        new Sizes("3x3 stride 2 same", [2, 9, 8, 3], [3, 3, 3, 4], Padding.Same, 2, 2).Forward(),
        new Sizes("5x3 stride 3x2 valid", [1, 13, 9, 2], [5, 3, 2, 3], Padding.Valid, 3, 2).Forward(),
        new Sizes("3x3 explicit uneven", [1, 5, 6, 2], [3, 3, 2, 3], Padding.Explicit(2, 0, 1, 3)).Forward(),
        new Sizes("2x2 stride 3 leaves gaps", [1, 8, 8, 2], [2, 2, 2, 3], Padding.Valid, 3, 3).Forward(),
        new Sizes("1 channel in", [2, 8, 12, 1], [3, 3, 1, 32], Padding.Same).Forward(activation: ActivationKind.LeakyRelu, slope: 0.3f),
        new Sizes("33 to 70 channels", [1, 6, 6, 33], [3, 3, 33, 70], Padding.Same).Forward(),
        new Sizes("many pixels", [2, 24, 24, 4], [3, 3, 4, 8], Padding.Same).Forward(bias: false),
        Common.InputGradient(),
        Common.WeightGradient(),
        new Sizes("3x3 over many pixels", [2, 28, 28, 3], [3, 3, 3, 5], Padding.Same).WeightGradient(),
        new Sizes("1x1 over two slices", [3, 24, 24, 16], [1, 1, 16, 24], Padding.Same).WeightGradient(),
        Transposed.InputGradient(),
        Transposed.WeightGradient(),
        .. Ways.Select(way => way.Forward()), .. Ways.Select(way => way.InputGradient()), .. Ways.Select(way => way.WeightGradient()), .. Epilogues(),
        Bench(32, 64, 96, 3, 1, 32), Bench(32, 64, 96, 3, 32, 32), Bench(32, 32, 48, 3, 64, 64), Bench(32, 16, 24, 3, 128, 128),
        Bench(32, 8, 12, 3, 256, 256), Bench(32, 2, 3, 7, 256, 512),
        Large.InputGradient() with { Name = $"conv2d gradient bench input {Large.Name}", IsBenchmark = true },
        Large.WeightGradient() with { Name = $"conv2d gradient bench weight {Large.Name}", IsBenchmark = true },
    ];

    public static IReadOnlyList<BadCase> Bad { get; } =
    [
        new("conv2d channels disagree", new Conv2d(Padding.Same), [new Shape(1, 64, 84, 3), new Shape(3, 3, 1, 8)], "input has 3 channels, weight expects 1"),
        new("conv2d kernel larger than picture", new Conv2d(Padding.Valid),
            [new Shape(1, 4, 4, 1), new Shape(5, 5, 1, 8)], "a kernel of 5×5 does not fit in 4×4"),
        new("conv2d kernel wider than picture", new Conv2d(Padding.Valid, 2, 2),
            [new Shape(1, 4, 4, 1), new Shape(1, 5, 1, 8)], "a kernel of 1×5 does not fit in 4×4"),
        new("conv2d stride 0", new Conv2d(Padding.Valid, 0), [new Shape(1, 4, 4, 1), new Shape(3, 3, 1, 8)], "stride is 0×1"),
        new("conv2d bias of another length", new Conv2d(Padding.Same),
            [new Shape(1, 4, 4, 1), new Shape(3, 3, 1, 8), new Shape(7)], "bias is [7], weight gives 8 channels"),
        new("conv2d rank 3", new Conv2d(Padding.Same), [new Shape(4, 4, 1), new Shape(3, 3, 1, 8)], "must be [batch, height, width, channels]"),
    ];
}
