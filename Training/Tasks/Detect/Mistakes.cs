using FcnFromScratch.Data;

namespace FcnFromScratch.Training.Tasks.Detect;

/// <summary>Why a detection is wrong, or an object not found; as a reader is told, in this order.</summary>
internal enum MistakeKind
{
    /// <summary>The place of an object of another class.</summary>
    Class,

    /// <summary>On an object of its class, but not well enough.</summary>
    Place,

    /// <summary>Near an object of another class.</summary>
    Both,

    /// <summary>The place of an object that a surer detection has taken.</summary>
    Duplicate,

    /// <summary>Where there is nothing.</summary>
    Background,

    /// <summary>An object that no detection took and none would, had it another class or place.</summary>
    Missed,
}

/// <summary>
/// Mistakes at IoU 0.5 by kind, with what mending all of one kind would add to the mean AP: TIDE (Bolya, Foley, Hays and Hoffman 2020, "TIDE: A general
/// toolbox for identifying object detection errors"), with tf = 0.5 and tb = 0.1. Where a detection is of two kinds, their program decides: place before
/// class before duplicate. Mended are: a class or place by making the detection right, if nothing has taken its object and no surer mistake could; all other
/// detections by leaving them out; what is missed by not asking for it. A class of which nothing is asked any more is left out of the mean, as one without
/// truth is (their program counts it as 0).
/// </summary>
internal sealed class Mistakes
{
    /// <summary>From this IoU on a detection is on an object (tb).</summary>
    public const double Near = 0.1;

    private readonly CocoEvaluation _evaluation;
    private readonly Entry[] _entries;
    private readonly long[] _missed;
    private readonly long[] _counts = new long[Enum.GetValues<MistakeKind>().Length];

    /// <summary>A detection that counts.</summary>
    /// <param name="Kind">Null where it is right.</param>
    /// <param name="Mended">The class in which it would be right, or −1 where it would be left out.</param>
    private readonly record struct Entry(Detection Item, MistakeKind? Kind, int Mended);

    public Mistakes(CocoEvaluation evaluation)
    {
        (_evaluation, _missed) = (evaluation, new long[evaluation.Classes]);
        // A stable sort, so that ties are in the evaluation's own order.
        _entries = [.. Enumerable.Range(0, evaluation.Pictures.Count).SelectMany(Of).OrderByDescending(e => e.Item.Score)];
        foreach (var entry in _entries)
            if (entry.Kind is { } kind) _counts[(int)kind]++;
        _counts[(int)MistakeKind.Missed] = _missed.Sum();
    }

    /// <summary>How often it was made.</summary>
    public long Count(MistakeKind kind) => _counts[(int)kind];

    /// <summary>What mending all of a kind adds to the mean AP at IoU 0.5; NaN where there is no AP before or after.</summary>
    public double Cost(MistakeKind kind) => Gain(e => e.Kind == kind ? e.Mended : e.Item.Class, e => e.Kind is null || e.Kind == kind,
        k => kind == MistakeKind.Missed ? _missed[k] : 0);

    /// <summary>What leaving out all wrong detections adds.</summary>
    public double FalsePositiveCost => Gain(e => e.Kind is null ? e.Item.Class : -1, e => e.Kind is null, _ => 0);

    /// <summary>What not asking for any object that was not found adds.</summary>
    public double FalseNegativeCost => Gain(e => e.Item.Class, e => e.Kind is null,
        k => _evaluation.Positives(k) - _entries.Count(e => e.Kind is null && e.Item.Class == k));

    private double Gain(Func<Entry, int> classOf, Func<Entry, bool> isRight, Func<int, long> forgiven) =>
        MeanPrecision(classOf, isRight, forgiven) - MeanPrecision(e => e.Item.Class, e => e.Kind is null, _ => 0);

    private double MeanPrecision(Func<Entry, int> classOf, Func<Entry, bool> isRight, Func<int, long> forgiven)
    {
        PrecisionCurve[] curves = [.. Enumerable.Range(0, _evaluation.Classes).Select(_ => new PrecisionCurve())];
        foreach (var entry in _entries)
            if (classOf(entry) is var k and >= 0) curves[k].Add(isRight(entry));
        return _evaluation.OverClasses(k => curves[k].Average(_evaluation.Positives(k) - forgiven(k)));
    }

    private Entry[] Of(int picture)
    {
        var (truth, found) = (_evaluation.Pictures[picture].Truth, _evaluation.Pictures[picture].Found);
        var verdicts = _evaluation.Verdicts(picture);
        bool[] isFree = [.. truth.Zip(_evaluation.IsFound(picture), (o, isFound) => !o.IsCrowd && !isFound)], isWanted = new bool[truth.Count];
        var entries = new Entry[found.Count];
        foreach (int d in Enumerable.Range(0, found.Count).OrderByDescending(d => found[d].Score))
        {
            entries[d] = new(found[d], null, found[d].Class);
            if (verdicts[d] != Verdict.Wrong) continue;
            var (kind, g) = Judge(found[d], truth);
            bool isMended = g >= 0 && isFree[g] && !isWanted[g];
            if (isMended) isWanted[g] = true;
            entries[d] = new(found[d], kind, isMended ? truth[g].Class : -1);
        }
        for (int g = 0; g < truth.Count; g++)
            if (isFree[g] && !isWanted[g]) _missed[truth[g].Class]++;
        return [.. entries.Where((_, d) => verdicts[d] != Verdict.LeftOut)];
    }

    /// <summary>A wrong detection's kind, and which object it would be right for if it were mended; −1 where it cannot be.</summary>
    private static (MistakeKind Kind, int Truth) Judge(Detection d, IReadOnlyList<SceneObject> truth)
    {
        var (own, ownIou) = Nearest(o => o.Class == d.Class);
        var (other, otherIou) = Nearest(o => o.Class != d.Class);
        return ownIou >= Near && ownIou < CocoEvaluation.Ious[0] ? (MistakeKind.Place, own)
            : otherIou >= CocoEvaluation.Ious[0] ? (MistakeKind.Class, other)
            : ownIou >= CocoEvaluation.Ious[0] ? (MistakeKind.Duplicate, -1)
            : otherIou > Near ? (MistakeKind.Both, -1)
            : (MistakeKind.Background, -1);

        (int, double) Nearest(Func<SceneObject, bool> isAsked)
        {
            var (nearest, iou) = (-1, 0.0);
            for (int g = 0; g < truth.Count; g++)
                if (!truth[g].IsCrowd && isAsked(truth[g]) && d.Box.IoU(truth[g].Box) is var here && here > iou) (nearest, iou) = (g, here);
            return (nearest, iou);
        }
    }
}
