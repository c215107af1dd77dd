namespace FcnFromScratch.Engine.Ops;

internal static class NonMaximumSuppressionCases
{
    private static TensorSpec Ints(int count) => new(new Shape(count), ElementType.I32);

    private static OpCase Case(string name, float threshold, int count, Fill boxes, Fill classes) =>
        OpCase.Of($"non_maximum_suppression {name}", new NonMaximumSuppression(threshold), 1, (new Shape(count, 4), boxes), (Ints(count), classes))
            with { HasGradient = false };

    /// <summary>One class for all.</summary>
    private static OpCase Given(string name, float threshold, params float[] boxes) =>
        Case(name, threshold, boxes.Length / 4, new Fill.Given(boxes), new Fill.Same(0));

    public static IReadOnlyList<OpCase> All { get; } =
    [
        Case("of few", 0.5f, 20, new Fill.Boxes(30, 8, 16), new Fill.Integers(-1, 3)),
        Case("of a whole word", 0.4f, 32, new Fill.Boxes(30, 8, 16), new Fill.Integers(0, 2)),
        Case("of one more than a word", 0.4f, 33, new Fill.Boxes(30, 8, 16), new Fill.Integers(0, 2)),
        Case("of many", 0.6f, 700, new Fill.Boxes(100, 10, 30), new Fill.Integers(-1, 10)),
        Case("of many in one place", 0.7f, 300, new Fill.Boxes(40, 25, 35), new Fill.Integers(0, 1)),
        Case("of whole pixels", 0.5f, 500, new Fill.Integers(0, 9), new Fill.Integers(0, 2)),
        Case("of rows without a box", 0.5f, 70, new Fill.Boxes(30, 8, 16), new Fill.Integers(-1, 0)),
        Case("equal boxes of different classes", 0.5f, 3, new Fill.Given(1, 2, 5, 9, 1, 2, 5, 9, 1, 2, 5, 9), new Fill.Given(0, 1, 2)),
        Given("equal boxes of one class", 0.5f, 1, 2, 5, 9, 1, 2, 5, 9, 1, 2, 5, 9),
        // Nothing is above 1, and touching is not overlapping.
        Given("equal boxes at the highest threshold", 1, 1, 2, 5, 9, 1, 2, 5, 9),
        Given("touching boxes at the lowest threshold", 0, 0, 0, 4, 4, 4, 0, 8, 4, 0, 4, 4, 8, 3, 3, 5, 5),
        // An IoU of 1/2, of the first two, is not above 1/2; the third's with the second, 4/7, is.
        Given("at the threshold", 0.5f, 0, 0, 6, 4, 2, 0, 8, 4, 2, 0, 8, 7),
        Given("boxes without area", 0, 2, 2, 2, 6, 2, 2, 2, 6, 3, 3, 3, 3, 0, 0, 8, 8, 5, 5, 4, 4),
        // a fells b, so that c stands; d falls to c.
        Given("a chain", 0.4f, 0, 0, 10, 10, 4, 0, 14, 10, 8, 0, 18, 10, 9, 0, 19, 10),
        Case("bench 1000", 0.6f, 1000, new Fill.Boxes(300, 14, 56), new Fill.Integers(0, 10)) with { IsBenchmark = true },
        Case("bench 8192", 0.6f, 8192, new Fill.Boxes(300, 14, 56), new Fill.Integers(0, 10)) with { IsBenchmark = true },
        Case("bench 8192 of one class", 0.6f, 8192, new Fill.Boxes(1000, 14, 56), new Fill.Integers(0, 1)) with { IsBenchmark = true },
    ];

    public static IReadOnlyList<BadCase> Bad { get; } =
    [
        new("non_maximum_suppression above 1", new NonMaximumSuppression(1.5f), [new Shape(5, 4), Ints(5)], "the threshold is 1.5; it must be from 0 to 1"),
        new("non_maximum_suppression at no threshold", new NonMaximumSuppression(float.NaN), [new Shape(5, 4), Ints(5)], "the threshold is NaN"),
        new("non_maximum_suppression of no boxes", new NonMaximumSuppression(0.5f), [new Shape(0, 4), Ints(0)], "they must be [1 … 8192, 4]"),
        new("non_maximum_suppression of too many boxes", new NonMaximumSuppression(0.5f), [new Shape(8193, 4), Ints(8193)], "boxes are [8193,4]; they must be"),
        new("non_maximum_suppression of corners", new NonMaximumSuppression(0.5f), [new Shape(5, 2), Ints(5)], "boxes are [5,2]"),
        new("non_maximum_suppression too few classes", new NonMaximumSuppression(0.5f), [new Shape(5, 4), Ints(4)],
            "classes are [4] of I32; they must be [5] of I32"),
    ];
}
