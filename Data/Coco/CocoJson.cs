using System.Text.Json;
using System.Text.Unicode;
using static FcnFromScratch.Data.ForeignText;

namespace FcnFromScratch.Data;

/// <summary>The content of a COCO file, every entry checked; what else stands in it is not looked at.</summary>
internal sealed class CocoJson
{
    /// <summary>Lists and objects in one another; COCO's own go 5 deep.</summary>
    private const int MostDepth = 64;

    /// <summary>Pixels by which a box may pass its picture's edge, to be cut off there: some programs round up, others count from 1.</summary>
    private const double Slack = 1;

    public sealed record Image(long Id, string File, int? Width, int? Height, List<Annotation> Annotations);

    public sealed record Annotation(long Id, int Class, Box Box, double Area, bool IsCrowd)
    {
        /// <exception cref="DataException">It lies outside the picture.</exception>
        public SceneObject ToObject(Picture picture, string path)
        {
            var (xMin, yMin, xMax, yMax) = Box;
            var cut = new Box(Math.Max(0, xMin), Math.Max(0, yMin), Math.Min(picture.Width, xMax), Math.Min(picture.Height, yMax));
            bool isInside = xMin >= -Slack && yMin >= -Slack && xMax <= picture.Width + Slack && yMax <= picture.Height + Slack;
            if (isInside && cut.Width > 0 && cut.Height > 0) return new SceneObject(cut, Class, Area, IsCrowd);
            throw new DataException(FormattableString.Invariant($"'{path}': annotation {Id} has a box from ({xMin}, {yMin}) to ({xMax}, {yMax}), ")
                + $"outside its picture of {picture.Width}×{picture.Height} pixels.");
        }
    }

    private readonly string _path;
    private readonly Dictionary<long, int> _classes = [];

    private CocoJson(string path, JsonElement root)
    {
        _path = path;
        if (root.ValueKind != JsonValueKind.Object) throw Bad("an object { … } was expected.");
        Categories = [.. Entries(root, "categories").Select(ToCategory).OrderBy(category => category.Id)];
        if (Categories.Count == 0) throw Bad("it has no categories.");
        foreach (var (index, category) in Categories.Index())
            if (!_classes.TryAdd(category.Id, index)) throw Bad($"category id {category.Id} stands in it twice.");
        if (ClassNames.Fault([.. Categories.Select(category => category.Name)]) is { } fault) throw Bad($"{fault}.");

        var images = new Dictionary<long, Image>();
        foreach (var image in Entries(root, "images").Select(ToImage))
            if (!images.TryAdd(image.Id, image)) throw Bad($"image id {image.Id} stands in it twice.");
        if (images.Count == 0) throw Bad("it has no images.");
        if (Repeated(images.Values.Select(image => image.File)) is { } file) throw Bad($"two images are the file {Quoted(file)}.");
        Images = images.Values;

        var ids = new HashSet<long>();
        foreach (var entry in Entries(root, "annotations"))
        {
            var annotation = ToAnnotation(entry);
            if (!ids.Add(annotation.Id)) throw Bad($"annotation id {annotation.Id} stands in it twice.");
            long image = Whole(entry.Item, "image_id", $"annotation {annotation.Id}");
            if (!images.TryGetValue(image, out var home)) throw Bad($"annotation {annotation.Id} is in image {image}, which is not among its images.");
            home.Annotations.Add(annotation);
        }
    }

    /// <summary>In the order of their ids.</summary>
    public IReadOnlyList<CocoCategory> Categories { get; }

    /// <summary>In the order of the file.</summary>
    public IEnumerable<Image> Images { get; }

