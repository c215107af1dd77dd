using System.Runtime.ExceptionServices;

namespace FcnFromScratch.Engine.Devices.Cpu;

/// <summary>
/// The threads of the cpu device: the caller and Count − 1 workers that sleep between jobs. A job is cut into numbered parts and
/// each part is done by whoever is free, so what a part computes must not depend on who does it: that keeps results the same
/// bits for any number of threads. Running a job allocates nothing.
/// </summary>
public sealed class ThreadTeam : IDisposable
{
    private readonly Thread[] _workers;
    private readonly object _gate = new();
    private Action<int>? _part;
    private int _parts, _next, _busy, _generation;
    private bool _closing;
    private ExceptionDispatchInfo? _failure;

    public ThreadTeam(int threads)
    {
        if (threads < 1) throw new ArgumentOutOfRangeException(nameof(threads), threads, "at least one thread is needed");
        Count = threads;
        _workers = new Thread[threads - 1];
        for (int i = 0; i < _workers.Length; i++)
        {
            _workers[i] = new Thread(Work) { IsBackground = true, Name = $"fcn cpu {i + 1}" };
            _workers[i].Start();
        }
    }

    public int Count { get; }

    /// <summary>Runs <paramref name="part"/> for 0 … parts − 1 on all threads and waits. Keep the delegate: a new one each call is garbage.</summary>
    public void Run(int parts, Action<int> part)
    {
        if (parts <= 1 || _workers.Length == 0)
        {
            for (int i = 0; i < parts; i++) part(i);
            return;
        }
        _part = part;
        _parts = parts;
        Volatile.Write(ref _next, 0);
        Volatile.Write(ref _busy, _workers.Length);
        lock (_gate)
        {
            _generation++;
            Monitor.PulseAll(_gate);
        }
        TakeParts();
        var spin = new SpinWait();
        while (Volatile.Read(ref _busy) != 0) spin.SpinOnce(sleep1Threshold: -1);
        _part = null;
        if (Interlocked.Exchange(ref _failure, null) is { } failure) failure.Throw();
    }

    private void TakeParts()
    {
        try
        {
            for (int i = Interlocked.Increment(ref _next) - 1; i < _parts; i = Interlocked.Increment(ref _next) - 1) _part!(i);
        }
        catch (Exception e)
        {
            // The first failure reaches the caller; the rest of the job is skipped.
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
            Volatile.Write(ref _next, _parts);
        }
    }

    private void Work()
    {
        int seen = 0;
        while (true)
        {
            // Jobs come in quick succession within a step: spin a little before sleeping.
            var spin = new SpinWait();
            while (Volatile.Read(ref _generation) == seen && !_closing && !spin.NextSpinWillYield) spin.SpinOnce();
            lock (_gate)
            {
                while (_generation == seen && !_closing) Monitor.Wait(_gate);
                if (_closing) return;
                seen = _generation;
            }
            TakeParts();
            Interlocked.Decrement(ref _busy);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _closing = true;
            Monitor.PulseAll(_gate);
        }
        foreach (var worker in _workers) worker.Join();
    }
}
