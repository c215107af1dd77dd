using System.Text.Json.Nodes;

namespace FcnFromScratch.App.Serve;

/// <summary>What was added to a run since it was last looked at.</summary>
internal sealed class RunFeed(RunFiles run)
{
    private long _steps, _epochs, _log;

    public List<(string Kind, JsonNode Data)> News()
    {
        var news = new List<(string, JsonNode)>();
        RunTable steps = run.Steps(_steps), epochs = run.Epochs(_epochs);
        if (steps.Rows.Count > 0) news.Add(("steps", RunFiles.Thinned(steps)));
        news.AddRange(epochs.ToJson().Select(epoch => ("epoch", (JsonNode)epoch)));
        (string[] lines, _log) = run.Log(_log);
        news.AddRange(lines.Select(line => ("log", (JsonNode)new JsonObject { ["line"] = line })));
        (_steps, _epochs) = (steps.End, epochs.End);
        return news;
    }
}
