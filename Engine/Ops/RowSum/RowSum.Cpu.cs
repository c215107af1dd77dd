using System.Numerics;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

public static unsafe class RowSumCpu
{
    /// <summary>y[c] = Σ x[row, c] over consecutive rows.</summary>
    public static void Sum(float* y, float* x, int rows, int channels)
    {
        int lanes = Vector<float>.Count, c = 0;
        for (; c + lanes <= channels; c += lanes)
        {
            var sum = Vector<float>.Zero;
            for (int row = 0; row < rows; row++) sum += Vector.Load(x + (long)row * channels + c);
            sum.Store(y + c);
        }
        for (; c < channels; c++)
        {
            float sum = 0;
            for (int row = 0; row < rows; row++) sum += x[(long)row * channels + c];
            y[c] = sum;
        }
    }

    public static void Combine(ArrayView<float> y, ArrayView<float> partial, int chunks, int channels) =>
        Sum(y.Pointer, partial.Pointer, chunks, channels);

    public sealed class Launch : CpuLaunch
    {
        private readonly ArrayView<float> _y, _x, _partial;
        private readonly int _rows, _channels;
        private readonly Action<int> _part;

        public Launch(ArrayView<float> y, ArrayView<float> x, int channels, ArrayView<float> partial)
        {
            (_y, _x, _channels, _partial, _part) = (y, x, channels, partial, Part);
            _rows = (int)(x.Length / channels);
        }

        public override string Name => "RowSum.Simd";

        public override void Run(ThreadTeam team)
        {
            int chunks = RowSum.Chunks(_rows);
            team.Run(chunks, _part);
            Combine(_y, _partial, chunks, _channels);
        }

        private void Part(int chunk)
        {
            int row = chunk * RowSum.RowsPerChunk;
            Sum(_partial.Pointer + (long)chunk * _channels, _x.Pointer + (long)row * _channels, Math.Min(RowSum.RowsPerChunk, _rows - row), _channels);
        }
    }
}
