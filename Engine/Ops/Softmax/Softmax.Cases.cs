namespace FcnFromScratch.Engine.Ops;

internal static class SoftmaxCases
{
    public static IReadOnlyList<OpCase> All { get; } =
    [
        OpCase.Of("softmax 11", new Softmax(), 11, (new Shape(2, 5, 7, 11), new Fill.Uniform(-3, 3))),
        OpCase.Of("softmax large logits", new Softmax(), 3, (new Shape(6, 3), new Fill.Uniform(-200, 200))) with { HasGradient = false },
        OpCase.Of("softmax gradient", new SoftmaxGradient(), 11, (new Shape(2, 5, 7, 11), Fill.Default), (new Shape(2, 5, 7, 11), new Fill.Uniform(0, 1)))
            with { HasGradient = false },
        OpCase.Of("softmax bench 32x64x84x11", new Softmax(), 11, (new Shape(32, 64, 84, 11), new Fill.Uniform(-3, 3))) with { IsBenchmark = true },
    ];
}
