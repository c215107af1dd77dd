using System.Text.Json.Nodes;
using static System.FormattableString;

namespace FcnFromScratch.Data;

/// <summary>Looks into the sets of a data folder, and tells whether they are the published ones.</summary>
public static class SetSummaries
{
    /// <exception cref="DataException">It is missing or cannot be used.</exception>
    public static DataSummary Mnist(string folder)
    {
        var mnist = MnistData.Load(folder);
        var files = MnistData.Locate(folder);
        bool isGenuine = files.All(path => MnistDownload.Files.Any(file => MnistDownload.IsRight(path, file)));
        List<string> lines =
        [
            $"mnist: {mnist.Train.Count} digits to train, {mnist.Test.Count} to test, 28×28{(isGenuine ? ", the published files (SHA-256)" : "")}",
            .. files.Select(FileLine),
            $"  {"digit",-8}{Row(Enumerable.Range(0, 10))}",
        ];
        var json = new JsonObject { ["files"] = Array(files), ["genuine"] = isGenuine };
        foreach (var (part, digits) in new[] { ("train", mnist.Train), ("test", mnist.Test) })
        {
            var counts = new int[10];
            foreach (byte label in digits.Labels) counts[label]++;
            lines.Add($"  {part,-8}{Row(counts)}");
            json[part] = new JsonObject { ["count"] = digits.Count, ["by_digit"] = Array(counts) };
        }
        return new DataSummary(lines, json);
    }

    /// <exception cref="DataException">It is missing or cannot be used.</exception>
    public static DataSummary M2nist(string folder)
    {
        var files = Data.M2nist.Locate(folder);
        var data = Data.M2nist.Load(folder);
        string layout = files.IsKaggle ? "kaggle" : "compact";
        var paths = files.Paths;
        bool isGenuine = data.Sha256 == M2nistDownload.Sha256;
        var summary = Of(data);
        var json = summary.Json;
        json["layout"] = layout;
        json["files"] = Array(paths);
        json["genuine"] = isGenuine;
        string genuine = isGenuine ? ", the published set (SHA-256 of the content)" : "";
        return new DataSummary([$"m2nist: {layout} layout{genuine}", .. paths.Select(FileLine), .. summary.Lines], json);
    }

    /// <summary>Images, digits and pixels by class.</summary>
    public static DataSummary Of(SegmentationData data)
    {
        var statistics = SegmentationStatistics.Of(data);
        var pixels = statistics.PixelsByClass;
        double background = statistics.BackgroundShare;
        string digits = statistics.ImagesByDigits is { } images
            ? $"  {data.Digits!.Count} digits: "
                + string.Join(", ", Enumerable.Range(0, images.Length).Where(k => images[k] > 0).Select(k => $"{k} in {Images(images[k])}"))
            : "  digits an image are not known: there is no digits.csv (with MNIST beside it, fcn data index makes one)";
        return new DataSummary(
            [
                $"  {Images(data.Count)} of {data.Height}×{data.Width}",
                digits,
                $"  {"digit",-8}{Row(Enumerable.Range(0, 10))}",
                $"  {"pixels",-8}{Row(pixels[..SegmentationData.Background])}",
                Invariant($"  background {pixels[SegmentationData.Background]} pixels, {100 * background:F2} %"),
                $"  SHA-256 {data.Sha256}",
            ],
            new JsonObject
            {
                ["count"] = data.Count,
                ["height"] = data.Height,
                ["width"] = data.Width,
                ["digits"] = data.Digits?.Count,
                ["images_by_digits"] = statistics.ImagesByDigits is { } byDigits ? Array(byDigits) : null,
                ["pixels_by_class"] = Array(pixels),
                ["background_share"] = background,
                ["sha256"] = data.Sha256,
            });
    }

    /// <summary>A COCO set.</summary>
    /// <exception cref="DataException">It is missing or cannot be used.</exception>
    public static DataSummary Scenes(string folder)
    {
        var set = CocoSet.Read(folder);
        SceneObject[] objects = [.. set.Images.SelectMany(image => image.Objects)];
        int crowds = objects.Count(o => o.IsCrowd), least = set.Images.Min(image => image.Objects.Count(o => !o.IsCrowd));
        var counts = new int[set.Categories.Count];
        foreach (var item in objects) counts[item.Class]++;
        return new DataSummary(
            [
                $"scenes: {Images(set.Images.Count)} of up to {set.Height}×{set.Width} with boxes, COCO's format",
                FileLine(set.Path),
                $"  {objects.Length} objects, {crowds} of them crowds; {least} to {set.Images.Max(image => image.Objects.Count(o => !o.IsCrowd))} an image",
                .. set.Categories.Select((category, i) => Invariant($"  {counts[i],9} {ForeignText.Quoted(category.Name)}")),
                $"  SHA-256 {set.Sha256}",
            ],
            new JsonObject
            {
                ["file"] = set.Path,
                ["count"] = set.Images.Count,
                ["height"] = set.Height,
                ["width"] = set.Width,
                ["objects"] = objects.Length,
                ["crowds"] = crowds,
                ["classes"] = new JsonArray([.. set.Categories.Select((category, i) =>
                    new JsonObject { ["id"] = category.Id, ["name"] = category.Name, ["objects"] = counts[i] })]),
                ["sha256"] = set.Sha256,
            });
    }

    private static string Images(int count) => count == 1 ? "1 image" : $"{count} images";

    // Of the file itself where the path is a link to it.
    private static string FileLine(string path) => Invariant($"  {Path.GetFileName(path),-30} {new FileInfo(InputFile.RealPath(path)).Length,14:N0} bytes");

    private static JsonArray Array<T>(IEnumerable<T> values) => [.. values.Select(v => JsonValue.Create(v))];

    private static string Row<T>(IEnumerable<T> values) => string.Concat(values.Select(v => Invariant($"{v,9}")));
}
