using FcnFromScratch.Engine.Devices;

namespace FcnFromScratch.App.Serve;

/// <summary>
/// The one thread that uses a device, whose threads can do one thing at a time. Work waits for it in line; what waits under one key is done together, so
/// that requests which arrive at once become one batch. Nothing is waited for: a batch is what there is when the device is free.
/// </summary>
internal sealed class DeviceThread : IDisposable
{
    /// <summary>Work in line; more would be answered long after anybody waits.</summary>
    private const int MostWaiting = 4096;

    private readonly Device _device;
    private readonly Thread _thread;
    private readonly object _gate = new();
    private readonly LinkedList<Work> _line = [];
    private readonly int _mostTogether;
    private bool _isClosing;

    /// <param name="device">Disposed at the end.</param>
    /// <param name="mostTogether">Pieces of work in a batch at most; 1 does each alone.</param>
    public DeviceThread(Device device, int mostTogether)
    {
        (_device, _mostTogether) = (device, mostTogether);
        _thread = new Thread(Serve) { IsBackground = true, Name = "device" };
        _thread.Start();
    }

    /// <summary>For its name and kind: only the thread may run anything on it.</summary>
    public Device Device => _device;

    public string Name => _device.Name;
    public string Description => _device.Description;

    /// <summary>Pieces of work in line.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate) return _line.Count;
        }
    }

    /// <summary>Runs a function on the thread.</summary>
    /// <exception cref="BusyException">The line is too long, or closed.</exception>
    public Task<T> Run<T>(Func<Device, T> function, CancellationToken cancel) =>
        Together<int, T>(new object(), 0, (device, _) => [function(device)], cancel);

    /// <summary>Runs a function over all inputs that wait under one key.</summary>
    /// <param name="key">Equal for what can be done together by the same function.</param>
    /// <param name="function">Gives an output for each input. What fails for several is tried one by one, so that each gets its own answer.</param>
    /// <exception cref="BusyException">The line is too long, or closed.</exception>
    public Task<TOut> Together<TIn, TOut>(
        object key, TIn input, Func<Device, IReadOnlyList<TIn>, IReadOnlyList<TOut>> function, CancellationToken cancel)
    {
        var work = new Work<TIn, TOut>(key, input, function, cancel);
        lock (_gate)
        {
            if (_isClosing) throw new BusyException("the server is stopping; ask again when it is back");
            if (_line.Count >= MostWaiting) throw new BusyException($"{MostWaiting} requests are waiting already; ask again later");
            _line.AddLast(work);
            Monitor.Pulse(_gate);
        }
        return work.Answer;
    }

    private void Serve()
    {
        while (Next() is { } together) together[0].Do(_device, together);
    }

    /// <summary>What is at the head of the line, with all that can be done with it; null when the line is closed and empty.</summary>
    private List<Work>? Next()
    {
        var together = new List<Work>();
        lock (_gate)
        {
            while (true)
            {
                for (var node = _line.First; node is not null && together.Count < _mostTogether;)
                {
                    var (work, next) = (node.Value, node.Next);
                    if (work.IsCancelled || together.Count == 0 || together[0].Key.Equals(work.Key))
                    {
                        _line.Remove(node);
                        if (work.IsCancelled) work.Cancel(); // whoever asked has gone
                        else together.Add(work);
                    }
                    node = next;
                }
                if (together.Count > 0) return together;
                if (_isClosing) return null;
                Monitor.Wait(_gate);
            }
        }
    }

    /// <summary>Does what is in line, takes no more, and ends.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isClosing = true;
            Monitor.Pulse(_gate);
        }
        _thread.Join();
        _device.Dispose();
    }

    private abstract class Work(object key, CancellationToken cancelled)
    {
        public object Key => key;
        public CancellationToken Cancelled => cancelled;
        public bool IsCancelled => cancelled.IsCancellationRequested;
        public abstract void Cancel();

        /// <summary>Does all of them, of which this is one.</summary>
        public abstract void Do(Device device, IReadOnlyList<Work> together);
    }

    private sealed class Work<TIn, TOut>(
        object key, TIn input, Func<Device, IReadOnlyList<TIn>, IReadOnlyList<TOut>> function, CancellationToken cancelled) : Work(key, cancelled)
    {
        // Whoever waits goes on elsewhere: the device is not to wait for them.
        private readonly TaskCompletionSource<TOut> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<TOut> Answer => _answer.Task;

        public override void Cancel() => _answer.TrySetCanceled(Cancelled);

        public override void Do(Device device, IReadOnlyList<Work> together)
        {
            Work<TIn, TOut>[] alike = [.. together.Cast<Work<TIn, TOut>>()];
            try
            {
                var outputs = function(device, [.. alike.Select(work => work.Input)]);
                for (int i = 0; i < alike.Length; i++) alike[i]._answer.TrySetResult(outputs[i]);
            }
            catch (Exception) when (alike.Length > 1)
            {
                foreach (var work in alike) work.Do(device, [work]);
            }
            catch (Exception e)
            {
                _answer.TrySetException(e);
            }
        }

        private TIn Input => input;
    }
}

/// <summary>Nothing is wrong with a request but its time.</summary>
internal sealed class BusyException(string message) : Exception(message);
