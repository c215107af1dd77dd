using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Engine.Devices;

namespace FcnFromScratch.Training;

/// <summary>
/// What a run leaves behind: args.json, results.csv (a line for each epoch), steps.csv (a line for each step), report.json, and weights/.
/// Whole files are written beside and renamed; the tables only ever grow.
/// </summary>
public sealed class RunFolder
{
    public const string ResultsHeader = "epoch,time_s,train/loss,val/loss,metrics/mIoU,metrics/dice,lr,img_per_s";
    public const string StepsHeader = "step,loss,lr";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private RunFolder(string path)
    {
        Path = path;
        Directory.CreateDirectory(Weights);
    }

    public string Path { get; }
    public string Weights => System.IO.Path.Combine(Path, "weights");
    public string Best => System.IO.Path.Combine(Weights, "best.safetensors");
    public string Last => System.IO.Path.Combine(Weights, "last.safetensors");

    /// <summary>The folder that was asked for.</summary>
    /// <exception cref="EngineException">It exists and holds files, and <paramref name="existOk"/> does not allow that.</exception>
    public static RunFolder At(string path, bool existOk)
    {
        if (!existOk && Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
            throw new EngineException($"run folder '{path}' exists and is not empty; choose another --out, or write into it with --exist-ok");
        try
        {
            return new RunFolder(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngineException($"run folder '{path}' cannot be made: {e.Message}", e);
        }
    }

    /// <summary>The first free of runs/task/name, runs/task/name-2, …</summary>
    public static RunFolder Next(string task, string name)
    {
        string path = System.IO.Path.Combine("runs", task, name);
        for (int i = 2; Directory.Exists(path) || File.Exists(path); i++) path = System.IO.Path.Combine("runs", task, $"{name}-{i}");
        return At(path, existOk: false);
    }

    public void WriteJson(string file, JsonObject content) =>
        AtomicFile.Write(System.IO.Path.Combine(Path, file), stream => stream.Write(Encoding.UTF8.GetBytes(content.ToJsonString(Indented) + "\n")));

    public void BeginTables()
    {
        File.WriteAllText(System.IO.Path.Combine(Path, "results.csv"), ResultsHeader + "\n");
        File.WriteAllText(System.IO.Path.Combine(Path, "steps.csv"), StepsHeader + "\n");
    }

    public void Append(EpochResult e) => AppendLine("results.csv",
        string.Create(CultureInfo.InvariantCulture,
            $"{e.Epoch},{e.Seconds:F2},{e.TrainLoss:R},{e.ValidationLoss:R},{e.MeanIouDigits:R},{e.MeanDiceDigits:R},{e.Rate:R},{e.ImagesPerSecond:F1}"));

    public void Append(IEnumerable<(int Step, double Loss, double Rate)> steps) => AppendLine("steps.csv",
        string.Join('\n', steps.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Step},{s.Loss:R},{s.Rate:R}"))));

    private void AppendLine(string file, string line) => File.AppendAllText(System.IO.Path.Combine(Path, file), line + "\n");

    /// <summary>Numbers by class as JSON: digits by name, the background last; null where a class never occurs.</summary>
    public static JsonObject ByClass(double[] values)
    {
        var result = new JsonObject();
        for (int i = 0; i < values.Length; i++)
            result[i == values.Length - 1 ? "background" : i.ToString(CultureInfo.InvariantCulture)] = double.IsFinite(values[i]) ? values[i] : null;
        return result;
    }
}
