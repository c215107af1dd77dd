using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Training.Reports;
using static System.FormattableString;

namespace FcnFromScratch.Training.Tasks.Classify;

/// <summary>Models that read the same digits, side by side.</summary>
internal sealed class ClassifyComparison(IReadOnlyList<Contestant> contestants, ISampleSource samples)
{
    /// <summary>Digits that are shown at most.</summary>
    private const int MostShown = 60;

    private readonly ClassificationScores[] _scores = [.. contestants.Select(c => (ClassificationScores)c.Scores)];

    private readonly SideBySide _sideBySide = new(contestants,
        [.. contestants.Select(c => ((ClassificationScores)c.Scores).Readings.Select(r => r.IsRight).ToArray())], "digits", "reads");

    /// <summary>The most accurate, the first of equals.</summary>
    private int Best => _scores.Index().MaxBy(s => s.Item.Accuracy).Index;

    public ModelComparison Comparison
    {
        get
        {
            var best = contestants[Best];
            return new ModelComparison
            {
                Headline = Invariant($"{100 * ((ClassificationScores)best.Scores).Accuracy:F2} %"),
                Cards = [.. contestants.Zip(_scores, (c, s) => new Card(c.Name, Invariant($"{100 * s.Accuracy:F2} %")))],
                Meaning = Invariant($"of {samples.Count:N0} test digits are read right by {best.Name}, the best; {MisreadByAll.Length} are misread by all."),
                Lines =
                [
                    .. _sideBySide.Table(s_right, Right), Invariant($"misread by all: {MisreadByAll.Length}"), "", .. _sideBySide.Lines,
                ],
                Sections = [HowRight(), .. _sideBySide.Sections, ByDigit(), Misread(), .. _scores.Select(Confusion)],
                Json = ToJson(),
            };
        }
    }

    /// <summary>Positions of the digits that all misread.</summary>
    private int[] MisreadByAll => [.. Enumerable.Range(0, samples.Count).Where(i => Array.TrueForAll(_scores, s => !s.Readings[i].IsRight))];

    /// <summary>Digits that one misreads and all others read.</summary>
    private long MisreadAlone(int contestant) => Enumerable.Range(0, samples.Count)
        .LongCount(i => _scores.Index().All(s => s.Item.Readings[i].IsRight == (s.Index != contestant)));

    private static readonly string[] s_right = ["accuracy", "95 % interval", "misread", "misread alone", "F1"];

    private string[] Right(int i)
    {
        var s = _scores[i];
        return
        [
            Invariant($"{s.Accuracy:F4}"), Invariant($"{s.Interval.Low:F4} … {s.Interval.High:F4}"), Invariant($"{s.Wrong}"), Invariant($"{MisreadAlone(i)}"),
            Invariant($"{s.MeanF1:F4}"),
        ];
    }

    private Section HowRight() => new("Side by side",
        "All on the same digits. The interval is Wilson's; \"alone\" are digits that all others read. F1 is the mean over the digits.",
        Section.Table(s_right, contestants.Select((c, i) => (c.Name, Right(i)))));

    private Section ByDigit()
    {
        string[] F1(int k) => [.. _scores.Select(s => double.IsFinite(s.F1[k]) ? Invariant($"{s.F1[k]:F4}") : "–")];
        var rows = ClassificationScores.ClassNames.Select((name, k) => (name, F1(k)));
        return new("F1 by digit", "2TP / (2TP + FP + FN) of each digit.", Section.Table([.. contestants.Select(c => c.Name)], rows));
    }

    /// <summary>What all misread, as the best of them read it.</summary>
    private Section Misread()
    {
        int[] shown = [.. MisreadByAll.Take(MostShown)];
        var batch = new Batch(samples.Spec, Math.Max(1, shown.Length));
        batch.Read(samples, 0, shown);
        string tiles = string.Concat(shown.Select((position, i) =>
            new MisreadDigit(_scores[Best].Readings[position], samples.Spec, batch.PixelsOf(i).ToArray()).ToHtml()));
        string some = shown.Length < MisreadByAll.Length ? Invariant($"{shown.Length} of ") : "";
        string note = Invariant($"{some}{MisreadByAll.Length} digits that none reads, as {contestants[Best].Name} reads them.");
        return new("Misread by all", Markup.Escape(note), $"<div class=\"gallery tiles\">\n{tiles}</div>");
    }

    private Section Confusion(ClassificationScores scores, int i)
    {
        var chart = new ConfusionChart(scores.Counts, ClassificationScores.ClassNames, "digits");
        string words = Markup.Escape(new ClassifyReport(scores).Words(chart));
        return new($"What {contestants[i].Name} mixes up", words, Section.Chart(chart.Draw(), chart.DrawNarrow()));
    }

    private JsonObject ToJson() => new()
    {
        ["samples"] = samples.Count,
        ["misread_by_all"] = Json.Array(MisreadByAll),
        ["models"] = new JsonArray([.. contestants.Select((_, i) =>
        {
            var model = _sideBySide.ToJson(i);
            model["misread"] = Json.Array(_scores[i].Readings.Where(r => !r.IsRight).Select(r => r.Position));
            model["misread_alone"] = MisreadAlone(i);
            return model;
        })]),
        ["mcnemar"] = _sideBySide.PairsToJson(),
    };
}
