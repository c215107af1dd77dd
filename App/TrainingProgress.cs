using System.Diagnostics;
using System.Globalization;
using FcnFromScratch.Training;

namespace FcnFromScratch.App;

/// <summary>
/// Training in lines: on a terminal one live line that is rewritten, with the time left; redirected, one plain line for each epoch.
/// Every plain line also goes into the run's log.
/// </summary>
public sealed class TrainingProgress(bool quiet, int epochs, RunFolder folder) : ITrainingObserver
{
    private const int BarWidth = 24;

    private readonly bool _live = !quiet && !Console.IsOutputRedirected;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private int _width, _firstStep = -1;

    public void Line(string text)
    {
        folder.Log(text);
        if (quiet) return;
        Clear();
        Console.WriteLine(text);
    }

    public void Steps(int lastStep, int totalSteps, IReadOnlyList<(int Step, double Loss, double Rate)> steps, double imagesPerSecond)
    {
        if (!_live) return;
        // The time left is measured from the first losses on: before them the kernels were compiled.
        if (_firstStep < 0)
        {
            _firstStep = lastStep;
            _clock.Restart();
        }
        string left = lastStep == _firstStep ? "" : $"  {Duration(_clock.Elapsed / (lastStep - _firstStep) * (totalSteps - lastStep))} left";
        int done = (int)(BarWidth * (long)lastStep / totalSteps);
        Rewrite(string.Create(CultureInfo.InvariantCulture,
            $"{new string('█', done)}{new string('░', BarWidth - done)} step {lastStep}/{totalSteps}  loss {steps[^1].Loss:F4}  lr {steps[^1].Rate:G3}  {imagesPerSecond:F0} images/s{left}"));
    }

    public void Epoch(EpochResult e, bool isBest)
    {
        string validation = double.IsNaN(e.ValidationLoss) ? ""
            : FormattableString.Invariant($"  val loss {e.ValidationLoss:F4}  mIoU {e.MeanIouDigits:F4}  dice {e.MeanDiceDigits:F4}{(isBest ? " (best)" : "")}");
        Line(FormattableString.Invariant(
            $"epoch {e.Epoch}/{epochs}  loss {e.TrainLoss:F4}{validation}  {e.ImagesPerSecond:F1} images/s  {e.Seconds:F1} s"));
    }

    /// <summary>Takes the live line away.</summary>
    public void Clear()
    {
        if (_width > 0) Rewrite("");
    }

    private void Rewrite(string text)
    {
        // A line that wraps could not be taken back; a terminal that does not know its width says 0.
        int columns = (Console.WindowWidth is > 20 and var width ? width : 80) - 1;
        if (text.Length > columns) text = text[..columns];
        Console.Write($"\r{text.PadRight(_width)}");
        if (text.Length == 0) Console.Write('\r');
        _width = text.Length;
    }

    private static string Duration(TimeSpan time) =>
        time.TotalHours >= 1 ? $"{(int)time.TotalHours} h {time.Minutes:00} min" : time.TotalMinutes >= 1 ? $"{time.Minutes} min {time.Seconds:00} s" : $"{time.Seconds} s";
}
