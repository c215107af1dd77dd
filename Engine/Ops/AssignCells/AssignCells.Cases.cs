namespace FcnFromScratch.Engine.Ops;

internal static class AssignCellsCases
{
    private static TensorSpec Ints(params int[] shape) => new(new Shape(shape), ElementType.I32);

    private static OpCase Case(string name, AssignCells op, int[] classes, Fill boxes, Fill? filled = null) =>
        OpCase.Of($"assign_cells {name}", op, 1, (new Shape([.. classes, 4]), boxes), (Ints(classes), filled ?? new Fill.Integers(-1, 10)))
            with { HasGradient = false };

    public static IReadOnlyList<OpCase> All { get; } =
    [
        Case("of a crowd", new AssignCells(13, 11, 8, 1.5f), [3, 20], new Fill.Boxes(100, 10, 40)),
        Case("of many in one place", new AssignCells(5, 7, 4, 2.5f), [2, 50], new Fill.Boxes(24, 12, 24)),
        // Boxes smaller than a cell: most hold no centre.
        Case("of the smallest", new AssignCells(8, 8, 16, 1), [4, 30], new Fill.Boxes(128, 0.5f, 12)),
        // The grid ends before the boxes do.
        Case("beyond the grid", new AssignCells(3, 2, 8, 1.5f), [2, 9], new Fill.Boxes(60, 5, 30)),
        Case("homes alone", new AssignCells(6, 6, 8, 0), [2, 8], new Fill.Boxes(48, 10, 20)),
        Case("of nothing", new AssignCells(4, 4, 8, 1.5f), [2, 3], new Fill.Same(0), new Fill.Integers(-1, 0)),
        Case("bench 32x25x25 of 10", new AssignCells(25, 25, 4, 1.5f), [32, 10], new Fill.Boxes(100, 14, 28)) with { IsBenchmark = true },
    ];

    public static IReadOnlyList<BadCase> Bad { get; } =
    [
        new("assign_cells boxes of a grid", new AssignCells(4, 4, 8, 1.5f), [new Shape(2, 4, 4, 4), Ints(2, 4)], "they must be [batch, objects, 4]"),
        new("assign_cells no objects", new AssignCells(4, 4, 8, 1.5f), [new Shape(2, 0, 4), Ints(2, 0)], "for 1 object or more"),
        new("assign_cells too few classes", new AssignCells(4, 4, 8, 1.5f), [new Shape(2, 3, 4), Ints(2, 2)], "classes are [2,2] of I32"),
        new("assign_cells classes that are floats", new AssignCells(4, 4, 8, 1.5f), [new Shape(2, 3, 4), new Shape(2, 3)], "classes are [2,3]; there must be"),
        new("assign_cells no cells", new AssignCells(4, 0, 8, 1.5f), [new Shape(2, 3, 4), Ints(2, 3)], "a grid of 4×0 cells of 8 pixels has none"),
        new("assign_cells beyond exact numbers", new AssignCells(1, 1 << 20, 8, 1), [new Shape(2, 3, 4), Ints(2, 3)], "more than 4194304 pixels"),
        new("assign_cells no radius", new AssignCells(4, 4, 8, float.NaN), [new Shape(2, 3, 4), Ints(2, 3)], "the radius is NaN"),
    ];
}
