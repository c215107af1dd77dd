using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using static System.FormattableString;

namespace FcnFromScratch.Training.Reports;

/// <summary>report.html: one file with its pictures inside and no script. It is well-formed XML too, so that any reader can take it apart.</summary>
internal sealed class HtmlReport(SegmentationReport run, string folder)
{
    private readonly StringBuilder _page = new();

    public string Page(byte[]? pictures, Svg? curves, Svg? confusion)
    {
        string title = $"{Field("model") ?? "network"} on {Field("dataset") ?? "its data"}";
        Add($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <title>{Markup.Escape(title)}</title>
            <style>
            {ReportStyle.Css}
            </style>
            </head>
            <body>
            <main>
            """);
        Head(title);
        if (pictures is not null)
            Section("What it sees", "Test pictures the network was never trained on, chosen by rank, not by hand: the worst, the middle and the best. "
                + "Colours are the classes of pixels.",
                $"""<img class="wide" alt="Test pictures: input, truth and prediction" src="data:image/png;base64,{Convert.ToBase64String(pictures)}"/>""");
        if (run.Test is { } test) Section("Digit by digit", DigitsNote(test), DigitTable(test));
        if (curves is not null) Section("How it learned", CurvesNote(), $"""<div class="paper">{curves.ToInline()}</div>""");
        if (confusion is not null) Section("What it mixes up", Markup.Escape(ConfusionChart.Words(run.Test!)), $"""<div class="paper">{confusion.ToInline()}</div>""");
        GoOn();
        Facts();
        Add("""
            </main>
            </body>
            </html>
            """);
        return _page.ToString();
    }

    private void Head(string title)
    {
        Add($"""
            <header>
            <p class="eyebrow">FcnFromScratch · segmentation of handwritten digits</p>
            <h1>{Markup.Escape(title)}</h1>
            """);
        if (run.Test is { } test)
        {
            double error = test.MeanIouDigitsError;
            string plusMinus = double.IsFinite(error) ? Invariant($" <small>± {error:F4}</small>") : "";
            string meaning = double.IsFinite(error)
                ? Invariant($" ± is one standard error over the choice of these {test.Images.Count} images; the figure over very many such images lies within twice that 19 times out of 20.")
                : "";
            Add($"""
                <p class="headline">{Figure(test.MeanIouDigits)}{plusMinus}</p>
                <p class="lead">mean IoU of the ten digits{(TestField("images") is { } n ? $" on {n} test images" : "")}.{meaning}</p>
                """);
        }
        else Add("""<p class="lead">This run has not been measured on the test images: it was stopped before, or was told not to evaluate.</p>""");
        Trained();
        Add("<dl class=\"cards\">");
        if (run.Test is { } t)
        {
            Card("mean Dice of the digits", Figure(t.MeanDiceDigits));
            Card("IoU of the background", Figure(t.BackgroundIou));
            Card("pixels that are right", Invariant($"{100 * t.PixelAccuracy:F2} %"));
        }
        if (Number("wall_seconds") is { } seconds) Card($"of training on {Field("device") ?? "the device"}", Duration(seconds));
        if (Number("images_per_second") is { } speed) Card("images a second", Invariant($"{speed:N0}"));
        if (Number("parameters") is { } parameters) Card("weights", Invariant($"{parameters:N0}"));
        Add("</dl>\n</header>");
    }

    /// <summary>How long, on what and by which command, as far as the report says.</summary>
    private void Trained()
    {
        if (Field("epochs") is not { } epochs) return;
        string steps = Number("steps") is { } n ? Invariant($" ({n:N0} steps)") : "", images = run.Report["split"]?["train"] is JsonArray train ? Invariant($" on {train.Count:N0} images") : "";
        string device = Field("device_description") is { } description ? $"{Field("device")} ({description})" : Field("device") ?? "its device";
        string command = CommandLine() is { } line ? $": <code>{Markup.Escape(line)}</code>" : "";
        Add($"""<p class="lead">Trained for {Markup.Escape($"{epochs} {(epochs == "1" ? "epoch" : "epochs")}{steps}{images}, on {device}")}{command}</p>""");
    }

    private void Card(string name, string value) => Add($"<div><dt>{Markup.Escape(name)}</dt><dd>{Markup.Escape(value)}</dd></div>");

    private void Section(string heading, string note, string content) => Add($"<section>\n<h2>{heading}</h2>\n<p>{note}</p>\n{content}\n</section>");

    private static string DigitsNote(SegmentationMetrics test)
    {
        int[] seen = [.. Enumerable.Range(0, SegmentationData.Background).Where(k => double.IsFinite(test.Iou[k])).OrderBy(k => test.Iou[k])];
        string extremes = seen.Length < 2 ? "" : Invariant($"Hardest is {seen[0]}, easiest {seen[^1]}. ");
        return extremes + "IoU is the share of pixels that truth and prediction agree on, of all that either paints; Dice weighs the agreement twice. "
            + "Pixels are pooled over all test images. Bars begin at 0.";
    }

    private string DigitTable(SegmentationMetrics test)
    {
        var rows = new StringBuilder();
        for (int k = 0; k < test.Iou.Length; k++)
        {
            string name = ConfusionChart.Name(k);
            string key = k == SegmentationData.Background ? name
                : $"<span class=\"key\" style=\"background:{ClassColours.Of(k).Hex};color:{ClassColours.InkOn(ClassColours.Of(k)).Hex}\">{name}</span>";
            string colour = k == SegmentationData.Background ? ClassColours.Dim.Hex : ClassColours.Of(k).Hex;
            string error = double.IsFinite(test.IouError(k)) ? Invariant($"± {test.IouError(k):F4}") : "";
            rows.Append($"<tr><th scope=\"row\">{key}</th>{Bar(test.Iou[k], colour)}<td class=\"number dim\">{error}</td>{Bar(test.Dice[k], colour)}"
                + $"<td class=\"number dim\">{Invariant($"{test.Truth[k]:N0}")}</td></tr>\n");
        }
        return $"""
            <div class="scroll"><table>
            <thead><tr><th scope="col">class</th><th scope="col" colspan="2">IoU</th><th scope="col">one s.e.</th><th scope="col" colspan="2">Dice</th><th scope="col">pixels</th></tr></thead>
            <tbody>
            {rows}</tbody>
            </table></div>
            """;
    }

    private static string Bar(double value, string colour) =>
        double.IsFinite(value)
            ? Invariant($"<td class=\"bar\"><div><i style=\"width:{100 * value:F2}%;background:{colour}\"></i></div></td><td class=\"number\">{value:F4}</td>")
            : "<td class=\"bar\"></td><td class=\"number dim\">not there</td>";

    private string CurvesNote()
    {
        var measured = run.Epochs.Where(e => double.IsFinite(e.MeanIouDigits)).ToArray();
        string best = measured.MaxBy(e => e.MeanIouDigits) is { } top
            ? Invariant($"The weights kept are those of epoch {top.Epoch}, the best on the validation images: mean IoU {top.MeanIouDigits:F4}. ")
            : "";
        return $"{best}The faint line is the loss of single steps; the learning rate follows its schedule. Point at a dot for its figure.";
    }

    private void GoOn()
    {
        string weights = Shell(Path.Combine(folder, "weights", "best.safetensors"));
        var extensions = run.Arguments["extend"] is JsonArray added ? added.Select(epochs => $"./fcn resume {Shell(folder)} --extend {epochs}") : [];
        string repeat = CommandLine() is { } command ? Command("Repeat this run, bit for bit on the same device", string.Join(" && ", extensions.Prepend(command))) : "";
        Section("Repeat it, go on", "In the folder of the project, with the <code>./fcn</code> there:", $"""
            <dl class="commands">
            {repeat}{Command("Go on with it", $"./fcn resume {Shell(folder)}")}{Command("Read a picture of your own, of any size", $"./fcn predict picture.png --weights {weights} --out seen.png")}{Command("Measure the weights again", $"./fcn val --weights {weights}{Flag("data")}{Flag("split")}{Flag("seed")}")}</dl>
            """);
    }

    /// <summary>An argument of the run as a flag, so that other commands mean the same data.</summary>
    private string Flag(string name) => run.Arguments[name]?.ToString() is { Length: > 0 } value ? $" --{name} {Shell(value)}" : "";

    private static string Command(string what, string line) => $"<dt>{what}</dt>\n<dd><code>{Markup.Escape(line)}</code></dd>\n";

    /// <summary>What was typed, as it is typed in the folder of the project.</summary>
    private string? CommandLine() => run.Arguments["command"]?.ToString() is { Length: > 0 } command ? $"./{command}" : null;

    /// <summary>A path as a shell takes it.</summary>
    private static string Shell(string path) =>
        path.Length > 0 && path.All(c => char.IsAsciiLetterOrDigit(c) || "/._-+:\\".Contains(c)) ? path : $"'{path.Replace("'", "'\\''")}'";

    /// <summary>Every single value of report.json, in its order.</summary>
    private void Facts()
    {
        var rows = new StringBuilder();
        foreach (var (name, value) in run.Report)
            if (value is JsonValue) rows.Append($"<tr><th scope=\"row\">{Markup.Escape(name.Replace('_', ' '))}</th><td>{Markup.Escape(value.ToString())}</td></tr>\n");
        if (rows.Length == 0) return;
        Section("The run in figures", "From <code>report.json</code>, which also holds the split; the curves are in <code>results.csv</code> and <code>steps.csv</code>.",
            $"<div class=\"scroll\"><table class=\"facts\">\n<tbody>\n{rows}</tbody>\n</table></div>");
    }

    private string? Field(string name) => run.Report[name] is JsonValue value ? value.ToString() : null;

    private string? TestField(string name) => run.Report["test"] is JsonObject test && test[name] is JsonValue value ? value.ToString() : null;

    private double? Number(string name) =>
        run.Report[name] is JsonValue value && value.GetValueKind() == JsonValueKind.Number ? JsonSerializer.Deserialize<double>(value) : null;

    private static string Figure(double value) => double.IsFinite(value) ? Invariant($"{value:F4}") : "none";

    private static string Duration(double seconds)
    {
        var time = TimeSpan.FromSeconds(seconds);
        return seconds < 60 ? Invariant($"{seconds:F1} s") : seconds < 3600 ? Invariant($"{time.Minutes} min {time.Seconds} s") : Invariant($"{(int)time.TotalHours} h {time.Minutes} min");
    }

    private void Add(string text) => _page.Append(text).Append('\n');
}
