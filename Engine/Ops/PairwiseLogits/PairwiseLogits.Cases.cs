namespace FcnFromScratch.Engine.Ops;

internal static class PairwiseLogitsCases
{
    private static OpCase Case(string name, int classes, int[] x, float size, float slope = 1) =>
        OpCase.Of($"pairwise_logits {name}", new PairwiseLogits(classes, slope), classes, (new Shape(x), new Fill.Uniform(-size, size)))
            with { HasGradient = false };

    public static IReadOnlyList<OpCase> All { get; } =
    [
        Case("2 classes", 2, [5, 1], 2),
        Case("10 classes", 10, [19, 1, 1, 45], 3, slope: 2.5f),
        Case("7 classes, far from 0", 7, [4, 21], 100),
    ];

    public static IReadOnlyList<BadCase> Bad { get; } =
    [
        new("pairwise_logits one class", new PairwiseLogits(1, 1), [new Shape(2, 1)], "there are 1 classes; there must be 2 or more"),
        new("pairwise_logits a pair too few", new PairwiseLogits(10, 1), [new Shape(2, 44)], "x is [2,44]; 10 classes make 45 pairs"),
    ];
}
