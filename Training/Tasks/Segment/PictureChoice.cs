using FcnFromScratch.Data;

namespace FcnFromScratch.Training.Tasks.Segment;

/// <summary>Which of the test pictures are shown: by rank, so that nobody has to trust a choice.</summary>
/// <param name="test">With the scores of each image kept.</param>
internal sealed class PictureChoice(SegmentationScores test)
{
    private const int PerGroup = 3;

    /// <summary>
    /// Positions of the three worst, the three about the median and the three best by mean IoU over the digits in them; of all, where there are few.
    /// </summary>
    public IReadOnlyList<(string Heading, int[] Positions)> ByRank()
    {
        int[] order = Worst(image => image.MeanIouTruthDigits);
        if (order.Length == 0) return [];
        if (order.Length <= 3 * PerGroup) return [("From the worst to the best", order)];
        return
        [
            ($"The {PerGroup} worst", order[..PerGroup]),
            ($"The {PerGroup} about the median", order[((order.Length - PerGroup) / 2)..][..PerGroup]),
            ($"The {PerGroup} best", order[^PerGroup..]),
        ];
    }

    /// <summary>For each digit that the test has, the position of the picture that has it with the lowest IoU of its own.</summary>
    public IReadOnlyList<(int Digit, int Position)> WorstOfEachDigit() =>
    [
        .. from digit in Enumerable.Range(0, SegmentationData.Background)
           let order = Worst(image => image.Truth[digit] > 0 ? image.Iou[digit] : double.NaN)
           where order.Length > 0
           select (digit, order[0]),
    ];

    /// <summary>Positions from the worst to the best, of equals the first first; images without a figure have no rank and are left out.</summary>
    private int[] Worst(Func<SegmentationScores, double> figure) =>
        [.. Enumerable.Range(0, test.Images.Count).Where(i => double.IsFinite(figure(test.Images[i]))).OrderBy(i => figure(test.Images[i]))];
}
