using System.Globalization;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Shell;

/// <summary>
/// Training in lines: on a terminal also a live line that is rewritten, with the time left; elsewhere a plain line for each epoch, and between them
/// one where ten seconds have brought none.
/// </summary>
/// <param name="columns">The terminal's; null where the output goes elsewhere.</param>
/// <param name="clock">Measures the silence and the time left.</param>
public sealed class TrainingProgress(bool quiet, Func<int>? columns, TimeProvider clock) : IRunObserver
{
    private const int WidestBar = 24, NarrowestBar = 8;

    private static readonly TimeSpan s_longestSilence = TimeSpan.FromSeconds(10);

    private readonly LiveLine _line = new(() => Console.Out);
    private long _spoke = clock.GetTimestamp(), _began;
    private int _firstStep = -1;

    public void Line(string text)
    {
        if (quiet) return;
        Clear();
        Console.WriteLine(columns is null ? text : Terminal.Fold(text, columns()));
        _spoke = clock.GetTimestamp();
    }

    public void Steps(IReadOnlyList<StepResult> steps, int totalSteps, double imagesPerSecond)
    {
        if (quiet) return;
        var (step, loss, learningRate) = steps[^1];
        // The time left is measured from the first losses on: before them the kernels were compiled.
        if (_firstStep < 0) (_firstStep, _began) = (step, clock.GetTimestamp());
        if (columns is null && clock.GetElapsedTime(_spoke) < s_longestSilence) return;
        // What matters most comes first: a narrow terminal has no room for the rest.
        List<string> parts = [Invariant($"step {step}/{totalSteps}"), Invariant($"loss {loss:F4}")];
        if (step > _firstStep) parts.Add($"{Duration(clock.GetElapsedTime(_began) / (step - _firstStep) * (totalSteps - step))} left");
        parts.Add(Invariant($"{imagesPerSecond:F0} images/s"));
        parts.Add(Invariant($"lr {learningRate:G3}"));
        if (columns is null)
        {
            Line(string.Join("  ", parts));
            return;
        }
        int room = columns();
        while (parts.Count > 1 && string.Join("  ", parts).Length > room) parts.RemoveAt(parts.Count - 1);
        string text = string.Join("  ", parts);
        int bar = Math.Min(WidestBar, room - text.Length - 1), done = (int)((long)bar * step / totalSteps);
        _line.Write(bar < NarrowestBar ? text : $"{new string('█', done)}{new string('░', bar - done)} {text}");
    }

    /// <summary>Its line comes by <see cref="Line"/>.</summary>
    public void Epoch(EpochResult result, bool isBest) { }

    /// <summary>Takes the live line away.</summary>
    public void Clear() => _line.Clear();

    private static string Duration(TimeSpan time) =>
        time.TotalHours >= 1 ? $"{(int)time.TotalHours} h {time.Minutes:00} min"
        : time.TotalMinutes >= 1 ? $"{time.Minutes} min {time.Seconds:00} s"
        : $"{time.Seconds} s";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
