using FcnFromScratch.Data;
using static System.FormattableString;

namespace FcnFromScratch.Training.Tasks.Detect;

/// <summary>Objects by the pixels that they cover. An object on a bound belongs to both sides, as in the reference.</summary>
internal enum ObjectSize
{
    All,

    /// <summary>Up to 32².</summary>
    Small,

    /// <summary>From 32² to 96².</summary>
    Medium,

    /// <summary>From 96².</summary>
    Large,
}

/// <summary>What became of a detection, at IoU 0.5 and over all sizes.</summary>
internal enum Verdict : byte
{
    /// <summary>It counts neither way: it lies in a crowd, or its picture has too many surer ones of its class.</summary>
    LeftOut,
    Wrong,
    Right,
}

/// <summary>
/// Average precision and recall as the evaluation of COCO defines them (Lin et al. 2014, "Microsoft COCO"; the rules that no paper states are those of its
/// reference program, cocoeval). In a picture the detections of a class, the surest first and at most 100, each take the object of that class that is still
/// free and overlaps most, of equals the last, if the overlap is at least a threshold. Some objects are ignored: crowds, and those of another size than is
/// asked for. A detection takes one of these only where it can take no other, and then counts neither way; nor does a detection of another size that took
/// nothing. A crowd can be taken many times, and its overlap is the share of the detection's own area that is in it. Precision over recall is then that of
/// all pictures' detections together (<see cref="PrecisionCurve"/>). A class without truth has NaN, and is left out of means.
/// </summary>
internal sealed class CocoEvaluation
{
    /// <summary>Detections of a picture and class that are looked at.</summary>
    public const int MostDetections = 100;

    private const int Sizes = 4;

    /// <summary>By <see cref="ObjectSize"/>, pixels.</summary>
    private static readonly (double Least, double Most)[] s_areas =
        [(0, double.PositiveInfinity), (0, 32 * 32), (32 * 32, 96 * 96), (96 * 96, double.PositiveInfinity)];

    private readonly Judged[][] _judged;
    private readonly long[,] _positives;
    private readonly Verdict[][] _verdicts;
    private readonly double[][] _foundAt;

    /// <param name="Place">Among those of its picture and class, the surest 0.</param>
    /// <param name="Right">A bit for each size and IoU, as <see cref="Bit"/>: it took an object that counts.</param>
    /// <param name="LeftOut">As well: it counts neither way.</param>
    private readonly record struct Judged(double Score, int Picture, int Place, ulong Right, ulong LeftOut);

    /// <exception cref="ArgumentException">
    /// A class that there is not; a score, an area or a box that is no number, or a box that ends before it begins.
    /// </exception>
    public CocoEvaluation(IReadOnlyList<DetectedPicture> pictures, int classes)
    {
        (Pictures, Classes) = (pictures, classes);
        _positives = new long[classes, Sizes];
        _verdicts = [.. pictures.Select(p => new Verdict[p.Found.Count])];
        _foundAt = [.. pictures.Select(p => Enumerable.Repeat(double.NegativeInfinity, p.Truth.Count).ToArray())];
        var judged = new List<Judged>[classes];
        for (int k = 0; k < classes; k++) judged[k] = [];
        for (int p = 0; p < pictures.Count; p++)
        {
            Check(pictures[p]);
            foreach (var o in pictures[p].Truth)
                for (int size = 0; size < Sizes; size++)
                    if (Counts(o, size)) _positives[o.Class, size]++;
            foreach (var found in pictures[p].Found.Index().GroupBy(d => d.Item.Class))
                judged[found.Key].AddRange(Judge(p, found.Key, [.. found.OrderByDescending(d => d.Item.Score).Take(MostDetections)]));
        }
        // A stable sort: ties stay in the order of the pictures, and within one in that of its detections.
        _judged = Array.ConvertAll(judged, list => list.OrderByDescending(d => d.Score).ToArray());
    }

    /// <summary>The IoUs that are asked for, 0.5, 0.55 … 0.95, in the reference's rounding: its 0.9 is a bit less.</summary>
    public static IReadOnlyList<double> Ious { get; } = [.. Enumerable.Range(0, 9).Select(i => 0.5 + i * ((0.95 - 0.5) / 9)), 0.95];

