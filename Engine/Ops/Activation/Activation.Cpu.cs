using System.Runtime.CompilerServices;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// The pointwise functions by registers, bound by memory.
/// The backward pass can sum dx over rows on its way (the gradient of a bias), which saves one trip through memory.
/// </summary>
internal static unsafe class ActivationCpu
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(ActivationKind kind, float slope, T x) where T : unmanaged, ISimd<T> => kind switch
    {
        ActivationKind.Relu => T.Select(T.LessOrEqual(x, T.Create(0)), T.Create(0), x),
        ActivationKind.LeakyRelu => T.Select(T.LessOrEqual(x, T.Create(0)), T.Create(slope) * x, x),
        ActivationKind.Sigmoid => Sigmoid(x),
        _ => x,
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Derivative<T>(ActivationKind kind, float slope, T y) where T : unmanaged, ISimd<T> => kind switch
    {
        ActivationKind.Relu => T.Select(T.LessOrEqual(y, T.Create(0)), T.Create(0), T.Create(1)),
        ActivationKind.LeakyRelu => T.Select(T.LessOrEqual(y, T.Create(0)), T.Create(slope), T.Create(1)),
        ActivationKind.Sigmoid => y * (T.Create(1) - y),
        _ => T.Create(1),
    };

    // A call: the exponential is long and would crowd the registers of the products that end with an activation.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static T Sigmoid<T>(T x) where T : unmanaged, ISimd<T> => T.Create(1) / (T.Create(1) + T.Exp(T.Create(0) - x));

    public sealed class Forward(SimdWidth width, ArrayView<float> y, ArrayView<float> x, ActivationKind kind, float slope) : ElementsLaunch(width, y.Length)
    {
        protected override void Elements<T>(long begin, long end)
        {
            float* to = y.Pointer, from = x.Pointer;
            for (long i = begin; i < end; i += T.Count) Apply(kind, slope, T.Load(from + i)).StoreFirst(to + i, end - i);
        }
    }

    /// <summary>dx = dy · f′ and, if asked for, db = Σ over rows of dx: partial sums by chunks of rows, added in order, as in <see cref="RowSum"/>.</summary>
    /// <param name="db">[channels], or empty.</param>
    /// <param name="partial">[chunks, channels] where db is asked for.</param>
    public sealed class Backward(
        SimdWidth width, ArrayView<float> dx, ArrayView<float> db, ArrayView<float> dy, ArrayView<float> y, int channels,
        ActivationKind kind, float slope, ArrayView<float> partial) : SimdLaunch(width)
    {
        private readonly int _rows = (int)(dx.Length / channels);

        protected override int Parts => RowSum.Chunks(_rows);

        public override void Run(ThreadTeam team)
        {
            base.Run(team);
            if (db.Length > 0) RowSumCpu.Combine(db, partial, Parts, channels);
        }

        protected override void Part<T>(int chunk)
        {
            int row = chunk * RowSum.RowsPerChunk, rows = Math.Min(RowSum.RowsPerChunk, _rows - row);
            long begin = (long)row * channels, end = begin + (long)rows * channels;
            float* to = dx.Pointer, gradient = dy.Pointer, output = y.Pointer;
            for (long i = begin; i < end; i += T.Count)
                (T.Load(gradient + i) * Derivative(kind, slope, T.Load(output + i))).StoreFirst(to + i, end - i);
            // The chunk's rows are still in the cache.
            if (db.Length > 0) RowSumCpu.Sum<T>(partial.Pointer + (long)chunk * channels, to + begin, rows, channels);
        }
    }
}
