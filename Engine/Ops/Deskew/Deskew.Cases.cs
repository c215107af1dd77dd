namespace FcnFromScratch.Engine.Ops;

internal static class DeskewCases
{
    // Sheared pictures are continuous in their slant, but its rounding is spread by as many rows as there are.
    private static OpCase Case(string name, int[] x, Fill fill, float ground = 0) =>
        OpCase.Of($"deskew {name}", new Deskew(ground), x[1] * x[2], (new Shape(x), fill)) with { HasGradient = false, Slack = 8 };

    public static IReadOnlyList<OpCase> All { get; } =
    [
        Case("a pixel", [1, 1, 1, 1], new Fill.Uniform(0, 1)),
        Case("noise", [5, 28, 28, 1], new Fill.Uniform(-1, 1), ground: -1),
        Case("wider than high", [2, 7, 19, 1], new Fill.Uniform(0, 1)),
        Case("no ink", [2, 6, 5, 1], new Fill.Same(-1), ground: -1),
        Case("one row of ink", [3, 1, 9, 1], new Fill.Uniform(0, 1)),
    ];

    public static IReadOnlyList<BadCase> Bad { get; } =
        [new("deskew colours", new Deskew(0), [new Shape(2, 8, 8, 3)], "x is [2,8,8,3]; it must be pictures of one channel")];
}