    public IReadOnlyList<DetectedPicture> Pictures { get; }
    public int Classes { get; }

    /// <summary>Objects to find, crowds not counted.</summary>
    public long Positives(int k, ObjectSize size = ObjectSize.All) => _positives[k, (int)size];

    /// <summary>Of each detection of a picture, in the order given.</summary>
    public IReadOnlyList<Verdict> Verdicts(int picture) => _verdicts[picture];

    /// <summary>Of each object of a picture, whether a detection of at least that score took it at IoU 0.5.</summary>
    public IReadOnlyList<bool> IsFound(int picture, double threshold = double.MinValue) => Array.ConvertAll(_foundAt[picture], score => score >= threshold);

    /// <summary>The detections of a class that count, at IoU 0.5, the surest first.</summary>
    public IEnumerable<(double Score, bool IsRight)> Ranked(int k) =>
        _judged[k].Where(d => (d.LeftOut & 1) == 0).Select(d => (d.Score, (d.Right & 1) != 0));

    /// <summary>Average precision of a class.</summary>
    /// <param name="iou">An index of <see cref="Ious"/>.</param>
    public double Precision(int k, int iou, ObjectSize size = ObjectSize.All) =>
        Fill(new(), k, Bit((int)size, iou), null).Average(_positives[k, (int)size]);

    /// <summary>Precision at each of the 101 recalls; null for a class without truth.</summary>
    /// <inheritdoc cref="Precision" path="/param"/>
    public double[]? Curve(int k, int iou)
    {
        if (Positives(k) == 0) return null;
        double[] precision = new double[PrecisionCurve.Points];
        Fill(new(), k, Bit(0, iou), null).Read(Positives(k), precision);
        return precision;
    }

    /// <summary>Mean over the IoUs.</summary>
    public double MeanPrecision(int k, ObjectSize size = ObjectSize.All) => Enumerable.Range(0, Ious.Count).Average(iou => Precision(k, iou, size));

    /// <summary>Mean over the classes and IoUs.</summary>
    public double MeanPrecision(ObjectSize size = ObjectSize.All) => OverClasses(k => MeanPrecision(k, size));

    /// <summary>The share of the objects that is found: mean over classes and IoUs (average recall).</summary>
    /// <param name="most">Detections of a picture and class that are looked at.</param>
    public double MeanRecall(int most = MostDetections, ObjectSize size = ObjectSize.All) => OverClasses(k =>
        Enumerable.Range(0, Ious.Count).Average(iou =>
            _judged[k].Count(d => d.Place < most && (d.Right & Bit((int)size, iou)) != 0) / (double)_positives[k, (int)size]));

    /// <summary>Mean AP at IoU 0.5, and over all IoUs, of a set that has each of these pictures so many times, each detection beside its copies.</summary>
    public (double At50, double AtAll) MeanPrecision(int[] times)
    {
        var positives = new long[Classes];
        for (int p = 0; p < Pictures.Count; p++)
            if (times[p] > 0)
                foreach (var o in Pictures[p].Truth)
                    if (!o.IsCrowd) positives[o.Class] += times[p];
        var curve = new PrecisionCurve();
        double[] byIou = [.. Enumerable.Range(0, Ious.Count).Select(iou => OverClasses(k => Fill(curve, k, Bit(0, iou), times).Average(positives[k])))];
        return (byIou[0], byIou.Average());
    }

    /// <summary>The mean of those that are numbers; NaN where none is.</summary>
    public double OverClasses(Func<int, double> figure) =>
        Enumerable.Range(0, Classes).Select(figure).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();

    /// <summary>IoU; of a crowd the share of the box that is in it.</summary>
    public static double Overlap(Box box, SceneObject o) =>
        !o.IsCrowd ? box.IoU(o.Box) : box.Area > 0 ? box.Intersection(o.Box) / box.Area : 0;

