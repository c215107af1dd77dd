using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Serve;

/// <summary>Files that grow line by line while somebody reads them.</summary>
internal static class RunTable
{
    /// <summary>The whole lines from a place on, and the place after them: half a line is left for the next time.</summary>
    public static (string[] Lines, long End) Lines(string path, long from)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (file.Length < from) from = 0; // begun anew
        file.Position = from;
        var bytes = new byte[file.Length - from];
        int read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false), end = bytes.AsSpan(0, read).LastIndexOf((byte)'\n') + 1;
        string text = Encoding.UTF8.GetString(bytes, 0, end);
        return (text.Length == 0 ? [] : text[..^1].Split('\n'), from + end);
    }

    /// <summary>Rows of a table of numbers, by the names of its columns; what is no number is null.</summary>
    public static (IReadOnlyList<JsonObject> Rows, long End) Read(string path, long from)
    {
        if (!File.Exists(path)) return ([], 0);
        var (lines, end) = Lines(path, from);
        if (lines.Length == 0) return ([], end);
        string[] header = Header(path).Split(',');
        return ([.. lines.Where(line => line[0] is >= '0' and <= '9').Select(line => Row(header, line))], end);
    }

    private static string Header(string path)
    {
        using var text = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return text.ReadLine() ?? "";
    }

    private static JsonObject Row(string[] header, string line) => new(header.Zip(line.Split(','), (name, text) =>
        KeyValuePair.Create(name, double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? Json.Number(value) : null)));
}

/// <summary>What was added to a run since it was last looked at.</summary>
internal sealed class RunFeed(string path)
{
    private long _steps, _epochs, _log;

    public List<(string Kind, JsonNode Data)> News()
    {
        var news = new List<(string, JsonNode)>();
        var (steps, stepsEnd) = RunTable.Read(Path.Combine(path, RunTables.StepsFile), _steps);
        if (steps.Count > 0) news.Add(("steps", RunFiles.Thinned(steps)));
        var (epochs, epochsEnd) = RunTable.Read(Path.Combine(path, RunTables.ResultsFile), _epochs);
        news.AddRange(epochs.Select(epoch => ("epoch", (JsonNode)epoch)));
        string log = Path.Combine(path, RunFolder.LogFile);
        if (File.Exists(log))
        {
            (string[] lines, _log) = RunTable.Lines(log, _log);
            news.AddRange(lines.Select(line => ("log", (JsonNode)new JsonObject { ["line"] = line })));
        }
        (_steps, _epochs) = (stepsEnd, epochsEnd);
        return news;
    }
}
