using FcnFromScratch.Training;

namespace FcnFromScratch.App.Shell;

/// <summary>What is done of a large picture: on a terminal a live line, redirected a line now and then.</summary>
/// <param name="output">Takes the raw output; null where nobody asked for it.</param>
internal sealed class PredictionProgress(OutputPart? output) : IPredictionObserver, IDisposable
{
    private const int SecondsBetweenLines = 10;

    private readonly LiveLine? _line = LiveLine.OnError();
    private long _nextLine = Environment.TickCount64 + 1000 * SecondsBetweenLines;

    public bool TakesOutput => output is not null;

    public void Output(int picture, long at, ReadOnlySpan<float> values) => output?.Invoke(picture, at, values);

    public void Progress(int done, int parts)
    {
        _line?.WriteNowAndThen(() => $"part {done} of {parts}");
        if (_line is not null || Environment.TickCount64 < _nextLine) return;
        _nextLine = Environment.TickCount64 + 1000 * SecondsBetweenLines;
        Console.Error.WriteLine($"part {done} of {parts}");
    }

    public void Dispose() => _line?.Clear();
}
