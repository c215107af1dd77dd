using FcnFromScratch.Data;
using FcnFromScratch.Training.Tasks.Detect;

namespace FcnFromScratch.Kernels.Tests.Training.Detect;

/// <summary>COCO's average precision and recall, written down a second time from the definition: plain, slow, sharing nothing with the first.</summary>
internal static class PlainEvaluation
{
    public static readonly double[] Ious = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95];

    private static readonly (double Least, double Most)[] s_sizes = [(0, 1e10), (0, 1024), (1024, 9216), (9216, 1e10)];

    /// <summary>Of one class at one IoU and size, with so many detections of a picture.</summary>
    public static (double Precision, double Recall) Of(IReadOnlyList<DetectedPicture> pictures, int k, double iou, int size, int most)
    {
        var (low, high) = s_sizes[size];
        var outcomes = new List<(double Score, bool IsRight)>();
        int wanted = 0;
        foreach (var picture in pictures)
        {
            var truth = picture.Truth.Where(o => o.Class == k).ToList();
            bool Asked(SceneObject o) => !o.IsCrowd && o.Area >= low && o.Area <= high;
            wanted += truth.Count(Asked);
            var free = truth.ToList();
            foreach (var d in Surest(picture.Found.Where(d => d.Class == k), d => d.Score).Take(most))
            {
                var all = free.Where(o => Overlap(d.Box, o) >= iou).ToList();
                var candidates = all.Where(Asked).ToList() is { Count: > 0 } asked ? asked : all;
                if (candidates.Count > 0)
                {
                    var taken = candidates.Last(o => Overlap(d.Box, o) == candidates.Max(c => Overlap(d.Box, c)));
                    if (!taken.IsCrowd) free.RemoveAt(free.FindIndex(o => ReferenceEquals(o, taken)));
                    if (Asked(taken)) outcomes.Add((d.Score, true));
                }
                else if (Side(d.Box) is var area && area >= low && area <= high) outcomes.Add((d.Score, false));
            }
        }
        if (wanted == 0) return (double.NaN, double.NaN);
        var points = new List<(double Recall, double Precision)>();
        int right = 0, seen = 0;
        foreach (var (_, isRight) in Surest(outcomes, o => o.Score))
        {
            if (isRight) right++;
            seen++;
            points.Add((right / (double)wanted, right / (double)seen));
        }
        double sum = 0;
        for (int i = 0; i <= 100; i++) sum += points.Where(p => p.Recall >= i * 0.01).Select(p => p.Precision).DefaultIfEmpty(0).Max();
        return (sum / 101, right / (double)wanted);
    }

    /// <summary>By insertion: behind all that are as sure.</summary>
    private static List<T> Surest<T>(IEnumerable<T> items, Func<T, double> score)
    {
        var sorted = new List<T>();
        foreach (var item in items)
        {
            int at = sorted.FindIndex(other => score(other) < score(item));
            sorted.Insert(at < 0 ? sorted.Count : at, item);
        }
        return sorted;
    }

    private static double Overlap(Box box, SceneObject o)
    {
        double width = Math.Max(0, Math.Min(box.XMax, o.Box.XMax) - Math.Max(box.XMin, o.Box.XMin));
        double height = Math.Max(0, Math.Min(box.YMax, o.Box.YMax) - Math.Max(box.YMin, o.Box.YMin));
        double both = width * height;
        if (both == 0) return 0;
        return both / (o.IsCrowd ? Side(box) : Side(box) + Side(o.Box) - both);
    }

    private static double Side(Box box) => (box.XMax - box.XMin) * (box.YMax - box.YMin);
}
