using System.Globalization;
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

    /// <inheritdoc cref="TaskData.Stages"/>
    public IReadOnlyList<(string Name, double From)> Stages { get; init; } = [];

    /// <summary>How the model was solved; null where it was trained.</summary>
    public Section? Solution { get; init; }

    /// <summary>Writes the files, each whole or not at all.</summary>
    /// <exception cref="DataException">The folder is missing or read-only, or the disk is full.</exception>
    public void Write(string folder)
    {
        foreach (var (name, content) in Test?.Files ?? []) WriteFile(name, content);
        var curves = Epochs.Count == 0 && Steps.Count == 0 ? null : Curves();
        if (curves is not null) WriteFile(CurvesFile, Encoding.UTF8.GetBytes(curves.Draw().ToFile()));
        WriteFile(PageFile, Encoding.UTF8.GetBytes(Page(folder, curves)));

        void WriteFile(string file, byte[] content) => AtomicFile.Write(Path.Combine(folder, file), stream => stream.Write(content));
    }

    /// <summary>Loss, the task's metrics and the learning rate over the epochs.</summary>
    internal CurvesChart Curves()
    {
        double lastStep = Steps.Count > 0 ? Steps[^1].Step / (double)StepsPerEpoch : 0;
        double end = Math.Max(lastStep, Epochs.Count > 0 && Steps.Count == 0 ? Epochs[^1].Epoch : 0);
        if (end == 0) end = 1;
        // A run of fewer steps than its epochs have ends within its last epoch.
        (double, double)[] ByEpoch(Func<EpochResult, double> figure) => [.. Epochs.Select(e => (Math.Min(e.Epoch, end), figure(e)))];
        (double, double)[] ByStep(Func<StepResult, double> figure) => [.. Steps.Select(s => (s.Step / (double)StepsPerEpoch, figure(s)))];

        // Of shares that are good near 1 the last of the way matters most; anything else, and what should fall, has an even scale.
        bool areShares = Task.Metrics.All(m => m.HigherIsBetter) && !Epochs.SelectMany(e => e.Metrics).Any(figure => figure > 1);
        var metrics = Task.Metrics.Select((m, i) => new Curve(m.Name, $"curve {s_colours[i % s_colours.Length]}", ByEpoch(e => e.Metrics[i])));
        var learningRate = Steps.Count > 0
            ? new Curve("", "curve blue", ByStep(s => s.LearningRate), HasDots: false)
            : new Curve("", "curve blue", ByEpoch(e => e.LearningRate));
        return new("Loss, validation metrics and learning rate over the epochs", end,
            new Panel("Loss (logarithmic)",
                [
                    new("each step", "faint blue", ByStep(s => s.Loss), HasDots: false), new("train", "curve blue", ByEpoch(e => e.TrainLoss)),
                    new("validation", "curve orange", ByEpoch(e => e.ValidationLoss)),
                ], AxisScale.Logarithmic),
            areShares ? new Panel("Validation (logarithmic towards 1)", [.. metrics], AxisScale.TowardsOne) : new Panel("Validation", [.. metrics]),
            new Panel("Learning rate", [learningRate]), Stages);
    }

    private string Page(string folder, CurvesChart? curves)
    {
        var page = new Page($"FcnFromScratch · {Task.Title}", $"{Field("model") ?? "network"} on {Field("dataset") ?? "its data"}");
        if (Test is not null)
        {
            page.Headline(Test.Headline, Test.PlusMinus);
            page.Lead(Markup.Escape(Test.Meaning));
        }
        else page.Lead("This run has not been measured on the test images: it was stopped before, or was told not to evaluate.");
        if (Field("overlap") is { } overlap) page.Lead($"<span class=\"alarm\">Not to be trusted: {Markup.Escape(overlap)}.</span>");
        if (Trained() is { } trained) page.Lead(trained);
        page.Cards([.. Test?.Cards ?? [], .. Cards()]);
        foreach (var section in Test?.Sections ?? []) page.Section(section);
        if (Solution is { } solution) page.Section(solution);
        if (curves is not null) page.Section(new("How it learned", CurvesNote(), $"{Section.Chart(curves.Draw(), curves.DrawNarrow())}\n{EpochTable()}"));
        page.Section(GoOn(folder));
        page.Section(LeftBehind(folder));
        if (Facts() is { } facts) page.Section(facts);
        return page.End();
    }

    private IEnumerable<Card> Cards()
    {
        if (Number("wall_seconds") is { } seconds) yield return new($"in all, on {Field("device") ?? "the device"}", Duration(seconds));
        if (Number("images_per_second") is { } speed) yield return new("images a second", Invariant($"{speed:N0}"));
        if (Number("milliseconds_per_image") is { } latency) yield return new("one image is read in", Invariant($"{latency:G3} ms"));
        if (Number("kept") is { } kept) yield return new("samples kept", Invariant($"{kept:N0}"));
        else if (Number("parameters") is { } parameters) yield return new("weights", Invariant($"{parameters:N0}"));
    }

    /// <summary>How long, on what and by which command, as far as the report says.</summary>
    private string? Trained()
    {
        if (Field("epochs") is not { } epochs) return null;
        string device = Field("device_description") is { } description ? $"{Field("device")} ({description})" : Field("device") ?? "its device";
        string command = CommandLine() is { } line ? $": <code>{Markup.Escape(line)}</code>" : "";
        var train = Report["split"]?["train"] as JsonArray;
        if (Number("kept") is { } kept)
            return Markup.Escape(Invariant($"Made of {train?.Count:N0} images, of which it keeps {kept:N0}, on {device}")) + command;
        string steps = Number("steps") is { } n ? Invariant($" ({n:N0} steps)") : "";
        string images = train is null ? "" : Invariant($" on {Seen(train.Count):N0} images");
        return $"Trained for {Markup.Escape($"{epochs} {(epochs == "1" ? "epoch" : "epochs")}{steps}{images}, on {device}")}{command}";
    }

    /// <summary>Images that were trained on: fewer than there are where a run is short.</summary>
    private double Seen(int count) => Number("steps") is { } steps && Arguments[Parameters.Batch.Name] is JsonValue value && value.TryGetValue(out int batch)
        ? Math.Min(count, steps * batch) : count;

    private string CurvesNote()
    {
        string kept = BestEpoch() is not { } best ? ""
            : Invariant($"The weights kept are those of epoch {best.Epoch}, the best on the validation images: {Task.Choice.Name} {best.Of(Task.Choice):F4}. ");
        return Markup.Escape($"{kept}The thin line is the loss of single steps; the learning rate follows its schedule. "
            + "Point at an epoch, or tap it, for its figures.");
    }

    private EpochResult? BestEpoch()
    {
        EpochResult? best = null;
        foreach (var epoch in Epochs)
        {
            double figure = epoch.Of(Task.Choice);
            if (double.IsFinite(figure) && Task.Choice.IsBetter(figure, best?.Of(Task.Choice) ?? double.NaN)) best = epoch;
        }
        return best;
    }

    /// <summary>A line for each epoch, folded up; empty where there is none.</summary>
    private string EpochTable()
    {
        if (Epochs.Count == 0) return "";
        string[] names = ["train loss", "validation loss", .. Task.Metrics.Select(m => m.Name), "learning rate", "images/s", "seconds"];
        string heads = string.Concat(names.Select(name => $"<th scope=\"col\" class=\"number\">{Markup.Escape(name)}</th>"));
        var best = BestEpoch();
        var rows = new StringBuilder();
        foreach (var e in Epochs)
        {
            string[] figures =
            [
                Figure(e.TrainLoss, "F4"), Figure(e.ValidationLoss, "F4"), .. e.Metrics.Select(figure => Figure(figure, "F4")),
                Figure(e.LearningRate, "0.##e0"), Figure(e.ImagesPerSecond, "F0"), Figure(e.Seconds, "F1"),
            ];
            var cells = names.Zip(figures, (name, figure) => $"<td class=\"number\" data-name=\"{Markup.Escape(name)}\">{figure}</td>");
            var (style, word) = e == best ? (" class=\"best\"", ", the best") : ("", "");
            rows.Append($"<tr{style}><th scope=\"row\">epoch {e.Epoch}{word}</th>{string.Concat(cells)}</tr>\n");
        }
        return $"""
            <details><summary>Each epoch in figures</summary>
            <table class="reflow">
            <thead><tr><th scope="col"></th>{heads}</tr></thead>
            <tbody>
            {rows}</tbody>
            </table></details>
            """;

        static string Figure(double value, string format) => double.IsFinite(value) ? value.ToString(format, CultureInfo.InvariantCulture) : "–";
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
            : CanExtend ? [("Train it for five more epochs", $"{resume} --extend 5")] : [];
        List<(string What, string Line)> commands =
        [
            .. further,
            ("Read a picture of your own, of any size", $"./fcn predict picture.png --weights {weights} --out seen.png"),
            ("Measure the weights again", $"./fcn val --weights {weights}{data}"),
        ];
        if (CommandLine() is { } command)
            commands.Insert(0, ("Repeat this run, bit for bit on the same device", string.Join(" && ", extensions.Prepend(command))));
        var rows = commands.Select(c => $"<dt>{c.What}</dt>\n<dd><code>{Markup.Escape(c.Line)}</code></dd>\n");
        return new("Run it again, use it",
            "In the folder of the project, with the <code>./fcn</code> there; the run lay where the commands say when this was written.",
            $"<dl class=\"commands\">\n{string.Concat(rows)}</dl>");
    }

    private bool CanExtend => Arguments["steps"]?.ToString() is null or "0"
        && Task.Models.FirstOrDefault(model => model.Name == Field("model")) is null or { FollowsGradients: true };

    /// <summary>Links that hold wherever the run folder goes, to the files that are in it.</summary>
    private Section LeftBehind(string folder)
    {
        (string Name, string What)[] known =
        [
            ("weights/best.safetensors", " – the weights of the best epoch, for prediction"),
            ("weights/last.safetensors", " – those of the last step, with all that resuming needs"),
            ("weights/solution.safetensors", " – what the solver found, part by part"),
            .. Test?.Files.Select(file => (file.Name, "")) ?? [], (CurvesFile, ""), ("results.csv", " – a line for each epoch"),
            ("steps.csv", " – a line for each step"), ("args.json", " – what the run was told"), ("log.txt", ""),
            // Written last of all, since it says that the run is complete.
            (RunFolder.ReportFile, " – the figures, and how the images were split"),
        ];
        var links = known.Where(file => file.Name == RunFolder.ReportFile || File.Exists(Path.Combine(folder, file.Name)))
            .Select(file => $"<li><a href=\"{Markup.Escape(file.Name)}\">{Markup.Escape(file.Name)}</a>{file.What}</li>\n");
        return new("What it left", "Beside this page, in the folder of the run:", $"<ul class=\"files\">\n{string.Concat(links)}</ul>");
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
            $"<div class=\"table\"><table class=\"facts reflow\">\n<tbody>\n{rows}</tbody>\n</table></div>");
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