    /// <param name="path">For messages.</param>
    /// <exception cref="DataException">It is no JSON, or none of COCO's, or disagrees with itself.</exception>
    public static CocoJson Parse(byte[] json, string path)
    {
        // Some editors leave a mark of the encoding.
        ReadOnlyMemory<byte> text = json is [0xEF, 0xBB, 0xBF, ..] ? json.AsMemory(3) : json;
        if (!Utf8.IsValid(text.Span)) throw new DataException($"'{path}' is no UTF-8 text.");
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = MostDepth, AllowDuplicateProperties = false });
            return new CocoJson(path, document.RootElement);
        }
        catch (JsonException e)
        {
            throw new DataException($"'{path}' cannot be read: {WhyNot(text.Span, e)}.", e);
        }
        // Half of a surrogate pair is valid JSON, but no text: the library reports it as an invalid operation.
        catch (InvalidOperationException e)
        {
            throw new DataException($"'{path}' cannot be read: a text in it is no Unicode.", e);
        }
    }

    /// <summary>What a parser does not say in words for users.</summary>
    private static string WhyNot(ReadOnlySpan<byte> text, JsonException error)
    {
        if (error.LineNumber is not { } line) return "a key stands in an object twice";
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = MostDepth });
        try
        {
            while (reader.Read()) { }
        }
        catch (JsonException) { } // once more, to see how far it comes
        var rest = text[(int)reader.BytesConsumed..].TrimStart(" \t\r\n:,"u8);
        // A list does not count as deeper at its own bracket.
        if (reader.CurrentDepth >= MostDepth - 1 && rest is [(byte)'[' or (byte)'{', ..])
            return $"lists and objects lie in one another more than {MostDepth} deep";
        rest = rest.TrimStart("[-"u8);
        string number = rest.StartsWith("NaN"u8) || rest.StartsWith("Infinity"u8) ? "; NaN and Infinity are no numbers" : "";
        return $"it is no JSON from line {line + 1}, byte {error.BytePositionInLine + 1} on{number}";
    }

    private static string? Repeated(IEnumerable<string> names)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return names.FirstOrDefault(name => !seen.Add(name));
    }

    private IEnumerable<(JsonElement Item, string What)> Entries(JsonElement root, string key)
    {
        if (!root.TryGetProperty(key, out var list) || list.ValueKind != JsonValueKind.Array) throw Bad($"it has no list '{key}'.");
        foreach (var (index, item) in list.EnumerateArray().Index())
        {
            string what = $"entry {index + 1} of '{key}'";
            yield return item.ValueKind == JsonValueKind.Object ? (item, what) : throw Bad($"{what} is no object {{ … }}.");
        }
    }

    private CocoCategory ToCategory((JsonElement Item, string What) entry) =>
        new(Whole(entry.Item, "id", entry.What), Text(entry.Item, "name", entry.What));

    private Image ToImage((JsonElement Item, string What) entry) => new(
        Whole(entry.Item, "id", entry.What), Text(entry.Item, "file_name", entry.What), Side(entry, "width"), Side(entry, "height"), []);

    private Annotation ToAnnotation((JsonElement Item, string What) entry)
    {
        var (item, _) = entry;
        long id = Whole(item, "id", entry.What), category = Whole(item, "category_id", $"annotation {id}");
        if (!_classes.TryGetValue(category, out int label)) throw Bad($"annotation {id} is of category {category}, which is not among its categories.");
        bool hasBox = item.TryGetProperty("bbox", out var list) && list.ValueKind == JsonValueKind.Array;
        double[] sides = hasBox ? [.. list.EnumerateArray().Select(Number)] : [];
        if (sides is not [var x, var y, var width, var height] || !double.IsFinite(x + width) || !double.IsFinite(y + height))
            throw Bad($"annotation {id} has no 'bbox' of four numbers: left, top, width, height.");
        if (!(width > 0 && height > 0))
            throw Bad(FormattableString.Invariant($"annotation {id} has a box of {width}×{height} pixels; both sides must be larger than 0."));
        double area = item.TryGetProperty("area", out var given) && given.ValueKind != JsonValueKind.Null ? Number(given) : width * height;
        if (!(double.IsFinite(area) && area >= 0)) throw Bad($"annotation {id} has an 'area' that is no number from 0 on.");
        return new Annotation(id, label, new Box(x, y, x + width, y + height), area, IsCrowd(item, id));
    }

    private bool IsCrowd(JsonElement annotation, long id)
    {
        if (!annotation.TryGetProperty("iscrowd", out var value)) return false;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
        double number = Number(value);
        return number is 0 or 1 ? number == 1 : throw Bad($"annotation {id} has an 'iscrowd' that is neither 0 nor 1.");
    }

    private int? Side((JsonElement Item, string What) image, string key)
    {
        if (!image.Item.TryGetProperty(key, out _)) return null;
        long side = Whole(image.Item, key, image.What);
        return side is >= 1 and <= Picture.MostPixels ? (int)side : throw Bad($"{image.What} has a '{key}' of {side}; 1 to {Picture.MostPixels} can be.");
    }

    private long Whole(JsonElement item, string key, string what) =>
        item.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number)
            ? number : throw Bad($"{what} has no '{key}' that is a whole number.");

    private string Text(JsonElement item, string key, string what) =>
        item.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
            ? text : throw Bad($"{what} has no '{key}' that is a text.");

    /// <summary>NaN for what is no number.</summary>
    private static double Number(JsonElement value) => value.ValueKind == JsonValueKind.Number ? value.GetDouble() : double.NaN;

    private DataException Bad(string what) => new($"'{_path}': {what}");
}
