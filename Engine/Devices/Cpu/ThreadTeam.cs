using System.Diagnostics;
using System.Runtime.ExceptionServices;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Devices.Cpu;

/// <summary>
/// The threads of the cpu device: the caller and Count − 1 workers that sleep between jobs. A job is cut into numbered parts and
/// each part is done by whoever is free, so what a part computes must not depend on who does it: that keeps results the same
/// bits for any number of threads. Running a job allocates nothing, and waits for its parts only: a worker that wakes late is not waited for.
/// </summary>
public sealed class ThreadTeam : IDisposable
{
    private readonly Thread[] _workers;
    private readonly object _gate = new();
    private Action<int>? _part;
    private int _parts, _done, _generation, _sleepers;
    private bool _closing;
    private ExceptionDispatchInfo? _failure;

    // What the caller is while it runs parts. Not its thread's own, which may live on: the local memory of kernels ends with the team.
    private readonly WorkItem _caller = new();

    // The job's generation and, in the low half, the parts that nobody has taken. One word, so that a late worker of an old job can take nothing of a new one.
    private long _open;

    /// <summary>Starts the workers; the calling thread is one of them.</summary>
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

    /// <summary>Threads, the calling one included.</summary>
    public int Count { get; }

    /// <summary>Runs <paramref name="part"/> for 0 … parts − 1 on all threads and waits. Keep the delegate: a new one each call is garbage.</summary>
    public void Run(int parts, Action<int> part)
    {
        var own = WorkItem.Current;
        WorkItem.Current = _caller;
        try
        {
            RunParts(parts, part);
        }
        finally
        {
            WorkItem.Current = own;
        }
    }

    private void RunParts(int parts, Action<int> part)
    {
        if (parts <= 1 || _workers.Length == 0)
        {
            for (int i = 0; i < parts; i++) part(i);
            return;
        }
        _part = part;
        _parts = parts;
        Volatile.Write(ref _done, 0);
        Volatile.Write(ref _open, ((long)(_generation + 1) << 32) | (uint)parts);
        Interlocked.Increment(ref _generation);
        if (Volatile.Read(ref _sleepers) != 0)
            lock (_gate) Monitor.PulseAll(_gate);
        TakeParts();
        var spin = new SpinWait();
        while (Volatile.Read(ref _done) != parts) spin.SpinOnce(sleep1Threshold: -1);
        _part = null;
        if (Interlocked.Exchange(ref _failure, null) is { } failure) failure.Throw();
    }

    private void TakeParts()
    {
        while (true)
        {
            long open = Volatile.Read(ref _open);
            int left = (int)open;
            if (left == 0) return;
            if (Interlocked.CompareExchange(ref _open, open - 1, open) != open) continue;
            // From here to _done the job cannot end, so its fields are this part's. The first failure reaches the caller; the rest of the job is skipped.
            try
            {
                if (Volatile.Read(ref _failure) is null) _part!(_parts - left);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
            }
            Interlocked.Increment(ref _done);
        }
    }

    // Jobs come in quick succession within a step, and waking a thread costs tens of microseconds: a worker looks out for the next job for
    // a while, letting other programs have the core, before it sleeps.
    private static readonly long s_lookout = Stopwatch.Frequency / 5000;

    private void Work()
    {
        int seen = 0;
        while (true)
        {
            long start = Stopwatch.GetTimestamp();
            while (Volatile.Read(ref _generation) == seen && Stopwatch.GetTimestamp() - start < s_lookout)
            {
                Thread.SpinWait(16);
                Thread.Yield();
            }
            if (Volatile.Read(ref _generation) == seen)
                lock (_gate)
                {
                    // Counted before the last look at the generation, as the caller counts sleepers after it has changed it: one of the two sees the other.
                    Interlocked.Increment(ref _sleepers);
                    while (Volatile.Read(ref _generation) == seen && !_closing) Monitor.Wait(_gate);
                    Interlocked.Decrement(ref _sleepers);
                    if (_closing) break;
                }
            seen = Volatile.Read(ref _generation);
            TakeParts();
        }
        WorkItem.Current.FreeLocal();
    }

    /// <summary>Ends the workers.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closing = true;
            Monitor.PulseAll(_gate);
        }
        foreach (var worker in _workers) worker.Join();
        _caller.FreeLocal();
    }
}
