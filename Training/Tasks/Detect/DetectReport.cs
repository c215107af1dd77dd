using System.Text;
using FcnFromScratch.Training.Reports;
using static System.FormattableString;

namespace FcnFromScratch.Training.Tasks.Detect;

/// <summary>What the figures of a detector have to show: each class, precision over recall, what is taken for what, sizes, and mistakes by kind.</summary>
internal sealed class DetectReport(DetectionScores test)
{
    private const string CurvesFile = "pr_curve.svg", ConfusionFile = "confusion_matrix.svg", ConfusionTable = "confusion_matrix.csv";

    public static IReadOnlyList<string> Files { get; } = [CurvesFile, ConfusionFile, ConfusionTable];

    /// <summary>Of the figures alone: pictures are for the caller to put before its sections.</summary>
    public TaskReport Of()
    {
        var curves = new PrecisionRecallChart(test);
        var confusion = new ConfusionChart(test.Confusion, [.. test.ClassNames, "background"], "boxes");
        var (wide, matrix) = (curves.Draw(), confusion.Draw());
        return new TaskReport
        {
            Headline = DetectionScores.Figure(test.Map50),
            PlusMinus = double.IsFinite(test.Errors.At50) ? Invariant($"{test.Errors.At50:F4}") : "",
            Meaning = Invariant($"mean average precision at IoU 0.5 of {test.Objects:N0} objects in {test.Pictures.Count:N0} test pictures.")
                + (double.IsFinite(test.Errors.At50) ? " ± is the standard error over the choice of pictures." : ""),
            Cards =
            [
                new($"mAP at IoU 0.5 to 0.95, ± {DetectionScores.Figure(test.Errors.AtAll)}", DetectionScores.Figure(test.Map)),
                new($"F1, from a score of {DetectionScores.Figure(test.Together.Threshold)} on", DetectionScores.Figure(test.Together.F1)),
                new("pictures right as a whole", DetectionScores.Percent(test.SequencesRight)), new("loss", DetectionScores.Figure(test.Loss)),
            ],
            Sections =
            [
                new("Class by class", ClassesNote(), ClassTable()),
                new("How precise, how complete", CurvesNote, Section.Chart(wide, curves.DrawNarrow())),
                new("What it mixes up", Markup.Escape(Words(confusion)), Section.Chart(matrix, confusion.DrawNarrow())),
                new("By size", SizesNote(), SizeTable()),
                new("Mistakes by kind", MistakesNote, MistakeTable()),
            ],
            Files =
            [
                (CurvesFile, Encoding.UTF8.GetBytes(wide.ToFile())), (ConfusionFile, Encoding.UTF8.GetBytes(matrix.ToFile())),
                (ConfusionTable, Encoding.UTF8.GetBytes(confusion.Csv())),
            ],
        };
    }

    private const string CurvesNote = "The surest boxes first: recall is the share of the objects that they find, precision the share of them that is "
        + "right, the largest at that recall or beyond. Where no box finds more, a curve falls to 0. Its mean over 101 recalls is the average precision.";

    private string ClassesNote()
    {
        int[] seen = [.. Enumerable.Range(0, test.Ap.Length).Where(k => double.IsFinite(test.Ap[k])).OrderBy(k => test.Ap[k])];
        string extremes = seen.Length < 2 ? "" : Markup.Escape($"Hardest is {test.ClassNames[seen[0]]}, easiest {test.ClassNames[seen[^1]]}. ");
        return extremes + "AP is the average precision at IoU 0.5, and its mean over IoUs of 0.5, 0.55 … 0.95; F1 is at the least score that counts, where it "
            + Invariant($"is best for the class. A bar is what the mean AP lacks to 1, from 0 to {BarEnd}: the shorter the better.");
    }

    /// <summary>Where the bars' axis ends: beyond the worst class.</summary>
    private double BarEnd => Axis.RoundUp(test.Ap.Where(double.IsFinite).Select(ap => 1 - ap).DefaultIfEmpty(0).Max());

    private string ClassTable() => Table(["class", "what AP lacks to 1"], ["AP@.5", "AP@.5:.95", "F1", "score", "objects"],
        test.ClassNames.Select((name, k) =>
        {
            var colour = Palette.Of(k);
            string figures = double.IsFinite(test.Ap[k])
                ? Bar((1 - test.Ap[k]) / BarEnd, colour.Hex) + Number("AP@.5", test.Ap50[k]) + Number("AP@.5:.95", test.Ap[k])
                    + Number("F1", test.ByClass[k].F1) + Number("score", test.ByClass[k].Threshold)
                : "<td class=\"bar\"></td><td class=\"number dim\" colspan=\"4\">not there</td>";
            return $"<th scope=\"row\">{Markup.Key(name, colour)}</th>{figures}{Count("objects", test.Evaluation.Positives(k))}";
        }));

