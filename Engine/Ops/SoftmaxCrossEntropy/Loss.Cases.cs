namespace FcnFromScratch.Engine.Ops;

public static class LossCases
{
    private static TensorSpec Labels(params int[] shape) => new(new Shape(shape), ElementType.I32);

    public static IReadOnlyList<OpCase> All { get; } =
    [
        OpCase.Of("softmax_cross_entropy", new SoftmaxCrossEntropy(), 70, (new Shape(2, 5, 7, 11), new Fill.Uniform(-3, 3)), (Labels(2, 5, 7), new Fill.Integers(0, 11))),
        OpCase.Of("softmax_cross_entropy with ignored labels", new SoftmaxCrossEntropy(), 1200,
            (new Shape(2, 24, 25, 4), new Fill.Uniform(-3, 3)), (Labels(2, 24, 25), new Fill.Integers(-1, 4))),
        OpCase.Of("softmax_cross_entropy all ignored", new SoftmaxCrossEntropy(), 70, (new Shape(7, 4), new Fill.Uniform(-3, 3)), (Labels(7), new Fill.Integers(-1, 0))),
        OpCase.Of("softmax_cross_entropy class weights", new SoftmaxCrossEntropy(), 70,
            (new Shape(2, 5, 7, 11), new Fill.Uniform(-3, 3)), (Labels(2, 5, 7), new Fill.Integers(0, 11)), (new Shape(11), new Fill.Uniform(0.1f, 2))),
        OpCase.Of("softmax_cross_entropy large logits", new SoftmaxCrossEntropy(), 3000, (new Shape(9, 3), new Fill.Uniform(-300, 300)), (Labels(9), new Fill.Integers(0, 3)))
            with { HasGradient = false },
        OpCase.Of("softmax_cross_entropy 20 classes", new SoftmaxCrossEntropy(), 30, (new Shape(30, 20), new Fill.Uniform(-3, 3)), (Labels(30), new Fill.Integers(0, 20))),
        OpCase.Of("binary_cross_entropy", new BinaryCrossEntropy(), 60, (new Shape(3, 20), new Fill.Distinct(0.1f)), (new Shape(3, 20), new Fill.Uniform(0, 1))),
        OpCase.Of("binary_cross_entropy large logits", new BinaryCrossEntropy(), 3000, (new Shape(3, 400), new Fill.Uniform(-200, 200)), (new Shape(3, 400), new Fill.Uniform(0, 1)))
            with { HasGradient = false },
        OpCase.Of("confusion_matrix", new ConfusionMatrix(), 1,
            (new Shape(2, 9, 7, 11), new Fill.Uniform(-3, 3)), (Labels(2, 9, 7), new Fill.Integers(-1, 11)), (Labels(11, 11), new Fill.Integers(0, 100)))
            with { HasGradient = false },
        OpCase.Of("softmax_cross_entropy bench 32x64x84x11", new SoftmaxCrossEntropy(), 900,
            (new Shape(32, 64, 84, 11), new Fill.Uniform(-3, 3)), (Labels(32, 64, 84), new Fill.Integers(-1, 11))) with { IsBenchmark = true },
    ];

    public static IReadOnlyList<BadCase> Bad { get; } =
    [
        new("softmax_cross_entropy too few labels", new SoftmaxCrossEntropy(), [new Shape(2, 4, 4, 11), Labels(2, 4, 3)], "one I32 label for each row"),
        new("binary_cross_entropy shapes disagree", new BinaryCrossEntropy(), [new Shape(2, 4), new Shape(2, 5)], "must be alike"),
    ];
}
