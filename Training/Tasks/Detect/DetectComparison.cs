using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Training.Reports;
using static System.FormattableString;

namespace FcnFromScratch.Training.Tasks.Detect;

/// <summary>Networks that find objects in the same pictures, side by side, whether by boxes or by the regions of a mask.</summary>
internal sealed class DetectComparison(IReadOnlyList<Contestant> contestants, ISampleSource samples)
{
    /// <summary>Pictures that are shown at most.</summary>
    private const int MostShown = 6;

    private readonly DetectionScores[] _scores = [.. contestants.Select(c => (DetectionScores)c.Scores)];

    private readonly SideBySide _sideBySide = new(contestants,
        [.. contestants.Select(c => (DetectionScores)c.Scores).Select(s => Enumerable.Range(0, s.Pictures.Count).Select(s.IsRight).ToArray())],
        "pictures", "gets right as a whole");

    public ModelComparison Comparison
    {
        get
        {
            int best = _scores.Index().MaxBy(s => s.Item.Map50).Index;
            return new ModelComparison
            {
                Headline = DetectionScores.Figure(_scores[best].Map50),
                Cards = [.. contestants.Zip(_scores, (c, s) => new Card(c.Name, DetectionScores.Figure(s.Map50)))],
                Meaning = Invariant($"is the mAP@.5 of {contestants[best].Name}, the best, on {samples.Count:N0} test pictures ")
                    + Invariant($"with {_scores[best].Objects:N0} objects."),
                Lines = [.. _sideBySide.Table(s_heads, Figures), "", .. _sideBySide.Lines],
                Sections = [HowWell(), WhereTheyDiffer(), .. _sideBySide.Sections, ByClass(), MistakesByKind()],
                Json = new JsonObject
                {
                    ["samples"] = samples.Count,
                    ["models"] = new JsonArray([.. contestants.Select((_, i) => _sideBySide.ToJson(i))]),
                    ["mcnemar"] = _sideBySide.PairsToJson(),
                },
            };
        }
    }

    private static readonly string[] s_heads = ["mAP@.5", "mAP@.5:.95", "F1", "score", "precision", "recall", "right as a whole"];

    private string[] Figures(int i)
    {
        var s = _scores[i];
        return
        [
            DetectionScores.WithError(s.Map50, s.Errors.At50), DetectionScores.WithError(s.Map, s.Errors.AtAll), DetectionScores.Figure(s.Together.F1),
            DetectionScores.Figure(s.Together.Threshold), DetectionScores.Figure(s.Together.Precision), DetectionScores.Figure(s.Together.Recall),
            DetectionScores.Percent(s.SequencesRight),
        ];
    }

    private Section HowWell() => new("Side by side",
        "All on the same pictures, measured as boxes. Of a network that labels pixels each region that hangs together is a box, its score the mean "
            + "probability of its pixels. F1, precision, recall and what is right as a whole count boxes from the score on that is best for each.",
        Section.Table(s_heads, contestants.Select((c, i) => (c.Name, Figures(i)))));

    /// <summary>Pictures that one reads well and another badly.</summary>
    private Section WhereTheyDiffer()
    {
        double Apart(int picture) => _scores.Max(s => s.PictureF1(picture)) - _scores.Min(s => s.PictureF1(picture));
        int[] shown = [.. Enumerable.Range(0, samples.Count).OrderByDescending(Apart).TakeWhile(p => Apart(p) > 0).Take(MostShown)];
        DrawnDetections[] drawn = [.. _scores.Select(s => new DrawnDetections(s, samples))];
        return new("Where they differ", shown.Length == 0 ? "There is no picture that one reads better than another."
            : "The pictures whose F1 is furthest apart. Boxes are those that count, in the colours of their classes, with their scores in per cent; "
                + "what was missed is framed in red, with a question mark.",
            string.Concat(shown.Select(p => Invariant($"\n<h3>Picture {p}</h3>\n<div class=\"gallery\">\n")
                + string.Concat(drawn.Select((d, i) => d.ToHtml(p, d.Draw(p), Markup.Escape(contestants[i].Name)))) + "</div>")));
    }

    private Section ByClass() => new("By class", "Average precision at IoU 0.5 of each class.",
        Section.Table([.. contestants.Select(c => c.Name)],
            _scores[0].ClassNames.Select((name, k) => (name, (string[])[.. _scores.Select(s => DetectionScores.Figure(s.Ap50[k]))]))));

    private Section MistakesByKind() => new("Mistakes by kind",
        "What mending all mistakes of a kind, and no other, would add to mAP@.5 (TIDE: Bolya et al. 2020).",
        Section.Table([.. contestants.Select(c => c.Name)], Enum.GetValues<MistakeKind>().Select(kind => ($"{kind}".ToLowerInvariant(),
            (string[])[.. _scores.Select(s => DetectionScores.Figure(s.Mistakes.Cost(kind)))]))));
}
