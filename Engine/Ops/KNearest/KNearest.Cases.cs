namespace FcnFromScratch.Engine.Ops;

internal static class KNearestCases
{
    private static readonly Fill s_pixels = new Fill.Integers(-128, 128);

    private static OpCase Case(string name, int k, TieRule ties, int[] queries, int samples, int classes = 10, Fill? query = null, Fill? sample = null)
    {
        int depth = queries[1..].Aggregate(1, (a, b) => a * b);
        return OpCase.Of($"k_nearest {name}", new KNearest(k, classes, ties), 1,
            (new Shape(queries), query ?? s_pixels), (new Shape(samples, depth), sample ?? query ?? s_pixels),
            (new Shape(samples), new Fill.Integers(0, classes))) with { HasGradient = false };
    }

    public static IReadOnlyList<OpCase> All { get; } =
    [
        Case("one of one", 1, TieRule.Smallest, [1, 1], 1, classes: 1),
        Case("1 of pictures", 1, TieRule.Nearest, [7, 5, 3, 2], 70),
        Case("3, ties to the smallest", 3, TieRule.Smallest, [37, 50], 250),
        Case("3, ties to the nearest", 3, TieRule.Nearest, [37, 50], 250),
        Case("2 of fewer than a register, ties to the nearest", 2, TieRule.Nearest, [3, 17], 5, classes: 3),
        Case("5 with equal distances, smallest", 5, TieRule.Smallest, [19, 3], 101, classes: 4, query: new Fill.Integers(0, 2)),
        Case("5 with equal distances, nearest", 5, TieRule.Nearest, [70, 3], 193, classes: 4, query: new Fill.Integers(0, 2)),
        Case("the most that can be asked for", KNearest.MaxK, TieRule.Nearest, [33, 8], KNearest.MaxK + 1),
        Case("as many as there are", 9, TieRule.Nearest, [4, 40], 9),
        Case("several slices and chunks", 7, TieRule.Nearest, [2, 1], 16500),
        Case("the longest rows", 3, TieRule.Smallest, [5, PixelProducts.MaxDepth], 130),
        Case("as far apart as can be", 4, TieRule.Nearest, [2, PixelProducts.MaxDepth], 20, query: new Fill.Same(-128), sample: new Fill.Same(127)),
        Case("bench 256x784 of 8192", 3, TieRule.Nearest, [256, 784], 8192) with { IsBenchmark = true },
    ];

    private static BadCase Refused(
        string name, string message, int k = 3, int classes = 10, int[]? queries = null, int[]? samples = null, TensorSpec? labels = null) =>
        new($"k_nearest {name}", new KNearest(k, classes, TieRule.Smallest),
            [new Shape(queries ?? [2, 4, 4, 1]), new Shape(samples ?? [20, 16]), labels ?? new Shape(20)], message);

    public static IReadOnlyList<BadCase> Bad { get; } =
    [
        Refused("k 0", "k is 0; it must be 1 … 20 with 20 samples", k: 0),
        Refused("k above the samples", "k is 21; it must be 1 … 20 with 20 samples", k: 21),
        Refused("k above the limit", "k is 33; it must be 1 … 32 with 40 samples", k: 33, samples: [40, 16], labels: new Shape(40)),
        Refused("no class", "there are 0 classes", classes: 0),
        Refused("queries of another length", "a query must have the 15 values of a sample", samples: [20, 15]),
        Refused("more samples than can be counted", "in all 1 … 2147483647 values", samples: [1 << 27, 16], labels: new Shape(1 << 27)),
        Refused("more queries than can be counted", "33554432 queries to 20 samples make 2147483648 values; ask fewer", queries: [1 << 25, 16]),
        Refused("no samples", "samples are [0,16]; they must be [samples, values]", samples: [0, 16], labels: new Shape(0)),
        Refused("samples as pictures", "samples are [20,4,4,1]; they must be [samples, values]", samples: [20, 4, 4, 1]),
        Refused("rows too long to be exact", "products of more than 1024 are not exact", queries: [2, 33, 33, 1], samples: [20, 1089]),
        Refused("too few labels", "labels are [19]; there must be one, a float, for each of 20 samples", labels: new Shape(19)),
        Refused("labels that are integers", "labels are [20] of I32", labels: new TensorSpec(new Shape(20), ElementType.I32)),
    ];
}
