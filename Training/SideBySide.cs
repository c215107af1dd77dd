using System.Text.Json.Nodes;
using FcnFromScratch.Training.Reports;
using static System.FormattableString;

namespace FcnFromScratch.Training;

/// <summary>
/// What comparisons of all tasks have in common: what each contestant costs, and which of two is better. That is asked of the samples that only one of them
/// gets right (McNemar 1947): were they equally good, each such sample would fall to either like a coin.
/// </summary>
/// <param name="right">Of each contestant, which samples it gets right.</param>
/// <param name="noun">What samples are, in the plural.</param>
/// <param name="verb">What is done to one that is got right, as in "only the first reads".</param>
internal sealed class SideBySide(IReadOnlyList<Contestant> contestants, IReadOnlyList<bool[]> right, string noun, string verb)
{
    /// <summary>Above it a difference is taken for chance.</summary>
    private const double Level = 0.05;

    private readonly record struct Pair(int First, int Second, long OnlyFirst, long OnlySecond)
    {
        public double Probability => McNemar(OnlyFirst, OnlySecond);
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

    private IEnumerable<Pair> Pairs() =>
        from a in Enumerable.Range(0, contestants.Count)
        from b in Enumerable.Range(a + 1, contestants.Count - a - 1)
        let both = right[a].Zip(right[b])
        select new Pair(a, b, both.LongCount(r => r.First && !r.Second), both.LongCount(r => !r.First && r.Second));

    private string InWords(Pair p) => p.Probability >= Level ? "no difference that chance does not make"
        : $"{contestants[p.OnlyFirst > p.OnlySecond ? p.First : p.Second].Name} is better";

    private string Names(Pair p) => $"{contestants[p.First].Name} against {contestants[p.Second].Name}";

    /// <summary>For people: what each costs, and a line for each pair.</summary>
    public IReadOnlyList<string> Lines =>
    [
        .. Table(CostHeads, Costs), "",
        .. Pairs().Select(p => Invariant($"{Names(p)}: {p.OnlyFirst} {noun} only the first {verb}, {p.OnlySecond} only the second, p {p.Probability:g2}: ")
            + InWords(p)),
    ];

    /// <summary>Which is better, and what each costs.</summary>
    public IReadOnlyList<Section> Sections =>
    [
        new("Is better better?", Invariant($"Of the {noun} that only one of two {verb}, each would fall to either like a coin if both were equally good. ")
            + Invariant($"p is how often coins would fall as unevenly (McNemar's test, exact); below {Level} it is taken for a difference."),
            Section.Table([$"only the first {verb}", $"only the second {verb}", "p", "so"], Pairs().Select(p => (Names(p),
                (string[])[Invariant($"{p.OnlyFirst}"), Invariant($"{p.OnlySecond}"), Invariant($"{p.Probability:g2}"), InWords(p)])))),
        new("What it costs", "All on the same device; times are medians over batches, from pictures to answers.",
            Section.Table(CostHeads, contestants.Select((c, i) => (c.Name, Costs(i))))),
    ];

    private IReadOnlyList<int> Batches => [.. contestants[0].Latencies.Keys];

    private string[] CostHeads => ["holds", "file", "trained in", .. Batches.Select(b => Invariant($"µs each, batch {b}"))];

    private string[] Costs(int i)
    {
        var c = contestants[i];
        return
        [
            c.Kept is { } kept ? Invariant($"{kept:N0} {noun}") : Invariant($"{c.Values:N0} weights"), Invariant($"{c.FileBytes / 1e6:F1} MB"),
            c.TrainingSeconds is { } seconds ? Invariant($"{seconds:N0} s") : "–", .. Batches.Select(b => Invariant($"{1e6 * c.Latencies[b]:F0}")),
        ];
    }

    /// <summary>Figures of each contestant as lines of text, in columns.</summary>
    public IEnumerable<string> Table(string[] heads, Func<int, string[]> figures)
    {
        string[][] rows = [["", .. heads], .. contestants.Select((c, i) => (string[])[c.Name, .. figures(i)])];
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        return rows.Select(row => string.Join("  ", row.Select((cell, i) => i == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[i]))).TrimEnd());
    }

    /// <summary>A contestant's name, scores and costs.</summary>
    public JsonObject ToJson(int i)
    {
        var c = contestants[i];
        return new JsonObject
        {
            ["name"] = c.Name,
            ["test"] = c.Scores.ToJson(),
            ["values"] = c.Values,
            ["kept"] = c.Kept,
            ["file_bytes"] = c.FileBytes,
            ["training_seconds"] = c.TrainingSeconds,
            ["microseconds_per_image"] = new JsonObject(c.Latencies.Select(l => KeyValuePair.Create(Invariant($"{l.Key}"), Json.Number(1e6 * l.Value)))),
        };
    }

    /// <summary>McNemar's test of each pair.</summary>
    public JsonArray PairsToJson() => new([.. Pairs().Select(p => new JsonObject
    {
        ["first"] = contestants[p.First].Name,
        ["second"] = contestants[p.Second].Name,
        ["only_first"] = p.OnlyFirst,
        ["only_second"] = p.OnlySecond,
        ["p"] = p.Probability,
    })]);
}