    private PrecisionCurve Fill(PrecisionCurve curve, int k, ulong bit, int[]? times)
    {
        curve.Clear();
        // What comes after the last that is right, often most, changes no precision that is read.
        foreach (ref readonly var d in _judged[k].AsSpan(0, Array.FindLastIndex(_judged[k], d => (d.Right & bit) != 0) + 1))
            if ((d.LeftOut & bit) == 0) curve.Add((d.Right & bit) != 0, times is null ? 1 : times[d.Picture]);
        return curve;
    }

    private static ulong Bit(int size, int iou) => 1ul << (size * Ious.Count + iou);

    private static bool Fits(double area, int size) => area >= s_areas[size].Least && area <= s_areas[size].Most;

    private static bool Counts(SceneObject o, int size) => !o.IsCrowd && Fits(o.Area, size);

    private IEnumerable<Judged> Judge(int picture, int k, (int Index, Detection Item)[] found)
    {
        int[] indices = [.. Enumerable.Range(0, Pictures[picture].Truth.Count).Where(i => Pictures[picture].Truth[i].Class == k)];
        SceneObject[] truth = Array.ConvertAll(indices, i => Pictures[picture].Truth[i]);
        double[] overlaps = [.. from d in found from o in truth select Overlap(d.Item.Box, o)];
        ulong[] right = new ulong[found.Length], leftOut = new ulong[found.Length];
        for (int size = 0; size < Sizes; size++)
        {
            int[] order = [.. Enumerable.Range(0, truth.Length).OrderByDescending(g => Counts(truth[g], size))];
            for (int iou = 0; iou < Ious.Count; iou++)
            {
                ulong bit = Bit(size, iou);
                int[] taken = Take(overlaps, truth, order, size, Ious[iou], found.Length);
                for (int d = 0; d < taken.Length; d++)
                {
                    if (taken[d] >= 0 && Counts(truth[taken[d]], size)) right[d] |= bit;
                    else if (taken[d] >= 0 || !Fits(found[d].Item.Box.Area, size)) leftOut[d] |= bit;
                    if (bit != 1) continue;
                    _verdicts[picture][found[d].Index] = (right[d] & 1) != 0 ? Verdict.Right : (leftOut[d] & 1) != 0 ? Verdict.LeftOut : Verdict.Wrong;
                    if (taken[d] >= 0) _foundAt[picture][indices[taken[d]]] = found[d].Item.Score;
                }
            }
        }
        return found.Select((d, place) => new Judged(d.Item.Score, picture, place, right[place], leftOut[place]));
    }

    /// <summary>What each detection takes; −1 where that is nothing.</summary>
    /// <param name="overlaps">[detection, object]</param>
    /// <param name="order">Of the objects: those that count first.</param>
    private static int[] Take(double[] overlaps, SceneObject[] truth, int[] order, int size, double iou, int detections)
    {
        int[] taken = new int[detections];
        var isTaken = new bool[truth.Length];
        for (int d = 0; d < detections; d++)
        {
            int best = -1;
            double least = iou;
            foreach (int g in order)
            {
                if (isTaken[g] && !truth[g].IsCrowd) continue;
                if (best >= 0 && Counts(truth[best], size) && !Counts(truth[g], size)) break;
                if (overlaps[d * truth.Length + g] >= least) (best, least) = (g, overlaps[d * truth.Length + g]);
            }
            taken[d] = best;
            if (best >= 0) isTaken[best] = true;
        }
        return taken;
    }

    private void Check(DetectedPicture picture)
    {
        foreach (var o in picture.Truth)
            if (!IsUsable(o.Box, o.Class) || !(o.Area >= 0)) throw Error("an object", o);
        foreach (var d in picture.Found)
            if (!IsUsable(d.Box, d.Class) || !double.IsFinite(d.Score)) throw Error("a detection", d);

        bool IsUsable(Box box, int k) => k >= 0 && k < Classes && box.Width >= 0 && box.Height >= 0 && double.IsFinite(box.Area);
        ArgumentException Error(string what, object value) => new(Invariant($"picture {picture.Position} has {what} that cannot be measured: {value}"));
    }
}
