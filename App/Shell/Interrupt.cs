using System.Runtime.InteropServices;

namespace FcnFromScratch.App.Shell;

/// <summary>
/// The first Ctrl-C, or the first request of the system to end (SIGTERM), asks to stop after the current step; the second ends the process as usual.
/// </summary>
public sealed class Interrupt : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _signals;

    public Interrupt() => _signals = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Ask), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Ask)];

    public CancellationToken Token => _source.Token;

    private void Ask(PosixSignalContext signal)
    {
        if (_source.IsCancellationRequested) return;
        signal.Cancel = true;
        Console.Error.WriteLine("stopping; a second Ctrl-C ends at once");
        _source.Cancel();
    }

    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
    }
}
