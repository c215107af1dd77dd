namespace FcnFromScratch.Training;

/// <summary>One line of steps.csv.</summary>
public readonly record struct StepResult(int Step, double Loss, double LearningRate);

/// <summary>
/// One line of results.csv. Validation loss and metrics, in the order of <see cref="ITask.Metrics"/>, are NaN where a run does not validate; the speed is NaN
/// where it was resumed at the epoch's end.
/// </summary>
public sealed record EpochResult(
    int Epoch, double Seconds, double TrainLoss, double ValidationLoss, IReadOnlyList<double> Metrics, double LearningRate, double ImagesPerSecond)
{
    /// <summary>Of <see cref="ITask.Choice"/>.</summary>
    public double Of(Metric choice) => choice == Metric.Loss ? ValidationLoss : Metrics[0];
}

/// <summary>What a trainer tells while it runs.</summary>
public interface ITrainingObserver
{
    /// <summary>Steps whose losses have just been read back, oldest first; the last of them is the last that is done.</summary>
    void Steps(IReadOnlyList<StepResult> steps, int totalSteps, double imagesPerSecond);

    void Epoch(EpochResult result, bool isBest);
}

/// <summary>What a run tells: all that a trainer does, and lines for people.</summary>
public interface IRunObserver : ITrainingObserver
{
    /// <summary>A line that the run's log has too.</summary>
    void Line(string text);
}
