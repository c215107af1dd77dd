namespace FcnFromScratch.Engine.Ops;

internal static class BatchNorm2dCases
{
    private static readonly TensorSpec Step = new(new Shape(1), ElementType.I32);

    private static OpCase Training(string name, BatchNorm2d op, int[] x, int step, float offset = 0)
    {
        var channels = new Shape(x[^1]);
        return OpCase.Of($"batch_norm2d {name}", op, new Shape(x).Rows,
            (new Shape(x), new Fill.Uniform(-1 + offset, 1 + offset)), (channels, new Fill.Uniform(0.5f, 1.5f)), (channels, Fill.Default),
            (channels, Fill.Default), (channels, new Fill.Uniform(0.5f, 1.5f)), (Step, new Fill.Integers(step, step + 1))) with { Constants = [3, 4] };
    }

    private static OpCase Inference(string name, int[] x)
    {
        var channels = new Shape(x[^1]);
        return OpCase.Of($"batch_norm2d {name}", new BatchNorm2dInference(), new Shape(x).Rows,
            (new Shape(x), Fill.Default), (channels, new Fill.Uniform(0.5f, 1.5f)), (channels, Fill.Default),
            (channels, Fill.Default), (channels, new Fill.Uniform(0.5f, 1.5f))) with { Constants = [1, 2, 3, 4] };
    }

    public static IReadOnlyList<OpCase> All { get; } =
    [
        Training("training", new BatchNorm2d(), [2, 3, 4, 5], step: 1000),
        Training("training, first step", new BatchNorm2d(), [2, 3, 4, 5], step: 1),
        Training("training, third step", new BatchNorm2d(), [2, 3, 4, 5], step: 3),
        Training("training wide", new BatchNorm2d(0.9f, 1e-5f), [2, 4, 4, 37], step: 1000),
        Training("training over several chunks", new BatchNorm2d(), [3, 20, 24, 8], step: 1000),
        Training("training far from zero", new BatchNorm2d(), [2, 16, 20, 3], step: 1000, offset: 10) with { HasGradient = false },
        Inference("inference", [2, 3, 4, 5]), Inference("inference over several chunks", [3, 20, 24, 37]) with { HasGradient = false },
        InferenceGradient("inference gradient", [2, 3, 4, 5]),
        Gradient("gradient", [2, 3, 4, 5]), Gradient("gradient over several chunks", [3, 20, 24, 17]),
        Training("bench 32x32x48x32", new BatchNorm2d(), [32, 32, 48, 32], step: 1000) with { IsBenchmark = true },
        Gradient("bench gradient 32x32x48x32", [32, 32, 48, 32]) with { IsBenchmark = true },
        Inference("bench inference 32x32x48x32", [32, 32, 48, 32]) with { HasGradient = false, IsBenchmark = true },
    ];

    private static OpCase InferenceGradient(string name, int[] x)
    {
        var channels = new Shape(x[^1]);
        return OpCase.Of($"batch_norm2d {name}", new BatchNorm2dInferenceGradient(1e-3f), 1,
            (new Shape(x), Fill.Default), (channels, Fill.Default), (channels, new Fill.Uniform(0.5f, 1.5f))) with { HasGradient = false };
    }

    private static OpCase Gradient(string name, int[] x)
    {
        var channels = new Shape(x[^1]);
        return OpCase.Of($"batch_norm2d {name}", new BatchNorm2dGradient(), new Shape(x).Rows,
            (new Shape(x), Fill.Default), (new Shape(x), Fill.Default),
                (channels, Fill.Default), (channels, Fill.Default), (channels, new Fill.Uniform(0.5f, 1.5f)))
            with { HasGradient = false };
    }

    public static IReadOnlyList<BadCase> Bad { get; } =
    [
        new("batch_norm2d one row", new BatchNorm2d(),
            [new Shape(1, 1, 1, 4), new Shape(4), new Shape(4), new Shape(4), new Shape(4), Step], "has no variance"),
        new("batch_norm2d variables of another length", new BatchNorm2d(),
            [new Shape(2, 2, 2, 4), new Shape(4), new Shape(3), new Shape(4), new Shape(4), Step], "input has 4 channels, variable 2 is [3]"),
    ];
}
