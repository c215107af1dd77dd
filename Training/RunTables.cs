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
    private const string ResultsFile = "results.csv", StepsFile = "steps.csv";

    /// <summary>The columns before the metrics and after them.</summary>
    private const int Before = 4, After = 2;

    public string ResultsHeader { get; } = $"epoch,time_s,train/loss,val/loss,{string.Concat(metrics.Select(m => $"metrics/{m.Name},"))}lr,img_per_s";

    /// <summary>Empty tables, but for their headers.</summary>
    public void Begin() => Write([], []);

    public void Append(EpochResult e) => folder.AppendLine(ResultsFile, string.Create(CultureInfo.InvariantCulture,
        $"{e.Epoch},{e.Seconds:F2},{e.TrainLoss:R},{e.ValidationLoss:R},{Joined(e.Metrics)}{e.LearningRate:R},{e.ImagesPerSecond:F1}"));

    public void Append(IEnumerable<StepResult> steps) => folder.AppendLine(StepsFile,
        string.Join('\n', steps.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Step},{s.Loss:R},{s.LearningRate:R}"))));

    /// <summary>Cuts the tables back to what a checkpoint knows: a process that was killed may have written more, or half a line.</summary>
    /// <returns>The epochs that remain.</returns>
    /// <exception cref="DataException">They hold less than the checkpoint knows, or a line that is none of theirs.</exception>
    public List<EpochResult> Truncate(int epochs, int steps)
    {
        List<string> results = Lines(ResultsFile, epochs), kept = Lines(StepsFile, steps);
        if (results.Count < epochs || kept.Count < steps)
            throw new DataException($"'{folder.At(ResultsFile)}' has {results.Count} of {epochs} epochs, "
                + $"'{folder.At(StepsFile)}' {kept.Count} of {steps} steps that the checkpoint knows; "
                + $"bring the files back, or start a new run with --init {folder.Last}");
        Write(results, kept);
        return results.ConvertAll(Epoch);
    }

    /// <summary>All steps that steps.csv holds.</summary>
    /// <exception cref="DataException">A line is none of the table's.</exception>
    public IReadOnlyList<StepResult> Steps() =>
    [
        .. from line in ReadLines(StepsFile).Skip(1)
           let fields = line.Split(',')
           select fields.Length == 3
               && int.TryParse(fields[0], CultureInfo.InvariantCulture, out int step)
               && double.TryParse(fields[1], CultureInfo.InvariantCulture, out double loss)
               && double.TryParse(fields[2], CultureInfo.InvariantCulture, out double learningRate)
               ? new StepResult(step, loss, learningRate)
               : throw new DataException($"'{folder.At(StepsFile)}' has the line {ForeignText.Quoted(line)}, which is none of '{StepsHeader}'"),
    ];

    private EpochResult Epoch(string line)
    {
        double[] v = Array.ConvertAll(line.Split(','), text => double.TryParse(text, CultureInfo.InvariantCulture, out double value) ? value : double.NaN);
        return v.Length == Before + metrics.Count + After && v[0] == (int)v[0]
            ? new EpochResult((int)v[0], v[1], v[2], v[3], v[Before..^After], v[^2], v[^1])
            : throw new DataException($"'{folder.At(ResultsFile)}' has the line {ForeignText.Quoted(line)}, which is none of '{ResultsHeader}'");
    }

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
