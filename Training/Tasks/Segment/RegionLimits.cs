using FcnFromScratch.Data;

namespace FcnFromScratch.Training.Tasks.Segment;

/// <summary>What a connected region is taken for.</summary>
internal enum RegionKind
{
    Digit,
    Small,
    Thin,
    Large,
}

/// <summary>Which of the regions that hang together are digits, by their size.</summary>
/// <param name="Min">Pixels that a digit has at least, …</param>
/// <param name="Max">… and at most, in what the network was shown.</param>
internal readonly record struct RegionLimits(int Min, int Max)
{
    /// <summary>Those that <c>fcn predict</c> is told.</summary>
    public static RegionLimits Of(Arguments arguments) => new(arguments.Get(SegmentParameters.MinPixels), arguments.Get(SegmentParameters.MaxPixels));

    /// <param name="area">What one of the region's pixels is in what the network was shown.</param>
    public RegionKind KindOf(Region region, double area = 1) =>
        region.Pixels * area < Min ? RegionKind.Small : region.IsLine ? RegionKind.Thin : region.Pixels * area > Max ? RegionKind.Large : RegionKind.Digit;
}
