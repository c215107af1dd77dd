using System.Numerics;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// The pointwise functions by <see cref="Vector{T}"/>: bound by memory, so wider vectors would gain nothing.
/// The backward pass can sum dx over rows on its way (the gradient of a bias), which saves one trip through memory.
/// </summary>
public static unsafe class ActivationCpu
{
    private static readonly int Lanes = Vector<float>.Count;

    public static Vector<float> Apply(ActivationKind kind, Vector<float> slope, Vector<float> x) => kind switch
    {
        ActivationKind.Relu => Vector.Max(x, Vector<float>.Zero),
        ActivationKind.LeakyRelu => Vector.ConditionalSelect(Vector.GreaterThan(x, Vector<float>.Zero), x, slope * x),
        ActivationKind.Sigmoid => Vector<float>.One / (Vector<float>.One + Vector.Exp(-x)),
        _ => x,
    };

    public static Vector<float> Derivative(ActivationKind kind, Vector<float> slope, Vector<float> y) => kind switch
    {
        ActivationKind.Relu => Vector.ConditionalSelect(Vector.GreaterThan(y, Vector<float>.Zero), Vector<float>.One, Vector<float>.Zero),
        ActivationKind.LeakyRelu => Vector.ConditionalSelect(Vector.GreaterThan(y, Vector<float>.Zero), Vector<float>.One, slope),
        ActivationKind.Sigmoid => y * (Vector<float>.One - y),
        _ => Vector<float>.One,
    };

    public sealed class Forward : CpuLaunch
    {
        private const int PerPart = 32768;
        private readonly ArrayView<float> _y, _x;
        private readonly ActivationKind _kind;
        private readonly float _slope;
        private readonly Action<int> _part;

        public Forward(ArrayView<float> y, ArrayView<float> x, ActivationKind kind, float slope)
        {
            (_y, _x, _kind, _slope, _part) = (y, x, kind, slope, Part);
        }

        public override string Name => "Activation.Simd";
        public override void Run(ThreadTeam team) => team.Run((int)((_y.Length + PerPart - 1) / PerPart), _part);

        private void Part(int part)
        {
            long begin = (long)part * PerPart, end = Math.Min(begin + PerPart, _y.Length);
            float* y = _y.Pointer, x = _x.Pointer;
            var slope = new Vector<float>(_slope);
            long i = begin;
            for (; i + Lanes <= end; i += Lanes) Apply(_kind, slope, Vector.Load(x + i)).Store(y + i);
            for (; i < end; i++) y[i] = ActivationKernels.Apply((int)_kind, _slope, x[i]);
        }
    }

    /// <summary>dx = dy · f′ and, if asked for, db = Σ over rows of dx; partial sums by fixed runs of rows, added in order.</summary>
    public sealed class Backward : CpuLaunch
    {
        public const int RowsPerPart = 512;
        private readonly ArrayView<float> _dx, _db, _dy, _y, _partial;
        private readonly int _rows, _channels, _parts;
        private readonly ActivationKind _kind;
        private readonly float _slope;
        private readonly Action<int> _part;

        /// <param name="db">[channels], or empty.</param>
        /// <param name="partial">[parts, channels] where db is asked for.</param>
        public Backward(
            ArrayView<float> dx, ArrayView<float> db, ArrayView<float> dy, ArrayView<float> y, int channels,
            ActivationKind kind, float slope, ArrayView<float> partial)
        {
            (_dx, _db, _dy, _y, _channels, _kind, _slope, _partial) = (dx, db, dy, y, channels, kind, slope, partial);
            _rows = (int)(dx.Length / channels);
            _parts = Parts(_rows);
            _part = Part;
        }

        public static int Parts(int rows) => (rows + RowsPerPart - 1) / RowsPerPart;

        public override string Name => "Activation.Backward.Simd";

        public override void Run(ThreadTeam team)
        {
            team.Run(_parts, _part);
            if (_db.Length > 0) RowSumCpu.Combine(_db, _partial, _parts, _channels);
        }

        private void Part(int part)
        {
            int row = part * RowsPerPart, rows = Math.Min(RowsPerPart, _rows - row);
            long begin = (long)row * _channels, end = begin + (long)rows * _channels;
            float* dx = _dx.Pointer, dy = _dy.Pointer, y = _y.Pointer;
            var slope = new Vector<float>(_slope);
            long i = begin;
            for (; i + Lanes <= end; i += Lanes) (Vector.Load(dy + i) * Derivative(_kind, slope, Vector.Load(y + i))).Store(dx + i);
            for (; i < end; i++) dx[i] = dy[i] * ActivationKernels.Derivative((int)_kind, _slope, y[i]);
            // The part's rows are still in the cache.
            if (_db.Length > 0) RowSumCpu.Sum(_partial.Pointer + (long)part * _channels, dx + begin, rows, _channels);
        }
    }
}
