using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using FcnFromScratch.Data;

namespace FcnFromScratch.Training;

/// <summary>JSON as the program reads and writes it.</summary>
public static class Json
{
    /// <summary>For people to read too: indented, its text unescaped where that is safe.</summary>
    public static JsonSerializerOptions Indented { get; } = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>JSON has no NaN and no infinity: null.</summary>
    public static JsonNode? Number(double value) => double.IsFinite(value) ? value : null;

    /// <summary>The object that a text holds, each key once, all text Unicode: it can be looked at without surprise.</summary>
    /// <param name="name">Of the text, for messages.</param>
    /// <exception cref="DataException">It holds something else.</exception>
    public static JsonObject Object(ReadOnlySpan<byte> utf8, string name)
    {
        try
        {
            var content = JsonNode.Parse(utf8, documentOptions: new() { AllowDuplicateProperties = false });
            // Text is decoded when it is asked for; half a character must be told here, not wherever that is.
            ReadText(content);
            return content as JsonObject ?? throw Error("an object { … } was expected", null);
        }
        catch (JsonException e)
        {
            throw Error(e.LineNumber is { } line ? $"it is no JSON from line {line + 1}, byte {e.BytePositionInLine + 1} on" : "a key stands in it twice", e);
        }
        catch (InvalidOperationException e)
        {
            throw Error("a text in it is no Unicode", e);
        }

        DataException Error(string why, Exception? inner) => new($"{name} cannot be read: {why}.", inner);
    }

    private static void ReadText(JsonNode? node)
    {
        if (node is JsonObject members)
            foreach (var (_, member) in members) ReadText(member);
        else if (node is JsonArray items)
            foreach (var item in items) ReadText(item);
        else if (node?.GetValueKind() == JsonValueKind.String) node.GetValue<string>();
    }

    public static JsonArray Array<T>(IEnumerable<T> items) => [.. items.Select(item => item as JsonNode ?? JsonValue.Create(item))];
}
