using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Training.Reports;
using static System.FormattableString;

namespace FcnFromScratch.Training.Tasks.Classify;

/// <summary>
/// Models that read the same digits, side by side. Which of two is better is asked of the digits that only one of them reads (McNemar 1947): were they equally
/// good, each such digit would fall to either like a coin.
/// </summary>
internal sealed class ClassifyComparison(IReadOnlyList<Contestant> contestants, ISampleSource samples)
{
    /// <summary>Digits that are shown at most.</summary>
    private const int MostShown = 60;

    private readonly ClassificationScores[] _scores = [.. contestants.Select(c => (ClassificationScores)c.Scores)];

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
                    .. Table(s_right, Right), Invariant($"misread by all: {MisreadByAll.Length}"), "", .. Table(Costs, Cost), "", .. Pairs().Select(InWords),
                ],
                Sections = [HowRight(), Better(), HowDear(), ByDigit(), Misread(), .. _scores.Select(Confusion)],
                Json = ToJson(),
            };
        }
    }

    /// <summary>
    /// The exact two-sided probability that of <paramref name="first"/> + <paramref name="second"/> fair coins so few fall to one side as the smaller of them.
    /// </summary>
    internal static double McNemar(long first, long second)
    {
        long coins = first + second, few = Math.Min(first, second);
        double sum = 0, logChoose = 0;
        for (long i = 0; i <= few; i++)
        {
            if (i > 0) logChoose += Math.Log(coins - i + 1) - Math.Log(i);
            sum += Math.Exp(logChoose - coins * Math.Log(2));
        }
        return Math.Min(1, 2 * sum);
    }

    private readonly record struct Pair(int First, int Second, long OnlyFirst, long OnlySecond)
    {
        public double Probability => McNemar(OnlyFirst, OnlySecond);
    }

    private IEnumerable<Pair> Pairs() =>
        from a in Enumerable.Range(0, contestants.Count)
        from b in Enumerable.Range(a + 1, contestants.Count - a - 1)
        let both = _scores[a].Readings.Zip(_scores[b].Readings)
        select new Pair(a, b, both.LongCount(r => r.First.IsRight && !r.Second.IsRight), both.LongCount(r => !r.First.IsRight && r.Second.IsRight));

    private string InWords(Pair p)
    {
        string better = p.Probability >= 0.05 ? "no difference that chance does not make"
            : $"{contestants[p.OnlyFirst > p.OnlySecond ? p.First : p.Second].Name} is better";
        return Invariant($"{contestants[p.First].Name} against {contestants[p.Second].Name}: {p.OnlyFirst} digits only the first reads, ")
            + Invariant($"{p.OnlySecond} only the second, p {p.Probability:g2}: {better}");
    }

    /// <summary>Positions of the digits that all misread.</summary>
    private int[] MisreadByAll => [.. Enumerable.Range(0, samples.Count).Where(i => Array.TrueForAll(_scores, s => !s.Readings[i].IsRight))];

    /// <summary>Digits that one misreads and all others read.</summary>
    private long MisreadAlone(int contestant) => Enumerable.Range(0, samples.Count)
        .LongCount(i => _scores.Index().All(s => s.Item.Readings[i].IsRight == (s.Index != contestant)));

    private IReadOnlyList<int> Batches => [.. contestants[0].Latencies.Keys];

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

    private string[] Costs => ["holds", "file", "trained in", .. Batches.Select(b => Invariant($"µs/digit, batch {b}"))];

    private string[] Cost(int i)
    {
        var c = contestants[i];
        return
        [
            c.Kept is { } kept ? Invariant($"{kept:N0} digits") : Invariant($"{c.Values:N0} weights"), Invariant($"{c.FileBytes / 1e6:F1} MB"),
            c.TrainingSeconds is { } seconds ? Invariant($"{seconds:N0} s") : "–", .. Batches.Select(b => Invariant($"{1e6 * c.Latencies[b]:F0}")),
        ];
    }

    private IEnumerable<string> Table(string[] heads, Func<int, string[]> figures)
    {
        string[][] rows = [["", .. heads], .. contestants.Select((c, i) => (string[])[c.Name, .. figures(i)])];
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        return rows.Select(row => string.Join("  ", row.Select((cell, i) => i == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[i]))).TrimEnd());
    }

    private Section HowRight() => new("Side by side",
        "All on the same digits. The interval is Wilson's; \"alone\" are digits that all others read. F1 is the mean over the digits.",
        Section.Table(s_right, contestants.Select((c, i) => (c.Name, Right(i)))));

    private Section HowDear() => new("What it costs",
        "All on the same device; times of reading are medians over batches, with the way to the device and back.",
        Section.Table(Costs, contestants.Select((c, i) => (c.Name, Cost(i)))));

    private Section Better() => new("Is better better?",
        "Of the digits that only one of two reads, each would fall to either like a coin if both were equally good. p is how often coins would fall "
            + "as unevenly (McNemar's test, exact); below 0.05 it is taken for a difference.",
        Section.Table(["only the first reads", "only the second reads", "p", "so"],
            Pairs().Select(p => ($"{contestants[p.First].Name} against {contestants[p.Second].Name}",
                (string[])[Invariant($"{p.OnlyFirst}"), Invariant($"{p.OnlySecond}"), Invariant($"{p.Probability:g2}"), InWords(p).Split(": ")[^1]]))));

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
        ["models"] = new JsonArray([.. contestants.Select((c, i) => new JsonObject
        {
            ["name"] = c.Name,
            ["test"] = c.Scores.ToJson(),
            ["misread"] = Json.Array(_scores[i].Readings.Where(r => !r.IsRight).Select(r => r.Position)),
            ["misread_alone"] = MisreadAlone(i),
            ["values"] = c.Values,
            ["kept"] = c.Kept,
            ["file_bytes"] = c.FileBytes,
            ["training_seconds"] = c.TrainingSeconds,
            ["microseconds_per_image"] = new JsonObject(c.Latencies.Select(l => KeyValuePair.Create(Invariant($"{l.Key}"), Json.Number(1e6 * l.Value)))),
        })]),
        ["mcnemar"] = new JsonArray([.. Pairs().Select(p => new JsonObject
        {
            ["first"] = contestants[p.First].Name,
            ["second"] = contestants[p.Second].Name,
            ["only_first"] = p.OnlyFirst,
            ["only_second"] = p.OnlySecond,
            ["p"] = p.Probability,
        })]),
    };
}
