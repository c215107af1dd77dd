using System.Diagnostics;
using System.Globalization;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Shell;

/// <summary>Training in lines: on a terminal also a live line that is rewritten, with the time left; redirected, a plain line for each epoch.</summary>
public sealed class TrainingProgress(bool quiet) : IRunObserver
{
    private const int BarWidth = 24;

    private readonly bool _live = !quiet && !Console.IsOutputRedirected;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private int _width, _firstStep = -1;

    public void Line(string text)
    {
        if (quiet) return;
        Clear();
        Console.WriteLine(text);
    }

    public void Steps(IReadOnlyList<StepResult> steps, int totalSteps, double imagesPerSecond)
    {
        if (!_live) return;
        var (step, loss, learningRate) = steps[^1];
        // The time left is measured from the first losses on: before them the kernels were compiled.
        if (_firstStep < 0)
        {
            _firstStep = step;
            _clock.Restart();
        }
        string left = step == _firstStep ? "" : $"  {Duration(_clock.Elapsed / (step - _firstStep) * (totalSteps - step))} left";
        int done = (int)(BarWidth * (long)step / totalSteps);
        Rewrite(string.Create(CultureInfo.InvariantCulture,
            $"{new string('█', done)}{new string('░', BarWidth - done)} step {step}/{totalSteps}  loss {loss:F4}  lr {learningRate:G3}  "
            + $"{imagesPerSecond:F0} images/s{left}"));
    }

    /// <summary>Its line comes by <see cref="Line"/>.</summary>
    public void Epoch(EpochResult result, bool isBest) { }

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
        time.TotalHours >= 1 ? $"{(int)time.TotalHours} h {time.Minutes:00} min"
        : time.TotalMinutes >= 1 ? $"{time.Minutes} min {time.Seconds:00} s"
        : $"{time.Seconds} s";
}
