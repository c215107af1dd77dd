using System.Text.Json;
using System.Text.Unicode;
using static FcnFromScratch.Data.ForeignText;

namespace FcnFromScratch.Data;

/// <summary>The JSON header of a safetensors file, checked entry by entry and then as a whole: the tensors must fill the data exactly.</summary>
internal static class SafetensorsHeader
{
    /// <summary>A tensor's place: bytes <paramref name="Begin"/> to <paramref name="End"/> after the header.</summary>
    public sealed record Entry(string Name, TensorType Type, long[] Shape, long Begin, long End);

    public static int SizeOf(TensorType type) => type switch
    {
        TensorType.U8 or TensorType.I8 => 1,
        TensorType.I32 or TensorType.F32 => 4,
        _ => 8,
    };

    /// <summary>Entries in the order of their data, which fills <paramref name="dataLength"/> bytes, and the metadata.</summary>
    public static (List<Entry>, IReadOnlyDictionary<string, string>) Parse(string path, byte[] header, long dataLength)
    {
        if (!Utf8.IsValid(header)) throw new DataException($"'{path}' has a header that is not UTF-8.");
        try
        {
            using var json = JsonDocument.Parse(header);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                throw new DataException($"'{path}' has a header that is not valid JSON: an object was expected.");
            var entries = new List<Entry>();
            var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
            var names = new HashSet<string>(StringComparer.Ordinal);
            foreach (var property in json.RootElement.EnumerateObject())
            {
                if (!names.Add(property.Name)) throw new DataException($"'{path}' has two tensors named {Quoted(property.Name)}.");
                if (property.Name == "__metadata__") ParseMetadata(path, property.Value, metadata);
                else entries.Add(ParseEntry(path, property.Name, property.Value));
            }
            // Stable by end as well, so that an empty tensor comes before the one that begins where it lies.
            entries = [.. entries.OrderBy(e => e.Begin).ThenBy(e => e.End)];
            CheckCoverage(path, entries, dataLength);
            return (entries, metadata);
        }
        // A name with half of a surrogate pair is valid JSON, but no text: the library reports it as an invalid operation.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The header is one line as all programs write it; the library's own words are for programmers.
            string where = e is JsonException { BytePositionInLine: { } at } ? $" from its byte {at} on" : "";
            throw new DataException($"'{path}' has a header that is not valid JSON{where}.", e);
        }
    }

    private static void ParseMetadata(string path, JsonElement element, Dictionary<string, string> metadata)
    {
        if (element.ValueKind != JsonValueKind.Object) throw new DataException($"'{path}' has metadata that is not an object of strings.");
        foreach (var pair in element.EnumerateObject())
        {
            if (pair.Value.ValueKind != JsonValueKind.String) throw new DataException($"'{path}' has metadata {Quoted(pair.Name)} that is not a string.");
            if (!metadata.TryAdd(pair.Name, pair.Value.GetString()!)) throw new DataException($"'{path}' has metadata {Quoted(pair.Name)} twice.");
        }
    }

    private static Entry ParseEntry(string path, string name, JsonElement element)
    {
        DataException Bad(string what) => new($"'{path}', tensor {Quoted(name)}: {what}");

        if (element.ValueKind != JsonValueKind.Object) throw Bad("an object of dtype, shape and data_offsets was expected.");
        string? typeName = null;
        long[]? shape = null, offsets = null;
        foreach (var field in element.EnumerateObject())
        {
            switch (field.Name)
            {
                case "dtype" when typeName is null && field.Value.ValueKind == JsonValueKind.String: typeName = field.Value.GetString(); break;
                case "shape" when shape is null: shape = ParseNumbers(field.Value) ?? throw Bad("its shape is not a list of whole numbers from 0."); break;
                case "data_offsets" when offsets is null:
                    offsets = ParseNumbers(field.Value) ?? throw Bad("its data_offsets are not whole numbers from 0.");
                    break;
                default: throw Bad($"its field {Quoted(field.Name)} is unknown, of the wrong kind or there twice.");
            }
        }
        if (typeName is null || shape is null || offsets is null) throw Bad("dtype, shape or data_offsets is missing.");
        if (!Enum.TryParse(typeName, out TensorType type) || type.ToString() != typeName)
            throw Bad($"unknown dtype {Quoted(typeName)}; read are {string.Join(", ", Enum.GetNames<TensorType>())}.");
        if (offsets.Length != 2) throw Bad($"data_offsets has {offsets.Length} numbers, 2 were expected.");
        if (offsets[1] < offsets[0]) throw Bad($"data_offsets run backwards, from {offsets[0]} to {offsets[1]}.");

        UInt128 bytes = (UInt128)SizeOf(type);
        foreach (long side in shape)
            if ((bytes *= (UInt128)side) > long.MaxValue) throw Bad($"the size of shape [{string.Join(", ", shape)}] overflows.");
        if (bytes != (UInt128)(offsets[1] - offsets[0]))
            throw Bad($"shape [{string.Join(", ", shape)}] of {type} needs {bytes} bytes, data_offsets give it {offsets[1] - offsets[0]}.");
        return new Entry(name, type, shape, offsets[0], offsets[1]);
    }

    private static long[]? ParseNumbers(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Array) return null;
        var numbers = new long[element.GetArrayLength()];
        int at = 0;
        foreach (var item in element.EnumerateArray())
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out numbers[at++]) || numbers[at - 1] < 0) return null;
        return numbers;
    }

    private static void CheckCoverage(string path, List<Entry> entries, long dataLength)
    {
        long end = 0;
        foreach (var entry in entries)
        {
            if (entry.Begin < end)
            {
                throw new DataException($"'{path}', tensor {Quoted(entry.Name)}: its data from byte {entry.Begin} overlaps the tensor before, "
                    + $"which ends at {end}.");
            }
            if (entry.Begin > end) throw new DataException($"'{path}', tensor {Quoted(entry.Name)}: a hole of {entry.Begin - end} bytes lies before its data.");
            end = entry.End;
        }
        if (end > dataLength) throw new DataException($"'{path}' is truncated: its tensors end at byte {end} of the data, {dataLength} are there.");
        if (end < dataLength) throw new DataException($"'{path}' goes on after its last tensor: {dataLength} bytes of data, the tensors end at {end}.");
    }
}
