namespace FcnFromScratch.Training;

/// <summary>One line of results.csv. The figures are of the validation images, NaN where a run does not validate; the speed is NaN where it was resumed at the epoch's end.</summary>
public sealed record EpochResult(
    int Epoch, double Seconds, double TrainLoss, double ValidationLoss, double MeanIouDigits, double MeanDiceDigits, double Rate, double ImagesPerSecond);

/// <summary>What a trainer tells while it runs.</summary>
public interface ITrainingObserver
{
    /// <summary>Losses of steps that have just been read back, oldest first; the last is the loss of step <paramref name="lastStep"/>.</summary>
    void Steps(int lastStep, int totalSteps, IReadOnlyList<(int Step, double Loss, double Rate)> steps, double imagesPerSecond);

    void Epoch(EpochResult result, bool isBest);
}
