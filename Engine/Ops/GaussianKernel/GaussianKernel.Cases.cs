namespace FcnFromScratch.Engine.Ops;

internal static class GaussianKernelCases
{
    private static readonly Fill s_pixels = new Fill.Integers(-128, 128), s_near = new Fill.Integers(-3, 4);

    /// <summary>γ is such that distances of the middle come out at e⁻¹.</summary>
    private static OpCase Case(string name, int[] x, int samples, Fill fill, float gamma)
    {
        int depth = x[1..].Aggregate(1, (a, b) => a * b);
        return OpCase.Of($"gaussian_kernel {name}", new GaussianKernel(), 1,
            (new Shape(x), fill), (new Shape(samples, depth), fill), (new Shape(1), new Fill.Same(gamma))) with { HasGradient = false };
    }

    public static IReadOnlyList<OpCase> All { get; } =
    [
        Case("one and one", [1, 1], 1, s_near, 0.1f),
        Case("of pictures", [7, 5, 3, 2], 70, s_near, 1 / 240f),
        Case("far apart", [37, 50], 133, s_pixels, 1 / 540_000f),
        Case("more rows than a tile", [101, 17], 33, s_near, 1 / 140f),
        Case("more samples than a block", [3, 4], 2100, s_near, 1 / 30f),
        Case("the longest rows", [5, PixelProducts.MaxDepth], 130, s_pixels, 1 / 11_000_000f),
        Case("bench 256x784 of 12000", [256, 784], 12000, s_pixels, 1 / 8_500_000f) with { IsBenchmark = true },
    ];

    private static BadCase Refused(string name, string message, int[]? x = null, int[]? samples = null, int[]? gamma = null) =>
        new($"gaussian_kernel {name}", new GaussianKernel(),
            [new Shape(x ?? [2, 4, 4, 1]), new Shape(samples ?? [20, 16]), new Shape(gamma ?? [1])], message);

    public static IReadOnlyList<BadCase> Bad { get; } =
    [
        Refused("rows of another length", "a row must have the 15 values of a sample", samples: [20, 15]),
        Refused("no samples", "samples are [0,16]; they must be [samples, values]", samples: [0, 16]),
        Refused("samples as pictures", "samples are [20,4,4,1]; they must be [samples, values]", samples: [20, 4, 4, 1]),
        Refused("rows too long to be exact", "products of more than 1024 are not exact", x: [2, 33, 33, 1], samples: [20, 1089]),
        Refused("a gamma for each sample", "it must be one float", gamma: [20]),
        Refused("more pairs than can be counted", "make 2147483648 pairs; ask fewer", x: [1 << 16, 4], samples: [1 << 15, 4]),
    ];
}
