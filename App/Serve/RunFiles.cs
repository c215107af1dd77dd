using System.Globalization;
using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Serve;

/// <summary>A run as its folder shows it to somebody who only reads.</summary>
/// <param name="startedHere">Whether it is in progress in this process.</param>
internal sealed class RunFiles(ITask task, string path, bool startedHere)
{
    private const int MostPoints = 500, MostLines = 200;

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

    private JsonObject? Report => Read(RunFolder.ReportFile);

    public JsonObject Summary()
    {
        var (report, arguments) = (Report, Read(RunFolder.ArgumentsFile));
        var metric = task.Metrics[0];
        string[] rows = Rows(RunTables.ResultsFile);
        return new JsonObject
        {
            ["path"] = $"{task.Name}/{System.IO.Path.GetFileName(path)}",
            ["task"] = task.Name,
            ["model"] = arguments?["model"]?.DeepClone(),
            ["state"] = State,
            ["started_here"] = startedHere,
            ["epochs"] = Math.Max(0, rows.Length - 1),
            ["epochs_planned"] = report?["epochs_planned"]?.DeepClone() ?? arguments?["epochs"]?.DeepClone(),
            ["changed"] = Changed.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
            ["score"] = report?["test"]?[metric.Key] is JsonValue score ? new JsonObject { ["name"] = metric.Name, ["value"] = score.DeepClone() } : null,
        };
    }

    public JsonObject ToJson()
    {
        var told = Summary();
        var report = Report;
        report?.Remove("split"); // which image is in which part: thousands of numbers that nobody looks at
        told["arguments"] = Read(RunFolder.ArgumentsFile);
        told["metrics"] = Json.Array(task.Metrics.Select(m => m.Name));
        told["epochs"] = Json.Array(RunTable.Read(At(RunTables.ResultsFile), 0).Rows);
        told["steps"] = Thinned(RunTable.Read(At(RunTables.StepsFile), 0).Rows);
        told["log"] = Json.Array(Rows(RunFolder.LogFile).TakeLast(MostLines));
        told["report"] = report;
        told["files"] = Json.Array(Names);
        return told;
    }

    /// <summary>So few points that a page can draw them: means of stretches of one length.</summary>
    public static JsonObject Thinned(IReadOnlyList<JsonObject> steps)
    {
        int stretch = Math.Max(1, (steps.Count + MostPoints - 1) / MostPoints);
        var points = steps.Chunk(stretch).ToArray();
        return new JsonObject
        {
            ["step"] = Json.Array(points.Select(p => p[^1]["step"]!.DeepClone())),
            ["loss"] = Json.Array(points.Select(p => Json.Number(p.Average(row => row["loss"]?.GetValue<double>() ?? double.NaN)))),
        };
    }

    private DateTime Changed => new[] { RunFolder.ArgumentsFile, RunTables.StepsFile, RunFolder.ReportFile, RunFolder.LogFile }
        .Select(file => File.GetLastWriteTimeUtc(At(file))).Max();

    private string At(string file) => System.IO.Path.Combine(path, file);

    private string[] Rows(string file) => File.Exists(At(file)) ? RunTable.Lines(At(file), 0).Lines : [];

    private JsonObject? Read(string file)
    {
        try
        {
            return File.Exists(At(file)) ? Json.Object(InputFile.Read(At(file)), At(file)) : null;
        }
        catch (DataException)
        {
            return null; // damaged, or of another program
        }
    }
}
