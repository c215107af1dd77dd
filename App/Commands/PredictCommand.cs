using System.CommandLine;
using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Layers;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Reports;

namespace FcnFromScratch.App.Commands;

/// <summary><c>fcn predict</c>: what the network sees in pictures of any size, or in an array of pictures.</summary>
public static class PredictCommand
{
    // Of the default, measured on M2NIST: nearly all regions below it are specks of a wrong class, and no digit is smaller.
    private const int MinPixels = 30;

    public static Command Create()
    {
        var common = new CommonOptions();
        var inputs = new Argument<string[]>("IMAGE")
        {
            Arity = ArgumentArity.OneOrMore,
            Description = "PNG pictures of any size, with digits about 20 pixels high; colours become grey by luma (ITU-R BT.601), transparent pixels white. "
                + "Or one array .npy [n, height, width] of pixels 0 … 255, light ink on dark",
        };
        var weights = CommandLine.Text("--weights", "safetensors file");
        weights.Required = true;
        var model = CommandLine.Choice("--model", null, [.. Models.All.Select(m => m.Name)], "the network, if the file does not say");
        var output = CommandLine.Text("--out", "the picture with its digits coloured, as PNG; a folder for several; of an array the classes, u8 [n, height, width], as .npy");
        var mask = new Option<bool>("--mask") { Description = "draw the classes alone, pixel for pixel, instead of the picture with a key" };
        var invert = CommandLine.Choice("--invert", "auto", ["auto", "yes", "no"], "turn dark ink on a light ground over; auto does where the median pixel is light");
        var minPixels = CommandLine.Ranged("--min-pixels", MinPixels, 1, int.MaxValue, "leave out connected regions of fewer pixels when listing digits");
        var logits = CommandLine.Text("--logits", "write the logits, f32 [n, height, width, 11], to this .npy; one picture or one array");
        var json = JsonOutput.Option();
        var command = new Command("predict", "Find the digits in pictures of any size, and label their pixels.")
        {
            inputs, weights, model, output, mask, invert, minPixels, logits, json, common.Batch, common.Device, common.Threads,
        };
        command.SetAction(parsed =>
        {
            string[] paths = parsed.GetValue(inputs)!;
            bool isArray = Array.Exists(paths, IsArray);
            if (isArray && paths.Length > 1) throw new UsageException("an array (.npy) is read by itself; name one array, or only pictures");
            if (paths.Length > 1 && parsed.GetValue(logits) is not null) throw new UsageException("--logits takes one picture or one array, since pictures differ in size");
            var targets = isArray ? [] : Targets(paths, parsed.GetValue(output));
            ExpectApart([.. paths, parsed.GetValue(weights)!], [.. targets, parsed.GetValue(logits), isArray ? parsed.GetValue(output) : null]);
            foreach (string path in paths)
                if (!File.Exists(path)) throw new DataException($"'{path}' does not exist.");

            using var device = CommonOptions.OpenDevice(parsed.GetValue(common.Device)!, parsed.GetValue(common.Threads));
            var (found, variables) = CommonOptions.OpenWeights(parsed.GetValue(weights)!, parsed.GetValue(model), device);
            using var owned = variables;
            using var predictor = new Predictor(found, variables);
            var results = isArray
                ? PredictArray(predictor, paths[0], parsed.GetValue(common.Batch), parsed.GetValue(output), parsed.GetValue(logits), parsed.GetValue(minPixels))
                : paths.Select((path, i) => PredictPicture(
                    predictor, path, parsed.GetValue(invert)!, parsed.GetValue(minPixels), targets[i], parsed.GetValue(mask), parsed.GetValue(logits)));
            if (parsed.GetValue(json)) JsonOutput.Print(new JsonObject { ["pictures"] = new JsonArray([.. results.Select(r => r.ToJson())]) });
            else
                foreach (var result in results) result.Print();
            return ExitCode.Ok;
        });
        return command;
    }

    private static bool IsArray(string path) => path.EndsWith(".npy", StringComparison.Ordinal) || path.EndsWith(".npy.gz", StringComparison.Ordinal);

