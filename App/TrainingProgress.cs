using System.Globalization;
using FcnFromScratch.Training;

namespace FcnFromScratch.App;

/// <summary>
/// Training in lines: on a terminal one live line that is rewritten, with the time left; redirected, one plain line for each epoch.
/// </summary>
public sealed class TrainingProgress(bool quiet, int epochs) : ITrainingObserver
{
    private readonly bool _live = !quiet && !Console.IsOutputRedirected;
    private int _width;

    public void Line(string text)
    {
        if (!quiet) Console.WriteLine(text);
    }

    public void Steps(int lastStep, int totalSteps, IReadOnlyList<(int Step, double Loss, double Rate)> steps, double imagesPerSecond)
    {
        if (!_live) return;
        Rewrite(string.Create(CultureInfo.InvariantCulture,
            $"step {lastStep}/{totalSteps}  loss {steps[^1].Loss:F4}  lr {steps[^1].Rate:G3}  {imagesPerSecond:F1} images/s"));
    }

    public void Epoch(EpochResult e, bool isBest)
    {
        if (quiet) return;
        if (_live) Rewrite("");
        string validation = double.IsNaN(e.ValidationLoss) ? ""
            : FormattableString.Invariant($"  val loss {e.ValidationLoss:F4}  mIoU {e.MeanIouDigits:F4}  dice {e.MeanDiceDigits:F4}{(isBest ? " (best)" : "")}");
        Console.WriteLine(FormattableString.Invariant(
            $"epoch {e.Epoch}/{epochs}  loss {e.TrainLoss:F4}{validation}  {e.ImagesPerSecond:F1} images/s  {e.Seconds:F1} s"));
    }

    public void End()
    {
        if (_live) Rewrite("");
    }

    private void Rewrite(string text)
    {
        Console.Write($"\r{text.PadRight(_width)}");
        if (text.Length == 0) Console.Write('\r');
        _width = text.Length;
    }
}
