namespace FcnFromScratch.Engine.Ops;

internal static class BinaryCrossEntropyCases
{
    public static IReadOnlyList<OpCase> All { get; } =
    [
        OpCase.Of("binary_cross_entropy", new BinaryCrossEntropy(), 60,
            (new Shape(3, 20), new Fill.Distinct(0.1f)), (new Shape(3, 20), new Fill.Uniform(0, 1))) with { Constants = [1] },
        OpCase.Of("binary_cross_entropy large logits", new BinaryCrossEntropy(), 3000,
            (new Shape(3, 400), new Fill.Uniform(-200, 200)), (new Shape(3, 400), new Fill.Uniform(0, 1))) with { HasGradient = false },
    ];

    public static IReadOnlyList<BadCase> Bad { get; } =
        [new("binary_cross_entropy shapes disagree", new BinaryCrossEntropy(), [new Shape(2, 4), new Shape(2, 5)], "must be alike")];
}