    /// <summary>Where each picture is drawn to; null where it is not.</summary>
    private static string?[] Targets(string[] paths, string? output)
    {
        if (output is null) return new string?[paths.Length];
        bool isFolder = paths.Length > 1 || Directory.Exists(output);
        if (isFolder && File.Exists(output)) throw new UsageException($"--out '{output}' is a file; several pictures are drawn into a folder");
        string[] targets = [.. paths.Select(p => isFolder ? Path.Combine(output, $"{Path.GetFileNameWithoutExtension(p)}.png") : output)];
        if (isFolder) Directory.CreateDirectory(output);
        return targets;
    }

    /// <summary>No output may be an input, and no two outputs the same file.</summary>
    private static void ExpectApart(IEnumerable<string> inputs, IEnumerable<string?> outputs)
    {
        var taken = inputs.Select(Path.GetFullPath).ToHashSet();
        var written = new HashSet<string>();
        foreach (string path in outputs.OfType<string>().Select(Path.GetFullPath))
        {
            if (taken.Contains(path)) throw new UsageException($"'{path}' would be overwritten; name another --out or --logits");
            if (!written.Add(path)) throw new UsageException($"'{path}' would be written twice; rename one, or predict them one by one");
        }
    }

    private static Result PredictPicture(Predictor predictor, string path, string invert, int minPixels, string? target, bool mask, string? logitsPath)
    {
        var grey = ReadPicture(path).ToGrey();
        bool isInverted = invert == "yes" || invert == "auto" && IsLight(grey);
        var images = new float[grey.Pixels.Length];
        for (int i = 0; i < images.Length; i++) images[i] = (isInverted ? 255 - grey.Pixels[i] : grey.Pixels[i]) / 127.5f - 1;
        float[] logits = predictor.Logits(images, 1, grey.Height, grey.Width, path);
        int classes = logits.Length / images.Length;
        if (logitsPath is not null) Npy.Write<float>(logitsPath, logits, 1, grey.Height, grey.Width, classes);
        byte[] labels = SegmentationNetwork.Classes(logits, classes);
        var result = Result.Of(path, labels, grey.Height, grey.Width, minPixels, isInverted);
        if (target is not null)
            Png.Write(target, mask
                ? PredictionPicture.Mask(grey.Width, grey.Height, labels)
                : PredictionPicture.Overlay(grey, labels, [.. result.Digits.Select(d => d.Digit).Distinct().Order()]));
        return result with { Target = target };
    }

    private static Picture ReadPicture(string path)
    {
        Span<byte> start = stackalloc byte[4];
        using (var file = File.OpenRead(path)) file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        string? other = start switch
        {
            [0xFF, 0xD8, 0xFF, _] => "JPEG",
            [(byte)'G', (byte)'I', (byte)'F', (byte)'8'] => "GIF",
            [(byte)'R', (byte)'I', (byte)'F', (byte)'F'] => "WebP",
            [(byte)'B', (byte)'M', _, _] => "BMP",
            _ => null,
        };
        return other is null ? Png.Read(path) : throw new DataException($"'{path}' is a {other} file; convert it to PNG.");
    }

    /// <summary>Whether the median pixel is light: ink covers less than half of a picture.</summary>
    private static bool IsLight(Picture grey) => grey.Pixels.LongCount(p => p > 127) * 2 > grey.Pixels.Length;

    private static IEnumerable<Result> PredictArray(Predictor predictor, string path, int batchSize, string? classesPath, string? logitsPath, int minPixels)
    {
        using var reader = new NpyReader(path);
        if (reader.Shape.Count != 3) throw new DataException($"'{path}' has shape {reader.ShapeText}; (n, height, width) was expected");
        var (count, height, width) = (reader.Rows, reader.Shape[1], reader.Shape[2]);
        int area = height * width;
        if (count == 0 || area == 0) throw new DataException($"'{path}' holds no pictures");
        float[] pixels = reader.ReadAll<float>();
        for (int i = 0; i < pixels.Length; i++)
        {
            if (!(pixels[i] >= 0 && pixels[i] <= 255)) throw new DataException($"'{path}' holds the value {pixels[i]} at element {i}; pixels are 0 … 255");
            pixels[i] = pixels[i] / 127.5f - 1;
        }

        int batch = Math.Min(batchSize, count), classes = SegmentationData.Classes;
        long kept = logitsPath is null ? 0 : (long)pixels.Length * classes;
        if (kept > Array.MaxLength) throw new DataException($"the logits of '{path}' have {kept} elements, over the limit of {Array.MaxLength}; predict fewer pictures at once");
        var (labels, allLogits, images) = (new byte[pixels.Length], new float[kept], new float[batch * area]);
        for (int first = 0; first < count; first += batch)
        {
            int take = Math.Min(batch, count - first) * area;
            pixels.AsSpan(first * area, take).CopyTo(images);
            float[] logits = predictor.Logits(images, batch, height, width, path);
            SegmentationNetwork.Classes(logits.AsSpan(0, take * classes), classes).CopyTo(labels, first * area);
            if (kept > 0) logits.AsSpan(0, take * classes).CopyTo(allLogits.AsSpan(first * area * classes));
        }
        if (logitsPath is not null) Npy.Write<float>(logitsPath, allLogits, count, height, width, classes);
        if (classesPath is not null) Npy.Write<byte>(classesPath, labels, count, height, width);
        for (int i = 0; i < count; i++) yield return Result.Of($"{path}[{i}]", labels.AsSpan(i * area, area).ToArray(), height, width, minPixels, isInverted: false);
    }

