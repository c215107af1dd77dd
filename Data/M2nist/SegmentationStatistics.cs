namespace FcnFromScratch.Data;

/// <summary>
/// What a data set is made of: pixels by class 0 … 10, and how many images have k digits, <c>ImagesByDigits[k]</c>; null where digits are not known.
/// </summary>
public sealed record SegmentationStatistics(long[] PixelsByClass, int[]? ImagesByDigits)
{
    /// <summary>Share of the pixels, 0 … 1.</summary>
    public double BackgroundShare => (double)PixelsByClass[SegmentationData.Background] / PixelsByClass.Sum();

    public static SegmentationStatistics Of(SegmentationData data)
    {
        var pixels = new long[SegmentationData.Classes];
        foreach (byte label in data.Labels) pixels[label]++;
        if (data.Digits is null) return new SegmentationStatistics(pixels, null);

        var digits = new int[data.Count];
        foreach (var digit in data.Digits) digits[digit.Image]++;
        var images = new int[digits.Max() + 1];
        foreach (int count in digits) images[count]++;
        return new SegmentationStatistics(pixels, images);
    }
}
