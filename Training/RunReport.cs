using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Training.Reports;
using static System.FormattableString;

namespace FcnFromScratch.Training;

/// <summary>
/// What a person looks at after a run: curves.svg, report.html, and what its task has to show. Plain data in, files out: no device is needed.
/// What a run has not measured is left out.
/// </summary>
public sealed record RunReport
{
    private const string PageFile = "report.html", CurvesFile = "curves.svg";

    private static readonly string[] s_colours = ["green", "orange", "blue"];

    /// <summary>The files that the reports of every task leave.</summary>
    public static IReadOnlyList<string> Files { get; } = [PageFile, CurvesFile];

    /// <summary>The content of report.json.</summary>
    public required JsonObject Report { get; init; }

    /// <summary>The content of args.json; its "command" is what repeats the run.</summary>
    public required JsonObject Arguments { get; init; }
    public required ITask Task { get; init; }
    public IReadOnlyList<EpochResult> Epochs { get; init; } = [];

    /// <summary>Of each step, oldest first.</summary>
    public IReadOnlyList<StepResult> Steps { get; init; } = [];
    public int StepsPerEpoch { get; init; } = 1;

    /// <summary>What the task made of the test; null if the run did not get that far.</summary>
    public TaskReport? Test { get; init; }

    /// <summary>Writes the files, each whole or not at all.</summary>
    /// <exception cref="DataException">The folder is missing or read-only, or the disk is full.</exception>
    public void Write(string folder)
    {
        foreach (var (name, content) in Test?.Files ?? []) WriteFile(name, content);
        var curves = Epochs.Count == 0 && Steps.Count == 0 ? null : Curves();
        if (curves is not null) WriteFile(CurvesFile, Encoding.UTF8.GetBytes(curves.ToFile()));
        WriteFile(PageFile, Encoding.UTF8.GetBytes(Page(folder, curves)));

        void WriteFile(string file, byte[] content) => AtomicFile.Write(Path.Combine(folder, file), stream => stream.Write(content));
    }

    /// <summary>Loss, the task's metrics and the learning rate over the epochs.</summary>
    public Svg Curves()
    {
        double lastStep = Steps.Count > 0 ? Steps[^1].Step / (double)StepsPerEpoch : 0;
        double end = Math.Max(lastStep, Epochs.Count > 0 && Steps.Count == 0 ? Epochs[^1].Epoch : 0);
        if (end == 0) end = 1;
        // A run of fewer steps than its epochs have ends within its last epoch.
        (double, double)[] ByEpoch(Func<EpochResult, double> figure) => [.. Epochs.Select(e => (Math.Min(e.Epoch, end), figure(e)))];
        (double, double)[] ByStep(Func<StepResult, double> figure) => [.. Steps.Select(s => (s.Step / (double)StepsPerEpoch, figure(s)))];

        // Shares are seen on the whole way to 1; anything else, and what should fall, on its own scale.
        bool areShares = Task.Metrics.All(m => m.HigherIsBetter) && !Epochs.SelectMany(e => e.Metrics).Any(figure => figure > 1);
        var metrics = Task.Metrics.Select((m, i) => new Curve(m.Name, $"curve {s_colours[i % s_colours.Length]}", ByEpoch(e => e.Metrics[i])));
        var learningRate = Steps.Count > 0
            ? new Curve("", "curve blue", ByStep(s => s.LearningRate), HasDots: false)
            : new Curve("", "curve blue", ByEpoch(e => e.LearningRate));
        return CurvesChart.Draw("Loss, validation metrics and learning rate over the epochs", end,
            new Panel("Loss (logarithmic)",
                [
                    new("each step", "faint blue", ByStep(s => s.Loss), HasDots: false), new("train", "curve blue", ByEpoch(e => e.TrainLoss)),
                    new("validation", "curve orange", ByEpoch(e => e.ValidationLoss)),
                ], IsLogarithmic: true),
            new Panel("Validation", [.. metrics], High: areShares ? 1 : null),
            new Panel("Learning rate", [learningRate]));
    }

    private string Page(string folder, Svg? curves)
    {
        var page = new Page($"FcnFromScratch · {Task.Title}", $"{Field("model") ?? "network"} on {Field("dataset") ?? "its data"}");
        if (Test is not null)
        {
            page.Headline(Test.Headline, Test.PlusMinus);
            page.Lead(Markup.Escape(Test.Meaning));
        }
        else page.Lead("This run has not been measured on the test images: it was stopped before, or was told not to evaluate.");
        if (Trained() is { } trained) page.Lead(trained);
        page.Cards([.. Test?.Cards ?? [], .. Cards()]);
        foreach (var section in Test?.Sections ?? []) page.Section(section);
        if (curves is not null) page.Section(new("How it learned", CurvesNote(), $"""<div class="paper">{curves.ToInline()}</div>"""));
        page.Section(GoOn(folder));
        if (Facts() is { } facts) page.Section(facts);
        return page.End();
    }

    private IEnumerable<Card> Cards()
    {
        if (Number("wall_seconds") is { } seconds) yield return new($"of training on {Field("device") ?? "the device"}", Duration(seconds));
        if (Number("images_per_second") is { } speed) yield return new("images a second", Invariant($"{speed:N0}"));
        if (Number("parameters") is { } parameters) yield return new("weights", Invariant($"{parameters:N0}"));
    }

