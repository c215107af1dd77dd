using System.Runtime.ExceptionServices;

namespace FcnFromScratch.Data;

/// <summary>In what order samples come, and what becomes of the last few.</summary>
public enum BatchOrder
{
    /// <summary>Training: a new permutation each epoch, a function of (seed, epoch); the rest that fills no batch is left out.</summary>
    Shuffled,

    /// <summary>Training that others can repeat step by step: ascending; the rest that fills no batch is left out.</summary>
    Sequential,

    /// <summary>Evaluation: ascending, every sample once; the last batch is filled up with samples to ignore.</summary>
    Evaluation,
}

/// <summary>
/// Prepares batches of one fixed size on a background thread, epoch after epoch without end, a few ahead of the consumer.
/// The buffers are reused: after the first batches nothing is allocated. What comes is a function of the arguments alone.
/// </summary>
public sealed class BatchLoader : IDisposable
{
    private const int RingSize = 4;

    private readonly ISampleSource _source;
    private readonly int _batchSize;
    private readonly BatchOrder _order;
    private readonly ulong _seed;
    private readonly Batch[] _ring = new Batch[RingSize];
    private readonly int[] _positions;
    private readonly Thread _thread;

    private readonly object _gate = new();
    private long _prepared, _taken; // guarded by _gate; batch n lies in slot n % RingSize
    private bool _stopped;
    private ExceptionDispatchInfo? _failure;

    /// <param name="source">The samples.</param>
    /// <param name="batchSize">Samples in each batch.</param>
    /// <param name="order">Order, and what becomes of an incomplete last batch.</param>
    /// <param name="seed">For <see cref="BatchOrder.Shuffled"/>.</param>
    /// <param name="firstEpoch">The epoch to begin with,</param>
    /// <param name="firstBatch">and the batch in it: a resumed run goes on where it stopped.</param>
    /// <exception cref="DataException">The source has no samples, or too few for one batch of training.</exception>
    public BatchLoader(ISampleSource source, int batchSize, BatchOrder order, ulong seed = 0, int firstEpoch = 0, int firstBatch = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        (_source, _batchSize, _order, _seed) = (source, batchSize, order, seed);
        if (source.Count == 0) throw new DataException("there are no images to make batches of.");
        BatchesPerEpoch = order == BatchOrder.Evaluation ? (source.Count - 1) / batchSize + 1 : source.Count / batchSize;
        if (BatchesPerEpoch == 0)
            throw new DataException($"a batch of {batchSize} is more than the {source.Count} images; ask for a batch of at most {source.Count}.");
        ArgumentOutOfRangeException.ThrowIfNegative(firstBatch);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstBatch, BatchesPerEpoch);

        _positions = new int[source.Count];
        for (int i = 0; i < RingSize; i++) _ring[i] = new Batch(source.Spec, batchSize);
        _thread = new Thread(() => Prepare(firstEpoch, firstBatch)) { IsBackground = true, Name = "batches" };
        _thread.Start();
    }

    public int BatchesPerEpoch { get; }

    /// <summary>The next batch, the loader's own until the one after it is asked for; waits for it if need be.</summary>
    /// <exception cref="DataException">Reading or making a sample failed; so does any exception of the source surface here.</exception>
    public Batch Next()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopped, this);
            _taken++; // gives the batch before back to the thread
            Monitor.PulseAll(_gate);
            while (_prepared < _taken && _failure is null) Monitor.Wait(_gate);
            if (_prepared < _taken) _failure!.Throw();
            return _ring[(_taken - 1) % RingSize];
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_stopped) return;
            _stopped = true;
            Monitor.PulseAll(_gate);
        }
        _thread.Join();
    }

    private void Prepare(int epoch, int index)
    {
        try
        {
            for (; ; epoch++, index = 0)
            {
                Order(epoch);
                for (; index < BatchesPerEpoch; index++)
                {
                    Batch batch;
                    lock (_gate)
                    {
                        // Batch _taken − 1 is the consumer's; it and all after it must stay as they are.
                        while (!_stopped && _prepared - Math.Max(0, _taken - 1) >= RingSize) Monitor.Wait(_gate);
                        if (_stopped) return;
                        batch = _ring[_prepared % RingSize];
                    }
                    int first = index * _batchSize;
                    batch.Read(_source, epoch, _positions.AsSpan(first, Math.Min(_batchSize, _positions.Length - first)));
                    lock (_gate)
                    {
                        _prepared++;
                        Monitor.PulseAll(_gate);
                    }
                }
            }
        }
        catch (Exception e)
        {
            lock (_gate)
            {
                _failure = ExceptionDispatchInfo.Capture(e);
                Monitor.PulseAll(_gate);
            }
        }
    }

    private void Order(int epoch)
    {
        for (int i = 0; i < _positions.Length; i++) _positions[i] = i;
        if (_order != BatchOrder.Shuffled) return;
        var random = new CounterRandom(_seed, RandomStream.Shuffle, (uint)epoch);
        random.Shuffle<int>(_positions);
    }
}
