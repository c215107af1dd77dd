namespace FcnFromScratch.Engine.Ops;

internal static class SoftmaxCrossEntropyCases
{
    private static OpCase Case(string name, int reduction, int[] logits, (int Low, int High) labels, float range = 3, bool weighted = false)
    {
        List<(TensorSpec, Fill)> inputs =
        [
            (new Shape(logits), new Fill.Uniform(-range, range)),
            (new TensorSpec(new Shape(logits[..^1]), ElementType.I32), new Fill.Integers(labels.Low, labels.High)),
        ];
        if (weighted) inputs.Add((new Shape(logits[^1]), new Fill.Uniform(0.1f, 2)));
        return OpCase.Of($"softmax_cross_entropy{name}", new SoftmaxCrossEntropy(), reduction, [.. inputs]) with { Constants = weighted ? [2] : [] };
    }

    public static IReadOnlyList<OpCase> All { get; } =
    [
        Case("", 70, [2, 5, 7, 11], (0, 11)),
        Case(" with ignored labels", 1200, [2, 24, 25, 4], (-1, 4)),
        Case(" all ignored", 70, [7, 4], (-1, 0)),
        Case(" class weights", 70, [2, 5, 7, 11], (0, 11), weighted: true),
        Case(" large logits", 3000, [9, 3], (0, 3), range: 300) with { HasGradient = false },
        Case(" 20 classes", 30, [30, 20], (0, 20)),
        Case(" bench 32x64x84x11", 900, [32, 64, 84, 11], (-1, 11)) with { IsBenchmark = true },
    ];

    public static IReadOnlyList<BadCase> Bad { get; } =
    [
        new("softmax_cross_entropy too few labels", new SoftmaxCrossEntropy(),
            [new Shape(2, 4, 4, 11), new TensorSpec(new Shape(2, 4, 3), ElementType.I32)], "one I32 label for each row"),
        new("softmax_cross_entropy labels that are floats", new SoftmaxCrossEntropy(),
            [new Shape(4, 11), new Shape(4)], "labels are [4]; there must be one I32 label for each row"),
        new("softmax_cross_entropy too few class weights", new SoftmaxCrossEntropy(),
            [new Shape(4, 11), new TensorSpec(new Shape(4), ElementType.I32), new Shape(10)], "logits have 11 classes, the class weights are [10]"),
        new("softmax_cross_entropy too many class weights", new SoftmaxCrossEntropy(),
            [new Shape(4, 11), new TensorSpec(new Shape(4), ElementType.I32), new Shape(12)], "logits have 11 classes, the class weights are [12]"),
    ];
}
