using FcnFromScratch.Data;

namespace FcnFromScratch.Training.Tasks.Detect;

/// <summary>
/// What detectors take for what. Here boxes are matched without regard to classes: the detections with at least a score, the surest first, each take the free
/// object that overlaps most, of equals the first, if the IoU is at least 0.5. One that takes nothing is background taken for its class, unless half of it
/// lies in a crowd; an object that nobody takes was taken for background.
/// </summary>
internal static class BoxConfusion
{
    /// <summary>[truth, prediction]; the last of both is the background.</summary>
    /// <param name="threshold">A detection's least score; NaN leaves all out.</param>
    public static long[,] Count(IEnumerable<DetectedPicture> pictures, int classes, double threshold)
    {
        var counts = new long[classes + 1, classes + 1];
        foreach (var (_, truth, found) in pictures)
        {
            var isTaken = new bool[truth.Count];
            foreach (var d in found.Where(d => d.Score >= threshold).OrderByDescending(d => d.Score))
            {
                var (best, most) = (-1, 0.0);
                for (int g = 0; g < truth.Count; g++)
                    if (!truth[g].IsCrowd && !isTaken[g] && d.Box.IoU(truth[g].Box) is var iou && iou >= CocoEvaluation.Ious[0] && iou > most)
                        (best, most) = (g, iou);
                if (best >= 0) isTaken[best] = true;
                else if (truth.Any(o => o.IsCrowd && CocoEvaluation.Overlap(d.Box, o) >= CocoEvaluation.Ious[0])) continue;
                counts[best < 0 ? classes : truth[best].Class, d.Class]++;
            }
            for (int g = 0; g < truth.Count; g++)
                if (!truth[g].IsCrowd && !isTaken[g]) counts[truth[g].Class, classes]++;
        }
        return counts;
    }
}
