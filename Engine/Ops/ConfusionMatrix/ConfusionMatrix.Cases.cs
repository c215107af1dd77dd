namespace FcnFromScratch.Engine.Ops;

internal static class ConfusionMatrixCases
{
    private static TensorSpec Ints(params int[] shape) => new(new Shape(shape), ElementType.I32);

    public static IReadOnlyList<OpCase> All { get; } =
    [
        OpCase.Of("confusion_matrix", new ConfusionMatrix(), 1,
            (new Shape(2, 9, 7, 11), new Fill.Uniform(-3, 3)), (Ints(2, 9, 7), new Fill.Integers(-1, 11)), (Ints(11, 11), new Fill.Integers(0, 100)))
            with { HasGradient = false },
    ];

    public static IReadOnlyList<BadCase> Bad { get; } =
    [
        new("confusion_matrix too few labels", new ConfusionMatrix(), [new Shape(2, 4, 3), Ints(7), Ints(3, 3)], "one I32 label for each row"),
        new("confusion_matrix of other classes", new ConfusionMatrix(), [new Shape(2, 4, 3), Ints(2, 4), Ints(3, 4)], "must be [3,3] of I32"),
    ];
}
