namespace FcnFromScratch.App;

/// <summary>The first Ctrl-C asks to stop after the current step; the second ends the process as usual.</summary>
public sealed class Interrupt : IDisposable
{
    private readonly CancellationTokenSource _source = new();

    public Interrupt() => Console.CancelKeyPress += Ask;

    public CancellationToken Token => _source.Token;

    private void Ask(object? sender, ConsoleCancelEventArgs e)
    {
        if (_source.IsCancellationRequested) return;
        e.Cancel = true;
        _source.Cancel();
    }

    public void Dispose() => Console.CancelKeyPress -= Ask;
}
