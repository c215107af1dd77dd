using System.Text.Encodings.Web;
using System.Text.Json;

namespace FcnFromScratch.Data;

/// <summary>
/// Writes scenes as a COCO set: instances.json, the pictures in images/ and, if wanted, in masks/ which digit of the scene, counted from 1, has the most ink
/// at each pixel, and 0 where none has.
/// </summary>
public static class SceneWriter
{
    private const string FileName = "instances.json", Images = "images", Masks = "masks", Pattern = "scene-*.png";

    /// <summary>Fails unless <see cref="Write"/> may write into the folder, so that this is known before scenes are made.</summary>
    /// <exception cref="DataException">A set is there and may not be replaced.</exception>
    public static void CheckFree(string folder, bool replace)
    {
        if (!replace && There(folder).FirstOrDefault() is { } name)
            throw new DataException($"'{Path.Combine(folder, name)}' exists; choose another --out, or replace the set with --exist-ok.");
    }

    /// <summary>
    /// Writes scenes 0 … count − 1, those of <see cref="SceneSource.Fixed"/>, beside <paramref name="folder"/>'s own files and then puts them in their place,
    /// so that a failure while writing leaves the old set. The folder is made where it is missing.
    /// </summary>
    /// <param name="about">What they are made of, for people.</param>
    /// <returns>How many digits they have in all, and how many more found no place.</returns>
    /// <exception cref="DataException">Files are in the way (see <see cref="CheckFree"/>), scenes cannot be drawn, or the disk refuses.</exception>
    public static (int Digits, int Missing) Write(
        SceneMaker maker, SceneOptions options, int count, string about, string folder, bool masks, bool replace = false)
    {
        CheckFree(folder, replace);
        maker.ExpectRoom(options);
        using var work = new WorkFolder(folder);
        string[] homes = masks ? [Images, Masks] : [Images];
        foreach (string home in homes) work.Make(home);
        var (width, height) = options.Canvas;
        var (pixels, owners, room) = (new byte[options.Canvas.Area], masks ? new byte[options.Canvas.Area] : [], new SceneDigit[options.Digits.High]);
        var digits = new List<(int Scene, SceneDigit Digit)>();
        int allMissing = 0;
        for (int scene = 0; scene < count; scene++)
        {
            var (drawn, missing) = maker.Draw(options, 0, scene, pixels, room, owners);
            allMissing += missing;
            digits.AddRange(room.Take(drawn).Select(digit => (scene, digit)));
            work.Write(Path.Combine(Images, NameOf(scene)), Png.Encode(new Picture(width, height, 1, pixels)));
            if (masks) work.Write(Path.Combine(Masks, NameOf(scene)), Png.Encode(new Picture(width, height, 1, owners)));
        }
        AtomicFile.Write(work[FileName], stream => WriteJson(stream, options.Canvas, count, digits, about));
        foreach (string home in homes) AtomicFile.MakeFolder(Path.Combine(folder, home));
        // Without its JSON a set is none: that goes first and comes last.
        IEnumerable<string> made = homes.SelectMany(home => Enumerable.Range(0, count).Select(scene => Path.Combine(home, NameOf(scene))));
        work.Replace([.. There(folder).Concat(made).Where(name => name != FileName).Distinct(), FileName]);
        return (digits.Count, allMissing);
    }

    private static string NameOf(int scene) => $"scene-{scene:D6}.png";

    /// <summary>The files of a set that are there, no others: the first is the JSON, if it is.</summary>
    private static IEnumerable<string> There(string folder)
    {
        if (File.Exists(Path.Combine(folder, FileName))) yield return FileName;
        foreach (string home in new[] { Images, Masks }.Where(home => Directory.Exists(Path.Combine(folder, home))))
            foreach (string path in Directory.EnumerateFiles(Path.Combine(folder, home), Pattern).Order(StringComparer.Ordinal))
                yield return Path.Combine(home, Path.GetFileName(path));
    }

    /// <summary>Ids count from 1, as other programs take 0 for the background; the category of a digit is the digit and 1.</summary>
    private static void WriteJson(Stream stream, CanvasSize canvas, int count, List<(int Scene, SceneDigit Digit)> digits, string about)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteStartObject("info");
        json.WriteString("description", about);
        json.WriteEndObject();
        json.WriteStartArray("categories");
        foreach (var (digit, name) in SceneSource.DigitNames.Index())
        {
            json.WriteStartObject();
            json.WriteNumber("id", digit + 1);
            json.WriteString("name", name);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("images");
        for (int scene = 0; scene < count; scene++)
        {
            json.WriteStartObject();
            json.WriteNumber("id", scene + 1);
            json.WriteString("file_name", NameOf(scene));
            json.WriteNumber("width", canvas.Width);
            json.WriteNumber("height", canvas.Height);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("annotations");
        foreach (var (index, (scene, digit)) in digits.Index())
        {
            json.WriteStartObject();
            json.WriteNumber("id", index + 1);
            json.WriteNumber("image_id", scene + 1);
            json.WriteNumber("category_id", digit.Digit + 1);
            json.WriteStartArray("bbox");
            foreach (int side in (int[])[digit.XMin, digit.YMin, digit.XMax - digit.XMin, digit.YMax - digit.YMin]) json.WriteNumberValue(side);
            json.WriteEndArray();
            json.WriteNumber("area", digit.Area);
            json.WriteNumber("iscrowd", 0);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