    /// <summary>A network for whatever size comes: compiled anew only where the size changes.</summary>
    private sealed class Predictor(Model model, VariableStore variables) : IDisposable
    {
        private SegmentationNetwork? _network;

        /// <param name="images">[batch, height, width, 1], pixel / 127.5 − 1.</param>
        /// <param name="name">For messages.</param>
        /// <exception cref="EngineException">The pictures are too large for the device's memory.</exception>
        public float[] Logits(float[] images, int batch, int height, int width, string name)
        {
            try
            {
                if (_network is null || _network.Batch != batch || _network.LogitsShape.Height != height || _network.LogitsShape.Width != width)
                {
                    _network?.Dispose();
                    _network = null;
                    _network = new SegmentationNetwork(model with { Input = (height, width) }, variables, batch);
                }
                return _network.Logits(images);
            }
            catch (Exception e) when (e is DeviceMemoryException or OutOfMemoryException or OverflowException)
            {
                string why = e is DeviceMemoryException ? e.Message : "its tensors have more elements than can be counted";
                string next = batch > 1 ? "choose a smaller --batch" : "make it smaller or cut it into parts";
                throw new EngineException($"'{name}' of {width}×{height} pixels{(batch > 1 ? $", {batch} at once," : "")} is too large: {why}; {next}", e);
            }
        }

        public void Dispose() => _network?.Dispose();
    }

    /// <summary>What was found in one picture.</summary>
    private sealed record Result(string Name, int Height, int Width, bool IsInverted, IReadOnlyList<DigitRegion> Digits, int Specks, int MinPixels, string? Target = null)
    {
        public static Result Of(string name, byte[] labels, int height, int width, int minPixels, bool isInverted)
        {
            var regions = DigitRegion.Find(labels, width);
            DigitRegion[] digits = [.. regions.Where(r => r.Pixels >= minPixels)];
            return new Result(name, height, width, isInverted, digits, regions.Count - digits.Length, minPixels);
        }

        public void Print()
        {
            string count = Digits.Count switch { 0 => "no digit", 1 => "1 digit", _ => $"{Digits.Count} digits" };
            string specks = Specks == 0 ? "" : $"; left out: {Specks} region{(Specks == 1 ? "" : "s")} of under {MinPixels} pixels";
            Console.WriteLine($"{Name} ({Width}×{Height}{(IsInverted ? ", inverted: dark ink on a light ground" : "")}): {count}{specks}");
            foreach (var d in Digits) Console.WriteLine($"  {d.Digit} at x {d.XMin}..{d.XMax}, y {d.YMin}..{d.YMax} ({d.Pixels} pixels)");
            if (Target is not null) Console.WriteLine($"  drawn: {Target}");
        }

        public JsonObject ToJson() => new()
        {
            ["picture"] = Name,
            ["width"] = Width,
            ["height"] = Height,
            ["inverted"] = IsInverted,
            ["min_pixels"] = MinPixels,
            ["left_out"] = Specks,
            ["drawn"] = Target,
            ["digits"] = new JsonArray([.. Digits.Select(d => new JsonObject
            {
                ["digit"] = d.Digit, ["xmin"] = d.XMin, ["ymin"] = d.YMin, ["xmax"] = d.XMax, ["ymax"] = d.YMax, ["pixels"] = d.Pixels,
            })]),
        };
    }
}
