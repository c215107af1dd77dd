using System.Globalization;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;

namespace FcnFromScratch.Training;

/// <summary>Where a run stands: all that training needs to go on as if it had never stopped, beside the variables and the optimizer's moments.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Epochs">Epochs done, validation included.</param>
/// <param name="LossSum">Of the losses of the epoch in progress.</param>
/// <param name="BestScore">The best figure of <see cref="ITask.Choice"/>; NaN before the first.</param>
/// <param name="BestEpoch">Where it was reached; 0 before the first.</param>
public sealed record TrainingState(int Step, int Epochs, double LossSum, double BestScore, int BestEpoch)
{
    public static TrainingState Start { get; } = new(0, 0, 0, double.NaN, 0);

    /// <summary>As strings of a checkpoint's metadata, exact to the bit.</summary>
    public IEnumerable<(string Key, string Value)> ToMetadata(Metric choice) =>
    [
        ("step", Step.ToString(CultureInfo.InvariantCulture)),
        ("epoch", Epochs.ToString(CultureInfo.InvariantCulture)),
        ("epoch_loss_sum", Text(LossSum)),
        (Key(choice), Text(BestScore)),
        ("best_epoch", BestEpoch.ToString(CultureInfo.InvariantCulture)),
    ];

    /// <exception cref="DataException">A key is missing or no number: the file is no checkpoint of a run in progress.</exception>
    public static TrainingState FromMetadata(IReadOnlyDictionary<string, string> metadata, Metric choice, string path)
    {
        T Read<T>(string key) where T : IParsable<T> =>
            metadata.TryGetValue(key, out string? text) && T.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value
                : throw new DataException($"'{path}' does not say its '{key}': it is no checkpoint of a run; give it to --init instead");
        return new TrainingState(Read<int>("step"), Read<int>("epoch"), Read<double>("epoch_loss_sum"), Read<double>(Key(choice)), Read<int>("best_epoch"));
    }

    private static string Key(Metric choice) => $"validation_{choice.Key}";

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}

/// <summary>Training has left the numbers: a loss or a weight is NaN or infinite.</summary>
public sealed class DivergenceException(string what, int step, double learningRate)
    : EngineException(FormattableString.Invariant($"{what} after step {step}, learning rate {learningRate:G3}"))
{
    public int Step { get; } = step;
}