    /// <summary>The commonest mistakes in a few sentences.</summary>
    internal string Words(ConfusionChart confusion)
    {
        int background = test.ClassNames.Count;
        string[] mistakes =
        [
            .. (from t in Enumerable.Range(0, background)
                from p in Enumerable.Range(0, background)
                where t != p && test.Confusion[t, p] > 0
                orderby test.Confusion[t, p] descending
                select Invariant($"{test.Confusion[t, p]:N0} times {test.ClassNames[t]} was taken for {test.ClassNames[p]} ")
                    + $"({ConfusionChart.Percent(confusion.Share(t, p))})").Take(3),
        ];
        long missed = Enumerable.Range(0, background).Sum(t => test.Confusion[t, background]);
        long invented = Enumerable.Range(0, background).Sum(p => test.Confusion[background, p]);
        return (mistakes.Length == 0 ? "No object was taken for another. " : $"The commonest mistakes: {string.Join(", ", mistakes)}. ")
            + Invariant($"{missed:N0} objects were missed, and {invented:N0} boxes are on nothing. ")
            + (double.IsFinite(test.Together.Threshold) ? Invariant($"Boxes with a score of at least {test.Together.Threshold:F4} count; t") : "T")
            + "hey are matched by place alone, at IoU 0.5. A cell has the share of its row, in per cent: blue is right, orange wrong; the last row are boxes "
            + "on nothing, the last column objects that were missed. Point at a cell, or tap it, for its boxes.";
    }

    private string SizesNote() => "An object is small up to 32² pixels of its own, large from 96². Recall is the mean over IoUs of 0.5, 0.55 … 0.95, with at "
        + Invariant($"most 100 boxes of a picture and class; with 10 it is {DetectionScores.Figure(test.Evaluation.MeanRecall(10))}, ")
        + $"with one {DetectionScores.Figure(test.Evaluation.MeanRecall(1))}.";

    private string SizeTable() => Section.Table(["AP@.5:.95", "recall", "objects"], Enum.GetValues<ObjectSize>().Select(size => ($"{size}".ToLowerInvariant(),
        (string[])
        [
            DetectionScores.Figure(test.Evaluation.MeanPrecision(size)), DetectionScores.Figure(test.Evaluation.MeanRecall(size: size)),
            Invariant($"{Enumerable.Range(0, test.ClassNames.Count).Sum(k => test.Evaluation.Positives(k, size)):N0}"),
        ])));

    private const string MistakesNote = "What is wrong at IoU 0.5 among all boxes, unsure ones too, and what mending all of a kind, and no other, would add to "
        + "mAP@.5 (TIDE: Bolya et al. 2020). A kind that is frequent can cost little: unsure boxes stand behind the others.";

    private string MistakeTable()
    {
        MistakeKind[] kinds = Enum.GetValues<MistakeKind>();
        double[] costs = [.. kinds.Select(test.Mistakes.Cost), test.Mistakes.FalsePositiveCost, test.Mistakes.FalseNegativeCost];
        double end = Axis.RoundUp(costs.Where(double.IsFinite).DefaultIfEmpty(0).Max());
        return Table(["kind", Invariant($"cost, from 0 to {end}")], ["cost", "times"],
        [
            .. kinds.Select((kind, i) => Row($"{kind}".ToLowerInvariant(), Meaning(kind), costs[i]) + Count("times", test.Mistakes.Count(kind))),
            Row("all wrong boxes", "whatever their kind", costs[^2])
                + Count("times", kinds.Where(kind => kind != MistakeKind.Missed).Sum(test.Mistakes.Count)),
            Row("all not found", "whatever came near", costs[^1])
                + Count("times", Enumerable.Range(0, test.Pictures.Count).Sum(p =>
                    test.Pictures[p].Truth.Zip(test.Evaluation.IsFound(p)).Count(o => !o.First.IsCrowd && !o.Second))),
        ]);

        string Row(string name, string meaning, double cost) => $"<th scope=\"row\">{name} <small class=\"dim\">{meaning}</small></th>"
            + Bar(double.IsFinite(cost) ? cost / end : 0, Palette.Dim.Hex) + Number("cost", cost);
    }

    private static string Meaning(MistakeKind kind) => kind switch
    {
        MistakeKind.Class => "in the place of an object of another class",
        MistakeKind.Place => "on an object of its class, with an IoU from 0.1 to 0.5",
        MistakeKind.Both => "on an object of another class, with an IoU from 0.1 to 0.5",
        MistakeKind.Duplicate => "in the place of an object that a surer box has taken",
        MistakeKind.Background => "on nothing",
        _ => "an object without a box, and without one that is only of the wrong class or place",
    };

    /// <param name="names">Of the columns with words and bars, …</param>
    /// <param name="numbers">… and of those with numbers.</param>
    /// <param name="rows">Cells.</param>
    private static string Table(string[] names, string[] numbers, IEnumerable<string> rows) =>
        $"""
        <div class="table"><table class="reflow">
        <thead><tr>
        {string.Concat(names.Select(name => $"<th scope=\"col\">{name}</th>"))}
        {string.Concat(numbers.Select(name => $"<th scope=\"col\" class=\"number\">{name}</th>"))}
        </tr></thead>
        <tbody>
        {string.Concat(rows.Select(row => $"<tr>{row}</tr>\n"))}</tbody>
        </table></div>
        """;

    private static string Bar(double share, string colour) =>
        Invariant($"<td class=\"bar\"><div><i style=\"width:{100 * share:F2}%;background:{colour}\"></i></div></td>");

    private static string Number(string name, double value) => $"<td class=\"number\" data-name=\"{name}\">{DetectionScores.Figure(value)}</td>";

    private static string Count(string name, long count) => Invariant($"<td class=\"number dim\" data-name=\"{name}\">{count:N0}</td>");
}
