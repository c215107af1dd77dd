using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using static System.FormattableString;

namespace FcnFromScratch.App;

/// <summary>What a data folder holds, for people in lines and for programs as JSON; what is missing comes with the command that gets it.</summary>
public sealed class DataReport
{
    private readonly List<string> _lines = [];

    private DataReport() { }

    /// <summary>False when a part is there and cannot be used.</summary>
    public bool IsSound { get; private set; } = true;

    public IReadOnlyList<string> Lines() => _lines;

    public JsonObject Json { get; } = [];

    /// <param name="folder">A data folder; null for the procedural digits.</param>
    /// <exception cref="DataException">There is no such folder.</exception>
    public static DataReport Of(string? folder)
    {
        var report = new DataReport();
        report.Json["folder"] = folder;
        if (folder is null)
        {
            var (data, source) = CommonOptions.OpenData(null);
            report._lines.Add(source);
            report.Json["procedural"] = report.Describe(data);
            return report;
        }
        if (!Directory.Exists(folder) && !Npz.Is(folder)) throw new DataException($"there is no data folder '{folder}'; 'fcn data get mnist --out {folder}' makes it.");
        report._lines.Add($"data {(Npz.Is(folder) ? "file" : "folder")} {folder}");
        string home = Npz.FolderOf(folder);
        report.Add("mnist", $"fcn data get mnist --out {home}", MnistData.Locate(folder).Count > 0, () => report.Mnist(folder));
        report.Add("m2nist", $"fcn data get m2nist --out {home}, or compose one: fcn data make m2nist --out {home}",
            Npz.Is(folder) || M2nist.Locate(folder) is { Images: not null } or { Masks: not null }, () => report.M2nistSet(folder));
        return report;
    }

    private void Add(string name, string next, bool isThere, Func<JsonObject> describe)
    {
        _lines.Add("");
        if (!isThere)
        {
            _lines.Add($"{name}: not there; get it: {next}");
            Json[name] = null;
            return;
        }
        try
        {
            Json[name] = describe();
        }
        catch (DataException e)
        {
            IsSound = false;
            _lines.Add($"{name}: cannot be used: {e.Message}");
            Json[name] = new JsonObject { ["error"] = e.Message };
        }
    }

    private JsonObject Mnist(string folder)
    {
        var mnist = MnistData.Load(folder);
        var files = MnistData.Locate(folder);
        bool isGenuine = files.All(path => MnistDownload.Files.Any(file => MnistDownload.IsRight(path, file)));
        _lines.Add($"mnist: {mnist.Train.Count} digits to train, {mnist.Test.Count} to test, 28×28{(isGenuine ? ", the published files (SHA-256)" : "")}");
        foreach (string path in files) _lines.Add(Invariant($"  {Path.GetFileName(path),-30} {new FileInfo(path).Length,14:N0} bytes"));
        _lines.Add($"  {"digit",-8}{Row(Enumerable.Range(0, 10))}");
        var json = new JsonObject { ["files"] = Strings(files), ["genuine"] = isGenuine };
        foreach (var (part, digits) in new[] { ("train", mnist.Train), ("test", mnist.Test) })
        {
            var counts = new int[10];
            foreach (byte label in digits.Labels) counts[label]++;
            _lines.Add($"  {part,-8}{Row(counts)}");
            json[part] = new JsonObject { ["count"] = digits.Count, ["by_digit"] = new JsonArray([.. counts.Select(c => JsonValue.Create(c))]) };
        }
        return json;
    }

    private JsonObject M2nistSet(string folder)
    {
        var files = M2nist.Locate(folder);
        var data = M2nist.Load(folder);
        string layout = files.IsKaggle ? "kaggle" : "compact";
        var paths = files.Paths;
        bool isGenuine = data.Sha256 == M2nistDownload.Sha256;
        _lines.Add($"m2nist: {layout} layout{(isGenuine ? ", the published set (SHA-256 of the content)" : "")}");
        foreach (string path in paths) _lines.Add(Invariant($"  {Path.GetFileName(path),-30} {new FileInfo(path).Length,14:N0} bytes"));
        var json = Describe(data);
        json["layout"] = layout;
        json["files"] = Strings(paths);
        json["genuine"] = isGenuine;
        return json;
    }

    private JsonObject Describe(SegmentationData data)
    {
        var statistics = SegmentationStatistics.Of(data);
        var pixels = statistics.PixelsByClass;
        double background = statistics.BackgroundShare;
        _lines.Add($"  {data.Count} images of {data.Height}×{data.Width}");
        if (statistics.ImagesByDigits is { } images)
        {
            var held = Enumerable.Range(0, images.Length).Where(k => images[k] > 0);
            _lines.Add($"  {data.Digits!.Count} digits: {string.Join(", ", held.Select(k => $"{k} in {images[k]} images"))}");
        }
        else
        {
            _lines.Add("  digits an image are not known: there is no digits.csv (with MNIST beside it, fcn data index makes one)");
        }
        _lines.Add($"  {"digit",-8}{Row(Enumerable.Range(0, 10))}");
        _lines.Add($"  {"pixels",-8}{Row(pixels[..SegmentationData.Background])}");
        _lines.Add(Invariant($"  background {pixels[SegmentationData.Background]} pixels, {100 * background:F2} %"));
        _lines.Add($"  SHA-256 {data.Sha256}");
        return new JsonObject
        {
            ["count"] = data.Count,
            ["height"] = data.Height,
            ["width"] = data.Width,
            ["digits"] = data.Digits?.Count,
            ["images_by_digits"] = statistics.ImagesByDigits is { } byDigits ? new JsonArray([.. byDigits.Select(c => JsonValue.Create(c))]) : null,
            ["pixels_by_class"] = new JsonArray([.. pixels.Select(c => JsonValue.Create(c))]),
            ["background_share"] = background,
            ["sha256"] = data.Sha256,
        };
    }

    private static JsonArray Strings(IEnumerable<string> values) => [.. values.Select(v => JsonValue.Create(v))];

    private static string Row<T>(IEnumerable<T> values) => string.Concat(values.Select(v => Invariant($"{v,9}")));
}
