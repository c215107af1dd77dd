namespace FcnFromScratch.Training;

/// <summary>A figure that a task takes of the validation images after every epoch.</summary>
/// <param name="Name">As the live line and the charts show it; its column in results.csv is <c>metrics/{Name}</c>.</param>
/// <param name="Key">As report.json and the metadata of checkpoints name it.</param>
/// <param name="HigherIsBetter">Whether the best epoch is the one where it is highest, or lowest.</param>
public sealed record Metric(string Name, string Key, bool HigherIsBetter = true)
{
    /// <summary>The loss of the validation images, which every epoch has beside its metrics.</summary>
    public static Metric Loss { get; } = new("validation loss", "loss", HigherIsBetter: false);

    /// <summary>Whether a figure is better than the best before; any is better than none (NaN).</summary>
    public bool IsBetter(double figure, double best) => double.IsNaN(best) || (HigherIsBetter ? figure > best : figure < best);
}
