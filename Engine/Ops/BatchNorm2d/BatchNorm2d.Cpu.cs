using System.Numerics;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

/// <summary>Batch normalization over channel vectors; a part is one chunk of rows, which stays in the cache for a second pass.</summary>
public static unsafe class BatchNorm2dCpu
{
    private static readonly int Lanes = Vector<float>.Count;

    public abstract class RowsLaunch : CpuLaunch
    {
        private readonly int _rows;
        private readonly Action<int> _part;

        protected RowsLaunch(int rows, int channels)
        {
            (_rows, Channels, _part) = (rows, channels, Part);
        }

        protected int Channels { get; }
        public override string Name => $"BatchNorm2d.{GetType().Name}.Simd";
        public override void Run(ThreadTeam team) => team.Run((_rows + BatchNorm2d.RowsPerChunk - 1) / BatchNorm2d.RowsPerChunk, _part);

        private void Part(int chunk)
        {
            int begin = chunk * BatchNorm2d.RowsPerChunk;
            Rows(chunk, begin, Math.Min(begin + BatchNorm2d.RowsPerChunk, _rows));
        }

        protected abstract void Rows(int chunk, int begin, int end);
    }

    public sealed class Moments(ArrayView<float> means, ArrayView<float> squares, ArrayView<float> x, int rows, int channels) : RowsLaunch(rows, channels)
    {
        protected override void Rows(int chunk, int begin, int end)
        {
            float* rows = x.Pointer + (long)begin * Channels, mean = means.Pointer + (long)chunk * Channels, square = squares.Pointer + (long)chunk * Channels;
            RowSumCpu.Sum(mean, rows, end - begin, Channels);
            for (int i = 0; i < Channels; i++) mean[i] /= end - begin;
            int c = 0;
            for (; c + Lanes <= Channels; c += Lanes)
            {
                Vector<float> center = Vector.Load(mean + c), sum = Vector<float>.Zero;
                for (int row = 0; row < end - begin; row++)
                {
                    var d = Vector.Load(rows + (long)row * Channels + c) - center;
                    sum += d * d;
                }
                sum.Store(square + c);
            }
            for (; c < Channels; c++)
            {
                float sum = 0;
                for (int row = 0; row < end - begin; row++)
                {
                    float d = rows[(long)row * Channels + c] - mean[c];
                    sum += d * d;
                }
                square[c] = sum;
            }
        }
    }

    public sealed class Normalize(
        ArrayView<float> y, ArrayView<float> x, ArrayView<float> gamma, ArrayView<float> beta, ArrayView<float> mean, ArrayView<float> inverseDeviation,
        int rows, int channels) : RowsLaunch(rows, channels)
    {
        protected override void Rows(int chunk, int begin, int end)
        {
            float* m = mean.Pointer, s = inverseDeviation.Pointer, g = gamma.Pointer, b = beta.Pointer;
            for (long row = begin; row < end; row++)
            {
                float* from = x.Pointer + row * Channels, to = y.Pointer + row * Channels;
                int c = 0;
                for (; c + Lanes <= Channels; c += Lanes)
                    ((Vector.Load(from + c) - Vector.Load(m + c)) * (Vector.Load(s + c) * Vector.Load(g + c)) + Vector.Load(b + c)).Store(to + c);
                for (; c < Channels; c++) to[c] = (from[c] - m[c]) * (s[c] * g[c]) + b[c];
            }
        }
    }

    public sealed class GradientSums(
        ArrayView<float> dGamma, ArrayView<float> dBeta, ArrayView<float> dy, ArrayView<float> x, ArrayView<float> mean, ArrayView<float> inverseDeviation,
        int rows, int channels) : RowsLaunch(rows, channels)
    {
        protected override void Rows(int chunk, int begin, int end)
        {
            float* m = mean.Pointer, s = inverseDeviation.Pointer, toGamma = dGamma.Pointer + (long)chunk * Channels, toBeta = dBeta.Pointer + (long)chunk * Channels;
            int c = 0;
            for (; c + Lanes <= Channels; c += Lanes)
            {
                Vector<float> center = Vector.Load(m + c), dot = Vector<float>.Zero, sum = Vector<float>.Zero;
                for (long row = begin; row < end; row++)
                {
                    var d = Vector.Load(dy.Pointer + row * Channels + c);
                    dot += d * (Vector.Load(x.Pointer + row * Channels + c) - center);
                    sum += d;
                }
                (dot * Vector.Load(s + c)).Store(toGamma + c);
                sum.Store(toBeta + c);
            }
            for (; c < Channels; c++)
            {
                float dot = 0, sum = 0;
                for (long row = begin; row < end; row++)
                {
                    float d = dy.Pointer[row * Channels + c];
                    dot += d * (x.Pointer[row * Channels + c] - m[c]);
                    sum += d;
                }
                (toGamma[c], toBeta[c]) = (dot * s[c], sum);
            }
        }
    }

    public sealed class InputGradient(
        ArrayView<float> dx, ArrayView<float> dy, ArrayView<float> x, ArrayView<float> gamma, ArrayView<float> mean, ArrayView<float> inverseDeviation,
        ArrayView<float> dGamma, ArrayView<float> dBeta, int rows, int channels) : RowsLaunch(rows, channels)
    {
        private readonly float _perRow = 1f / rows;

        protected override void Rows(int chunk, int begin, int end)
        {
            float* m = mean.Pointer, s = inverseDeviation.Pointer, g = gamma.Pointer, sumGamma = dGamma.Pointer, sumBeta = dBeta.Pointer;
            for (long row = begin; row < end; row++)
            {
                float* from = x.Pointer + row * Channels, d = dy.Pointer + row * Channels, to = dx.Pointer + row * Channels;
                int c = 0;
                for (; c + Lanes <= Channels; c += Lanes)
                {
                    var deviation = Vector.Load(s + c);
                    var normalized = (Vector.Load(from + c) - Vector.Load(m + c)) * deviation;
                    var shift = (Vector.Load(sumBeta + c) + normalized * Vector.Load(sumGamma + c)) * _perRow;
                    (Vector.Load(g + c) * deviation * (Vector.Load(d + c) - shift)).Store(to + c);
                }
                for (; c < Channels; c++)
                    to[c] = g[c] * s[c] * (d[c] - (sumBeta[c] + (from[c] - m[c]) * s[c] * sumGamma[c]) * _perRow);
            }
        }
    }
}
