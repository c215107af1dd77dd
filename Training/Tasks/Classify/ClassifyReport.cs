using System.Text;
using FcnFromScratch.Data;
using FcnFromScratch.Training.Reports;
using static System.FormattableString;

namespace FcnFromScratch.Training.Tasks.Classify;

/// <summary>What the test of a classifier has to show: the digits that it misread, the figures of each digit, and what was taken for what.</summary>
/// <param name="test">With its readings kept.</param>
internal sealed class ClassifyReport(ClassificationScores test)
{
    /// <summary>Misread digits that are shown at most: a network that has learned misreads fewer.</summary>
    private const int MostShown = 60;

    private const string PicturesFile = "misread.png", ConfusionFile = "confusion_matrix.svg", ConfusionTable = "confusion_matrix.csv",
        ReadingsFile = "readings.csv";

    private const string ConfusionNote = "A cell has the share of its row's digits, in per cent: blue is right, orange wrong, the tint grows with the cube "
        + "root of the share. Point at a cell, or tap it, for its digits.";

    public static IReadOnlyList<string> Files { get; } = [PicturesFile, ConfusionFile, ConfusionTable, ReadingsFile];

    public TaskReport Of(ISampleSource samples)
    {
        // The surest mistakes first: they are the network's own fault, where a doubtful digit may be the writer's.
        Reading[] wrong = [.. test.Readings.Where(r => !r.IsRight).OrderByDescending(r => r.Probabilities.Max()).Take(MostShown)];
        var shown = new Batch(samples.Spec, Math.Max(1, wrong.Length));
        shown.Read(samples, 0, Array.ConvertAll(wrong, r => r.Position));
        MisreadDigit[] misread = [.. wrong.Select((r, i) => new MisreadDigit(r, samples.Spec, shown.PixelsOf(i).ToArray()))];
        var confusion = new ConfusionChart(test.Counts, ClassificationScores.ClassNames, "digits");
        var drawn = confusion.Draw();
        (string, byte[])[] files =
        [
            (ConfusionFile, Encoding.UTF8.GetBytes(drawn.ToFile())), (ConfusionTable, Encoding.UTF8.GetBytes(confusion.Csv())),
            (ReadingsFile, Encoding.UTF8.GetBytes(Csv())),
        ];
        if (misread.Length > 0) files = [(PicturesFile, Png.Encode(MisreadDigit.Sheet(misread, Heading(misread.Length)))), .. files];
        var (low, high) = test.Interval;
        return new TaskReport
        {
            Headline = Invariant($"{100 * test.Accuracy:F2} %"),
            Meaning = Invariant($"of {test.Count:N0} test digits are read right; the 95 % interval is {100 * low:F2} … {100 * high:F2} % (Wilson)."),
            Cards =
            [
                new("digits misread", Invariant($"{test.Wrong:N0}")), new("mean F1 of the digits", Invariant($"{test.MeanF1:F4}")),
                new("loss", Invariant($"{test.Loss:F4}")),
            ],
            Sections =
            [
                .. misread.Length == 0 ? Array.Empty<Section>() : [Misread(misread)],
                new("Digit by digit", DigitsNote(), DigitTable()),
                new("What it mixes up", Markup.Escape($"{Words(confusion)} {ConfusionNote}"), Section.Chart(drawn, confusion.DrawNarrow())),
            ],
            Files = files,
        };
    }

    private Section Misread(IEnumerable<MisreadDigit> misread) => new("What it misreads", Heading(misread.Count()),
        $"<div class=\"gallery tiles\">\n{string.Concat(misread.Select(digit => digit.ToHtml()))}</div>");

    private string Heading(int shown) => Invariant($"{(shown < test.Wrong ? $"{shown} of the {test.Wrong}" : $"All {shown}")} misread test digits, ")
        + "those first of which the network was surest.";

    private string DigitsNote()
    {
        int[] seen = [.. Enumerable.Range(0, test.F1.Length).Where(k => double.IsFinite(test.F1[k])).OrderBy(k => test.F1[k])];
        string extremes = seen.Length < 2 ? "" : Invariant($"Hardest is {seen[0]}, easiest {seen[^1]}. ");
        return extremes + "Precision is the share of what was read as a digit that is it, recall the share of it that was read as it; "
            + "F1 is their harmonic mean. "
            + Invariant($"A bar is what F1 lacks to 1, from 0 to {BarEnd}: the shorter the better.");
    }

    /// <summary>Where the bars' axis ends: beyond the worst class.</summary>
    private double BarEnd => Axis.RoundUp(test.F1.Where(double.IsFinite).Select(f1 => 1 - f1).DefaultIfEmpty(0).Max());

    private string DigitTable()
    {
        var rows = new StringBuilder();
        for (int k = 0; k < test.F1.Length; k++)
        {
            string measured = double.IsFinite(test.F1[k])
                ? Invariant($"<td class=\"bar\"><div><i style=\"width:{100 * (1 - test.F1[k]) / BarEnd:F2}%;background:{Palette.Of(k).Hex}\"></i></div></td>")
                    + Number("F1", test.F1[k]) + Number("precision", test.Precision(k)) + Number("recall", test.Recall(k))
                : "<td class=\"bar\"></td><td class=\"number dim\" colspan=\"3\">not there</td>";
            string digits = Invariant($"<td class=\"number dim\" data-name=\"misread\">{test.Truth(k) - test.Counts[k, k]:N0} of {test.Truth(k):N0}</td>");
            rows.Append($"<tr><th scope=\"row\">{Markup.Key(ClassificationScores.ClassNames[k], Palette.Of(k))}</th>{measured}{digits}</tr>\n");
        }
        return $"""
            <div class="table"><table class="reflow">
            <thead><tr>
            <th scope="col">digit</th><th scope="col">what F1 lacks to 1</th><th scope="col" class="number">F1</th><th scope="col" class="number">precision</th>
            <th scope="col" class="number">recall</th><th scope="col" class="number">misread</th>
            </tr></thead>
            <tbody>
            {rows}</tbody>
            </table></div>
            """;

        static string Number(string name, double value) =>
            $"<td class=\"number\" data-name=\"{name}\">{(double.IsFinite(value) ? Invariant($"{value:F4}") : "–")}</td>";
    }

    /// <summary>The commonest mistakes in a sentence.</summary>
    internal string Words(ConfusionChart confusion)
    {
        string[] mistakes =
        [
            .. (from t in Enumerable.Range(0, test.F1.Length)
                from p in Enumerable.Range(0, test.F1.Length)
                where t != p && test.Counts[t, p] > 0
                orderby test.Counts[t, p] descending
                select Invariant($"{test.Counts[t, p]:N0} times a {t} was read as {p} ({ConfusionChart.Percent(confusion.Share(t, p))})")).Take(3),
        ];
        return mistakes.Length == 0 ? "No digit was misread." : $"The commonest mistakes: {string.Join(", ", mistakes)}.";
    }

    /// <summary>A line for each test digit, with the probability of what it was read as and of what it is.</summary>
    private string Csv()
    {
        var text = new StringBuilder("position,truth,prediction,probability,truth_probability\n");
        foreach (var r in test.Readings)
            text.Append(Invariant($"{r.Position},{r.Truth},{r.Prediction},{r.Probabilities.Max():G6},{r.Probabilities[r.Truth]:G6}\n"));
        return text.ToString();
    }
}
