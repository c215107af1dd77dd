using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FcnFromScratch.Training;

/// <summary>JSON as the program writes it.</summary>
public static class Json
{
    /// <summary>For people to read too: indented, its text unescaped where that is safe.</summary>
    public static JsonSerializerOptions Indented { get; } = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>JSON has no NaN and no infinity: null.</summary>
    public static JsonNode? Number(double value) => double.IsFinite(value) ? value : null;

    public static JsonArray Array<T>(IEnumerable<T> items) => [.. items.Select(item => item as JsonNode ?? JsonValue.Create(item))];
}
