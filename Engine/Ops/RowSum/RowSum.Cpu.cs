using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

internal static unsafe class RowSumCpu
{
    /// <summary>y[c] = Σ x[row, c] over consecutive rows, one after the other: the same bits at any width.</summary>
    public static void Sum<T>(float* y, float* x, int rows, int channels) where T : unmanaged, ISimd<T>
    {
        for (int c = 0; c < channels; c += T.Count)
        {
            T sum = T.Create(0);
            for (int row = 0; row < rows; row++) sum += T.Load(x + (long)row * channels + c);
            sum.StoreFirst(y + c, channels - c);
        }
    }

    /// <summary>Adds the chunks; so few that any width will do.</summary>
    public static void Combine(ArrayView<float> y, ArrayView<float> partial, int chunks, int channels) =>
        Sum<Simd128>(y.Pointer, partial.Pointer, chunks, channels);

    public sealed class Launch(SimdWidth width, ArrayView<float> y, ArrayView<float> x, int channels, ArrayView<float> partial) : SimdLaunch(width)
    {
        private readonly int _rows = (int)(x.Length / channels);

        protected override int Parts => RowSum.Chunks(_rows);

        public override void Run(ThreadTeam team)
        {
            base.Run(team);
            Combine(y, partial, Parts, channels);
        }

        protected override void Part<T>(int chunk)
        {
            int row = chunk * RowSum.RowsPerChunk, rows = Math.Min(RowSum.RowsPerChunk, _rows - row);
            Sum<T>(partial.Pointer + (long)chunk * channels, x.Pointer + (long)row * channels, rows, channels);
        }
    }
}
