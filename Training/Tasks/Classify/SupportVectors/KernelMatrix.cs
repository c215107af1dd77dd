using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Ops;

namespace FcnFromScratch.Training.Tasks.Classify;

/// <summary>
/// The Gaussian kernels of all pairs of some vectors, row by row as they are asked for. A device computes rows, many at a time since that is a product of
/// matrices; they are kept as long as there is room.
/// </summary>
internal sealed class KernelMatrix : IDisposable
{
    /// <summary>Rows computed at a time: enough that the product is worth its start, few enough that few of them are for nothing.</summary>
    public const int BatchRows = 48;

    private readonly float[] _vectors, _batch, _block;
    private readonly float[]?[] _rows;
    private readonly long[] _used;
    private readonly int _length, _capacity;
    private readonly Tensor _asked, _kernels;
    private readonly VariableStore _variables;
    private readonly CompiledGraph _compiled;
    private int _kept;
    private long _clock;

    /// <param name="vectors">[count, length], integers in −128 … 127.</param>
    /// <param name="gamma">For these values as they are.</param>
    /// <param name="room">Bytes of rows that are kept.</param>
    public KernelMatrix(Device device, float[] vectors, int length, float gamma, long room = 1L << 30)
    {
        (_vectors, _length) = (vectors, length);
        Count = vectors.Length / length;
        int rows = Math.Min(BatchRows, Count);
        (_rows, _used, _batch, _block) = (new float[Count][], new long[Count], new float[rows * length], new float[rows * Count]);
        _capacity = (int)Math.Clamp(room / (sizeof(float) * Count), Math.Min(2 * rows, Count), Count);
        var graph = new Graph(training: false);
        var all = graph.State("vectors", new Shape(Count, length), Initializer.Zeros);
        var width = graph.State("gamma", new Shape(1), Initializer.Zeros);
        _asked = graph.Input("asked", new Shape(rows, length));
        _kernels = graph.Apply(new GaussianKernel(), "kernels", _asked, all, width);
        _variables = new VariableStore(device, graph, seed: 0) { ["vectors"] = vectors, ["gamma"] = [gamma] };
        _compiled = new CompiledGraph(graph, _variables, [_kernels]);
    }

    public int Count { get; }

    /// <summary>Rows that were computed.</summary>
    public long Computed { get; private set; }

    public bool Has(int row) => _rows[row] is not null;

    /// <summary>A row of <see cref="Count"/> kernels. It stays as it is until as many others as there is room for have been asked for.</summary>
    /// <param name="next">Rows that will be asked for soon, in the order of their use: computed along with it where it is not there.</param>
    public float[] Row(int row, Func<IEnumerable<int>> next)
    {
        _used[row] = ++_clock;
        if (_rows[row] is { } known) return known;
        Compute([.. next().Prepend(row).Where(r => !Has(r)).Distinct().Take(_batch.Length / _length)]);
        return _rows[row]!;
    }

    private void Compute(int[] rows)
    {
        for (int i = 0; i < rows.Length; i++) _vectors.AsSpan(rows[i] * _length, _length).CopyTo(_batch.AsSpan(i * _length));
        _compiled.Upload<float>(_asked, _batch);
        _compiled.Run();
        _compiled.Download<float>(_kernels, _block);
        if (_kept + rows.Length > _capacity) Forget(_kept + rows.Length - _capacity);
        for (int i = 0; i < rows.Length; i++)
        {
            _rows[rows[i]] = _block.AsSpan(i * Count, Count).ToArray();
            _used[rows[i]] = _clock;
        }
        _kept += rows.Length;
        Computed += rows.Length;
    }

    /// <summary>Lets go of the rows that were not used for longest.</summary>
    private void Forget(int count)
    {
        foreach (int row in Enumerable.Range(0, Count).Where(Has).OrderBy(r => _used[r]).Take(count)) _rows[row] = null;
        _kept -= count;
    }

    public void Dispose()
    {
        _compiled.Dispose();
        _variables.Dispose();
    }
}