    /// <summary>How long, on what and by which command, as far as the report says.</summary>
    private string? Trained()
    {
        if (Field("epochs") is not { } epochs) return null;
        string steps = Number("steps") is { } n ? Invariant($" ({n:N0} steps)") : "";
        string images = Report["split"]?["train"] is JsonArray train ? Invariant($" on {train.Count:N0} images") : "";
        string device = Field("device_description") is { } description ? $"{Field("device")} ({description})" : Field("device") ?? "its device";
        string command = CommandLine() is { } line ? $": <code>{Markup.Escape(line)}</code>" : "";
        return $"Trained for {Markup.Escape($"{epochs} {(epochs == "1" ? "epoch" : "epochs")}{steps}{images}, on {device}")}{command}";
    }

    private string CurvesNote()
    {
        var score = Task.Metrics[0];
        EpochResult? best = null;
        foreach (var epoch in Epochs)
            if (double.IsFinite(epoch.Metrics[0]) && score.IsBetter(epoch.Metrics[0], best?.Metrics[0] ?? double.NaN)) best = epoch;
        string kept = best is null ? ""
            : Invariant($"The weights kept are those of epoch {best.Epoch}, the best on the validation images: {score.Name} {best.Metrics[0]:F4}. ");
        return Markup.Escape($"{kept}The faint line is the loss of single steps; the learning rate follows its schedule. Point at a dot for its figure.");
    }

    private Section GoOn(string folder)
    {
        string weights = ShellText.Quoted(Path.Combine(folder, "weights", "best.safetensors"));
        var extensions = Arguments["extend"] is JsonArray added ? added.Select(epochs => $"./fcn resume {ShellText.Quoted(folder)} --extend {epochs}") : [];
        // Other commands must mean the same data.
        string data = string.Concat(Task.DataParameters.Prepend(Parameters.Data).Append(Parameters.Seed).Select(Flag));
        // A run that was stopped goes on as it is; one that came to its end must be told how far, and one that --steps ended cannot.
        string resume = $"./fcn resume {ShellText.Quoted(folder)}";
        (string, string)[] further = Field("complete") != "true" ? [("Go on with it", resume)]
            : Field("stopped_early") == "true" ? [("Go on to the last epoch", $"{resume} --patience 0")]
            : Arguments["steps"]?.ToString() is null or "0" ? [("Train it for five more epochs", $"{resume} --extend 5")] : [];
        List<(string What, string Line)> commands =
        [
            .. further,
            ("Read a picture of your own, of any size", $"./fcn predict picture.png --weights {weights} --out seen.png"),
            ("Measure the weights again", $"./fcn val --weights {weights}{data}"),
        ];
        if (CommandLine() is { } command)
            commands.Insert(0, ("Repeat this run, bit for bit on the same device", string.Join(" && ", extensions.Prepend(command))));
        var rows = commands.Select(c => $"<dt>{c.What}</dt>\n<dd><code>{Markup.Escape(c.Line)}</code></dd>\n");
        return new("Repeat it, go on", "In the folder of the project, with the <code>./fcn</code> there:",
            $"<dl class=\"commands\">\n{string.Concat(rows)}</dl>");
    }

    /// <summary>An argument of the run as a flag.</summary>
    private string Flag(Parameter parameter) =>
        Arguments[parameter.Name]?.ToString() is { Length: > 0 } value ? $" {parameter.Flag} {ShellText.Quoted(value)}" : "";

    /// <summary>What was typed, as it is typed in the folder of the project.</summary>
    private string? CommandLine() => Arguments[Parameters.Command.Name]?.ToString() is { Length: > 0 } command ? $"./{command}" : null;

    /// <summary>Every single value of report.json, in its order.</summary>
    private Section? Facts()
    {
        var rows = new StringBuilder();
        foreach (var (name, value) in Report)
            if (value is JsonValue)
                rows.Append($"<tr><th scope=\"row\">{Markup.Escape(name.Replace('_', ' '))}</th><td>{Markup.Escape(value.ToString())}</td></tr>\n");
        return rows.Length == 0 ? null : new("The run in figures",
            "From <code>report.json</code>, which also holds the split; the curves are in <code>results.csv</code> and <code>steps.csv</code>.",
            $"<div class=\"scroll\"><table class=\"facts\">\n<tbody>\n{rows}</tbody>\n</table></div>");
    }

    private string? Field(string name) => Report[name] is JsonValue value ? value.ToString() : null;

    private double? Number(string name) =>
        Report[name] is JsonValue value && value.GetValueKind() == JsonValueKind.Number ? JsonSerializer.Deserialize<double>(value) : null;

    private static string Duration(double seconds)
    {
        var time = TimeSpan.FromSeconds(seconds);
        return seconds < 60 ? Invariant($"{seconds:F1} s")
            : seconds < 3600 ? Invariant($"{time.Minutes} min {time.Seconds} s")
            : Invariant($"{(int)time.TotalHours} h {time.Minutes} min");
    }
}
