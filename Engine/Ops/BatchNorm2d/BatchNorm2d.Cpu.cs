using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

/// <summary>Batch normalization over registers of channels; a part is one chunk of rows, which stays in the cache for a second pass.</summary>
internal static unsafe class BatchNorm2dCpu
{
    public abstract class RowsLaunch(SimdWidth width, int rows, int channels) : SimdLaunch(width)
    {
        protected sealed override int Parts => (rows + BatchNorm2d.RowsPerChunk - 1) / BatchNorm2d.RowsPerChunk;

        protected sealed override void Part<T>(int chunk)
        {
            int begin = chunk * BatchNorm2d.RowsPerChunk;
            Rows<T>(chunk, begin, Math.Min(begin + BatchNorm2d.RowsPerChunk, rows), channels);
        }

        protected abstract void Rows<T>(int chunk, int begin, int end, int channels) where T : unmanaged, ISimd<T>;
    }

    public sealed class Moments(SimdWidth width, ArrayView<float> means, ArrayView<float> squares, ArrayView<float> x, int rows, int channels)
        : RowsLaunch(width, rows, channels)
    {
        protected override void Rows<T>(int chunk, int begin, int end, int channels)
        {
            float* rows = x.Pointer + (long)begin * channels, mean = means.Pointer + (long)chunk * channels, square = squares.Pointer + (long)chunk * channels;
            RowSumCpu.Sum<T>(mean, rows, end - begin, channels);
            for (int c = 0; c < channels; c += T.Count)
            {
                T center = T.Load(mean + c) / T.Create(end - begin), sum = T.Create(0);
                for (int row = 0; row < end - begin; row++)
                {
                    T d = T.Load(rows + (long)row * channels + c) - center;
                    sum += d * d;
                }
                center.StoreFirst(mean + c, channels - c);
                sum.StoreFirst(square + c, channels - c);
            }
        }
    }

    public sealed class Normalize(
        SimdWidth width, ArrayView<float> y, ArrayView<float> x, ArrayView<float> gamma, ArrayView<float> beta, ArrayView<float> mean,
        ArrayView<float> inverseDeviation, int rows, int channels) : RowsLaunch(width, rows, channels)
    {
        protected override void Rows<T>(int chunk, int begin, int end, int channels)
        {
            float* m = mean.Pointer, s = inverseDeviation.Pointer, g = gamma.Pointer, b = beta.Pointer;
            float* from = x.Pointer + (long)begin * channels, to = y.Pointer + (long)begin * channels;
            for (int row = begin; row < end; row++, from += channels, to += channels)
                for (int c = 0; c < channels; c += T.Count)
                    ((T.Load(from + c) - T.Load(m + c)) * (T.Load(s + c) * T.Load(g + c)) + T.Load(b + c)).StoreFirst(to + c, channels - c);
        }
    }

    public sealed class Inference(
        SimdWidth width, ArrayView<float> y, ArrayView<float> x, ArrayView<float> gamma, ArrayView<float> beta, ArrayView<float> movingMean,
        ArrayView<float> movingVariance, int rows, int channels, float epsilon) : RowsLaunch(width, rows, channels)
    {
        protected override void Rows<T>(int chunk, int begin, int end, int channels)
        {
            for (int c = 0; c < channels; c += T.Count)
            {
                T mean = T.Load(movingMean.Pointer + c), shift = T.Load(beta.Pointer + c);
                T scale = T.Load(gamma.Pointer + c) / T.Sqrt(T.Load(movingVariance.Pointer + c) + T.Create(epsilon));
                for (long row = begin; row < end; row++)
                    ((T.Load(x.Pointer + row * channels + c) - mean) * scale + shift).StoreFirst(y.Pointer + row * channels + c, channels - c);
            }
        }
    }

    public sealed class GradientSums(
        SimdWidth width, ArrayView<float> dGamma, ArrayView<float> dBeta, ArrayView<float> dy, ArrayView<float> x, ArrayView<float> mean,
        ArrayView<float> inverseDeviation, int rows, int channels) : RowsLaunch(width, rows, channels)
    {
        protected override void Rows<T>(int chunk, int begin, int end, int channels)
        {
            float* gradients = dy.Pointer, inputs = x.Pointer,
                toGamma = dGamma.Pointer + (long)chunk * channels, toBeta = dBeta.Pointer + (long)chunk * channels;
            for (int c = 0; c < channels; c += T.Count)
            {
                T center = T.Load(mean.Pointer + c), dot = T.Create(0), sum = T.Create(0);
                for (long row = begin; row < end; row++)
                {
                    T d = T.Load(gradients + row * channels + c);
                    dot += d * (T.Load(inputs + row * channels + c) - center);
                    sum += d;
                }
                (dot * T.Load(inverseDeviation.Pointer + c)).StoreFirst(toGamma + c, channels - c);
                sum.StoreFirst(toBeta + c, channels - c);
            }
        }
    }

    public sealed class InputGradient(
        SimdWidth width, ArrayView<float> dx, ArrayView<float> dy, ArrayView<float> x, ArrayView<float> gamma, ArrayView<float> mean,
        ArrayView<float> inverseDeviation, ArrayView<float> dGamma, ArrayView<float> dBeta, int rows, int channels) : RowsLaunch(width, rows, channels)
    {
        private readonly float _perRow = 1f / rows;

        protected override void Rows<T>(int chunk, int begin, int end, int channels)
        {
            float* m = mean.Pointer, s = inverseDeviation.Pointer, g = gamma.Pointer, sumGamma = dGamma.Pointer, sumBeta = dBeta.Pointer;
            long first = (long)begin * channels;
            float* from = x.Pointer + first, d = dy.Pointer + first, to = dx.Pointer + first;
            for (int row = begin; row < end; row++, from += channels, d += channels, to += channels)
                for (int c = 0; c < channels; c += T.Count)
                {
                    T deviation = T.Load(s + c);
                    T normalized = (T.Load(from + c) - T.Load(m + c)) * deviation;
                    T shift = (T.Load(sumBeta + c) + normalized * T.Load(sumGamma + c)) * T.Create(_perRow);
                    (T.Load(g + c) * deviation * (T.Load(d + c) - shift)).StoreFirst(to + c, channels - c);
                }
        }
    }
}
