using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;

namespace FcnFromScratch.Training;

/// <summary>A trained model as a comparison measures it.</summary>
/// <param name="Scores">With their details, of the same samples for all.</param>
/// <param name="Values">Numbers that its file holds.</param>
/// <param name="Kept">Samples that it keeps; null where it learned weights.</param>
/// <param name="TrainingSeconds">As its run's report says; null where there is none.</param>
/// <param name="Converged">Whether its solver came as near to the solution as was asked for, if it has one, as that report says.</param>
/// <param name="Latencies">Seconds for a picture by batch size, the medians: from pixels to what <c>fcn predict</c> tells.</param>
public sealed record Contestant(
    string Name, IScores Scores, long Values, int? Kept, long FileBytes, double? TrainingSeconds, bool Converged,
    IReadOnlyDictionary<int, double> Latencies)
{
    /// <summary>Measures weights.</summary>
    /// <param name="task">Whose samples they are.</param>
    /// <param name="path">Their file.</param>
    /// <param name="batches">Batch sizes to time.</param>
    /// <param name="seconds">To time each for.</param>
    public static Contestant Measure(
        string name, ITask task, Weights weights, string path, ISampleSource samples, IReadOnlyList<int> batches, double seconds, CancellationToken cancel)
    {
        using var evaluator = task.Contender(weights, samples.Spec, Math.Min(samples.Count, weights.Model.EvaluationBatch));
        var scores = evaluator.Evaluate(samples, detailed: true, cancel);
        var latencies = batches.ToDictionary(batch => batch, batch =>
            Latency.Of(weights.Task, weights.Model, weights.Settings, weights.Variables, samples, batch, seconds));
        var report = RunFolder.ReportBeside(path);
        return new Contestant(name, scores, weights.Variables.Variables.Sum(v => v.Shape.Count),
            weights.Model.Kept is null ? null : weights.Settings.Kept, new FileInfo(path).Length,
            report?["wall_seconds"] is JsonValue value && value.TryGetValue(out double wall) ? wall : null,
            report?["solution"]?["converged"] is not JsonValue converged || !converged.TryGetValue(out bool has) || has, latencies);
    }
}
