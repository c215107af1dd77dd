using System.Globalization;
using System.Text;
using FcnFromScratch.Data;

namespace FcnFromScratch.Training;

/// <summary>
/// The tables of a run folder: results.csv, a line for each epoch with the task's metrics in their columns, and steps.csv, a line for each step.
/// They only ever grow, but when a run that was killed goes on.
/// </summary>
public sealed class RunTables(RunFolder folder, IReadOnlyList<Metric> metrics)
{
    public const string StepsHeader = "step,loss,lr";
    public const string ResultsFile = "results.csv", StepsFile = "steps.csv";

    /// <summary>The columns before the metrics and after them.</summary>
    private const int Before = 4, After = 2;

    /// <summary>Seconds, some four months: what is longer is damage, and could not be added up.</summary>
    private const double LongestEpoch = 1e7;

    public string ResultsHeader { get; } = ResultsHeaderOf(metrics);

    /// <summary>The first line of results.csv of a task with these metrics.</summary>
    public static string ResultsHeaderOf(IReadOnlyList<Metric> metrics) =>
        $"epoch,time_s,train/loss,val/loss,{string.Concat(metrics.Select(m => $"metrics/{m.Name},"))}lr,img_per_s";

    /// <summary>Empty tables, but for their headers.</summary>
    public void Begin() => Write([], []);

    public void Append(EpochResult e) => folder.AppendLine(ResultsFile, string.Create(CultureInfo.InvariantCulture,
        $"{e.Epoch},{e.Seconds:F2},{e.TrainLoss:R},{e.ValidationLoss:R},{Joined(e.Metrics)}{e.LearningRate:R},{e.ImagesPerSecond:F1}"));

    public void Append(IEnumerable<StepResult> steps) => folder.AppendLine(StepsFile,
        string.Join('\n', steps.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Step},{s.Loss:R},{s.LearningRate:R}"))));

    /// <summary>Steps that the table holds, whatever they say.</summary>
    public int StepCount => Lines(StepsFile, int.MaxValue).Count;

    /// <summary>The epochs that a checkpoint knows. Its steps are looked at too: a bad line among them should not be found at the end.</summary>
    /// <exception cref="DataException">The tables hold less than the checkpoint knows, or a line that is none of theirs.</exception>
    public List<EpochResult> Read(int epochs, int steps)
    {
        var results = Lines(ResultsFile, epochs).Select(Epoch).ToList();
        int known = Lines(StepsFile, steps).Select(Step).Count();
        return results.Count == epochs && known == steps ? results
            : throw new DataException($"'{folder.At(ResultsFile)}' has {results.Count} of {epochs} epochs, "
                + $"'{folder.At(StepsFile)}' {known} of {steps} steps that the checkpoint knows.");
    }

    /// <summary>SHA-256 of what a checkpoint knows of them, but for the times, which no two runs share.</summary>
    public string Sha256(int epochs, int steps)
    {
        var results = Lines(ResultsFile, epochs).Select(line => line.Split(',')).Select(fields => string.Join(',', [fields[0], .. fields[2..^1]]));
        return ContentHash.Of(Encoding.UTF8.GetBytes(string.Join('\n', results.Concat(Lines(StepsFile, steps)))));
    }

    /// <summary>Cuts the tables back to what a checkpoint knows: a process that was killed may have written more, or half a line.</summary>
    public void Cut(int epochs, int steps) => Write(Lines(ResultsFile, epochs), Lines(StepsFile, steps));

    /// <summary>All steps that steps.csv holds.</summary>
    /// <exception cref="DataException">A line is none of the table's.</exception>
    public IReadOnlyList<StepResult> Steps() => [.. Lines(StepsFile, int.MaxValue).Select(Step)];

    private StepResult Step(string line, int row) =>
        Numbers(line) is [var step, var loss, var learningRate] && step == row + 1 && double.IsFinite(loss) && double.IsFinite(learningRate)
            ? new StepResult(row + 1, loss, learningRate)
            : throw Foreign(StepsFile, line, row, StepsHeader);

    private EpochResult Epoch(string line, int row) =>
        Numbers(line) is { } v && v.Length == Before + metrics.Count + After
        && v[0] == row + 1 && v[1] is >= 0 and < LongestEpoch && double.IsFinite(v[2]) && double.IsFinite(v[^2])
            ? new EpochResult(row + 1, v[1], v[2], v[3], v[Before..^After], v[^2], v[^1])
            : throw Foreign(ResultsFile, line, row, ResultsHeader);

    /// <summary>The numbers of a line, NaN and infinities among them; null where a field is none.</summary>
    private static double[]? Numbers(string line)
    {
        string[] fields = line.Split(',');
        var numbers = new double[fields.Length];
        for (int i = 0; i < fields.Length; i++)
            if (!double.TryParse(fields[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i])) return null;
        return numbers;
    }

    private DataException Foreign(string file, string line, int row, string header) =>
        new($"'{folder.At(file)}' has the line {ForeignText.Quoted(line)} where that of {header.Split(',')[0]} {row + 1} belongs, "
            + $"with the columns {header}.");

    private static string Joined(IEnumerable<double> metrics) => string.Concat(metrics.Select(m => string.Create(CultureInfo.InvariantCulture, $"{m:R},")));

    private List<string> Lines(string file, int count) => InputFile.Exists(folder.At(file)) ? [.. ReadLines(file).Skip(1).Take(count)] : [];

    private IEnumerable<string> ReadLines(string file)
    {
        using var text = new StreamReader(InputFile.Open(folder.At(file)));
        while (text.ReadLine() is { } line) yield return line;
    }

    private void Write(IEnumerable<string> results, IEnumerable<string> steps)
    {
        WriteLines(ResultsFile, [ResultsHeader, .. results]);
        WriteLines(StepsFile, [StepsHeader, .. steps]);
    }

    private void WriteLines(string file, IEnumerable<string> lines)
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));
        AtomicFile.Write(folder.At(file), stream => stream.Write(text));
    }
}
