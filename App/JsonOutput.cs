using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FcnFromScratch.App;

/// <summary>A result for programs: one JSON value on standard output and nothing else. docs/command.md has each command's keys.</summary>
public static class JsonOutput
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Option<bool> Option() => CommandLine.Flag("--json", "print one JSON value and nothing else");

    public static void Print(JsonNode value) => Console.WriteLine(value.ToJsonString(s_indented));

    /// <summary>JSON has no NaN and no infinity: null.</summary>
    public static JsonNode? Number(double value) => double.IsFinite(value) ? value : null;

    public static JsonArray Array(IEnumerable<JsonNode?> items) => [.. items];
}
