using System.Globalization;
using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Serve;

/// <summary>A run as its folder shows it to somebody who only reads.</summary>
/// <param name="startedHere">Whether it is in progress in this process.</param>
internal sealed class RunFiles(ITask task, string path, bool startedHere)
{
    private const int MostPoints = 500, MostLines = 200, MostLogBytes = 1 << 16;

    // Looked at several times, and once is enough: thousands of numbers say which image is in which part.
    private readonly Lazy<JsonObject?> _report = new(() => Read(System.IO.Path.Combine(path, RunFolder.ReportFile)));

    public ITask Task => task;
    public string Path => path;

    /// <summary>Files that may be read, of those that the run left.</summary>
    public IReadOnlyList<string> Names =>
    [
        .. RunReport.Files.Concat(task.ReportFiles)
            .Concat([RunFolder.ReportFile, RunFolder.ArgumentsFile, RunFolder.LogFile, RunTables.ResultsFile, RunTables.StepsFile])
            .Where(file => File.Exists(At(file))),
    ];

    /// <summary>"complete" when its report says so; "running" while a process holds it; else "stopped".</summary>
    public string State => Report is { } report && report["complete"]?.ToString() == "true" ? "complete"
        : startedHere || RunFolder.IsHeld(path) ? "running" : "stopped";

    private JsonObject? Report => _report.Value;

    public JsonObject Summary()
    {
        var (report, arguments) = (Report, Read(At(RunFolder.ArgumentsFile)));
        var metric = task.Metrics[0];
        object? score = (report?["test"] as JsonObject)?[metric.Key];
        return new JsonObject
        {
            ["path"] = $"{task.Name}/{System.IO.Path.GetFileName(path)}",
            ["task"] = task.Name,
            ["model"] = arguments?["model"]?.DeepClone(),
            ["state"] = State,
            ["started_here"] = startedHere,
            ["epochs"] = Epochs(0).Rows.Count,
            ["epochs_planned"] = report?["epochs_planned"]?.DeepClone() ?? arguments?["epochs"]?.DeepClone(),
            ["changed"] = Changed.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
            ["score"] = score is JsonValue value ? new JsonObject { ["name"] = metric.Name, ["value"] = value.DeepClone() } : null,
        };
    }

    public JsonObject ToJson()
    {
        var told = Summary();
        Report?.Remove("split");
        told["arguments"] = Read(At(RunFolder.ArgumentsFile));
        told["metrics"] = Json.Array(task.Metrics.Select(m => m.Name));
        told["epochs"] = Json.Array(Epochs(0).ToJson());
        told["steps"] = Thinned(Steps(0));
        told["log"] = Json.Array(LastLines());
        told["report"] = Report;
        told["files"] = Json.Array(Names);
        return told;
    }

    /// <summary>Its epochs from a place of their file on.</summary>
    public RunTable Epochs(long from) => RunTable.Read(At(RunTables.ResultsFile), RunTables.ResultsHeaderOf(task.Metrics), from);

    /// <summary>Its steps from a place of their file on.</summary>
    public RunTable Steps(long from) => RunTable.Read(At(RunTables.StepsFile), RunTables.StepsHeader, from);

    /// <summary>Its log from a place of the file on, and the place after it.</summary>
    public (string[] Lines, long End) Log(long from) => File.Exists(At(RunFolder.LogFile)) ? RunTable.Lines(At(RunFolder.LogFile), from) : ([], 0);

    /// <summary>So few points that a page can draw them: means of stretches of one length.</summary>
    public static JsonObject Thinned(RunTable steps)
    {
        int stretch = Math.Max(1, (steps.Rows.Count + MostPoints - 1) / MostPoints);
        int step = Array.IndexOf(steps.Columns, "step"), loss = Array.IndexOf(steps.Columns, "loss");
        var points = steps.Rows.Chunk(stretch).ToArray();
        return new JsonObject
        {
            ["step"] = Json.Array(points.Select(p => Json.Number(p[^1][step]))),
            ["loss"] = Json.Array(points.Select(p => Json.Number(p.Average(row => row[loss])))),
        };
    }

    private IEnumerable<string> LastLines()
    {
        long from = File.Exists(At(RunFolder.LogFile)) ? Math.Max(0, new FileInfo(At(RunFolder.LogFile)).Length - MostLogBytes) : 0;
        return Log(from).Lines.Skip(from > 0 ? 1 : 0).TakeLast(MostLines); // the first may be half a line
    }

    private DateTime Changed => new[] { RunFolder.ArgumentsFile, RunTables.StepsFile, RunFolder.ReportFile, RunFolder.LogFile }
        .Select(file => File.GetLastWriteTimeUtc(At(file))).Max();

    private string At(string file) => System.IO.Path.Combine(path, file);

    private static JsonObject? Read(string file)
    {
        try
        {
            return File.Exists(file) ? Json.Object(InputFile.Read(file), file) : null;
        }
        catch (DataException)
        {
            return null; // damaged, or of another program
        }
    }
}
