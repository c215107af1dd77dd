namespace FcnFromScratch.Engine.Ops;

internal static class BoxLossCases
{
    private static TensorSpec Ints(params int[] shape) => new(new Shape(shape), ElementType.I32);

    private static OpCase Case(string name, int[] grid, int objects, Fill boxes, Fill truth, Fill? assigned = null, float weight = 50) =>
        OpCase.Of($"box_loss {name}", new BoxLoss(weight), grid.Aggregate((a, b) => a * b),
            (new Shape([.. grid, 4]), boxes), (Ints(grid), assigned ?? new Fill.Integers(-1, objects)), (new Shape(grid[0], objects, 4), truth))
            with { HasGradient = false };

    public static IReadOnlyList<OpCase> All { get; } =
    [
        Case("of boxes that meet", [2, 4, 5], 3, new Fill.Boxes(40, 20, 35), new Fill.Boxes(40, 20, 35)),
        Case("of boxes that mostly do not meet", [2, 4, 5], 3, new Fill.Boxes(300, 5, 35), new Fill.Boxes(300, 5, 35)),
        Case("of long boxes in several chunks", [1, 30, 40], 7, new Fill.Boxes(100, 1, 90), new Fill.Boxes(100, 1, 90)),
        // Of equal proportions v and α are 0, and so is what α's own slope would add: the only boxes on which α may be thought to be fixed.
        Case("of squares", [2, 4, 5], 3, new Fill.Boxes(40, 10, 35, Square: true), new Fill.Boxes(40, 10, 35, Square: true))
            with { HasGradient = true, Constants = [2] },
        // Sides anywhere: most boxes are inside out.
        Case("of boxes inside out", [2, 4, 5], 3, new Fill.Uniform(0, 50), new Fill.Boxes(50, 10, 30)),
        Case("of no cell", [2, 3, 3], 2, new Fill.Boxes(40, 10, 30), new Fill.Boxes(40, 10, 30), new Fill.Integers(-1, 0)),
        // Equal; a point in its middle; a point on its corner; beside it; above it, no height; around it.
        Case("of special boxes", [1, 1, 6], 1,
            new Fill.Given(2, 2, 6, 10, 4, 6, 4, 6, 6, 10, 6, 10, 6, 2, 10, 10, 2, 1, 6, 1, 0, 0, 8, 12), new Fill.Given(2, 2, 6, 10), new Fill.Same(0)),
        Case("of points", [1, 1, 3], 1, new Fill.Given(4, 4, 4, 4, 3, 4, 3, 4, 2, 2, 6, 6), new Fill.Given(4, 4, 4, 4), new Fill.Same(0)),
        Case("bench 32x25x25 of 10", [32, 25, 25], 10, new Fill.Boxes(100, 14, 28), new Fill.Boxes(100, 14, 28)) with { IsBenchmark = true },
    ];

    public static IReadOnlyList<BadCase> Bad { get; } =
    [
        new("box_loss boxes of five values", new BoxLoss(1), [new Shape(2, 4, 4, 5), Ints(2, 4, 4), new Shape(2, 3, 4)],
            "they must be [batch, height, width, 4]"),
        new("box_loss of another grid", new BoxLoss(1), [new Shape(2, 4, 4, 4), Ints(2, 4, 3), new Shape(2, 3, 4)], "it must be [2,4,4] of I32"),
        new("box_loss assigned by floats", new BoxLoss(1), [new Shape(2, 4, 4, 4), new Shape(2, 4, 4), new Shape(2, 3, 4)], "assigned is [2,4,4]; it must be"),
        new("box_loss of other pictures", new BoxLoss(1), [new Shape(2, 4, 4, 4), Ints(2, 4, 4), new Shape(3, 3, 4)], "they must be [2, objects, 4]"),
    ];
}
