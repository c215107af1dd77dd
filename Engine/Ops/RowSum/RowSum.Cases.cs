namespace FcnFromScratch.Engine.Ops;

internal static class RowSumCases
{
    public static IReadOnlyList<OpCase> All { get; } =
    [
        OpCase.Of("row_sum", new RowSum(), 60, (new Shape(3, 20, 11), Fill.Default)) with { HasGradient = false },
        OpCase.Of("row_sum over several chunks", new RowSum(), 1500, (new Shape(1500, 19), Fill.Default)) with { HasGradient = false },
        OpCase.Of("row_sum bench 196608x32", new RowSum(), 196608, (new Shape(196608, 32), Fill.Default)) with { IsBenchmark = true },
    ];
}
