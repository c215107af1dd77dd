using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

/// <summary>Max-pooling over registers of channels; a part is one row of pixels. Indices travel in registers of floats, as bits.</summary>
internal static unsafe class MaxPool2dCpu
{
    public sealed class Forward(SimdWidth width, PoolGeometry g, ArrayView<float> y, ArrayView<int> index, ArrayView<float> x) : SimdLaunch(width)
    {
        protected override int Parts => g.Batch * g.OutHeight;

        protected override void Part<T>(int row)
        {
            int n = row / g.OutHeight, oy = row % g.OutHeight, channels = g.Channels;
            float* picture = x.Pointer + (long)n * g.InHeight * g.InWidth * channels, output = y.Pointer, indices = (float*)index.Pointer;
            for (int ox = 0; ox < g.OutWidth; ox++)
            {
                long to = ((long)row * g.OutWidth + ox) * channels;
                int first = oy * g.Stride * g.InWidth + ox * g.Stride;
                for (int c = 0; c < channels; c += T.Count)
                {
                    T max = T.Load(picture + (long)first * channels + c), best = T.CreateBits(first);
                    for (int ky = 0; ky < g.Kernel; ky++)
                        for (int kx = 0; kx < g.Kernel; kx++)
                        {
                            int at = first + ky * g.InWidth + kx;
                            T value = T.Load(picture + (long)at * channels + c);
                            T wins = T.Select(T.LessOrEqual(value, value), T.Greater(value, max), T.CreateBits(-1));
                            max = T.Select(wins, value, max);
                            best = T.Select(wins, T.CreateBits(at), best);
                        }
                    max.StoreFirst(output + to + c, channels - c);
                    best.StoreFirst(indices + to + c, channels - c);
                }
            }
        }
    }

    /// <summary>For windows that do not overlap: each input pixel belongs to one window at most.</summary>
    public sealed class Backward(SimdWidth width, PoolGeometry g, ArrayView<float> dx, ArrayView<float> dy, ArrayView<int> index) : SimdLaunch(width)
    {
        protected override int Parts => g.Batch * g.InHeight;

        protected override void Part<T>(int row)
        {
            int n = row / g.InHeight, iy = row % g.InHeight, oy = iy / g.Stride, channels = g.Channels;
            bool covered = oy < g.OutHeight && iy - oy * g.Stride < g.Kernel;
            float* to = dx.Pointer + (long)row * g.InWidth * channels, gradients = dy.Pointer, winners = (float*)index.Pointer;
            for (int ix = 0; ix < g.InWidth; ix++, to += channels)
            {
                int ox = ix / g.Stride;
                if (!covered || ox >= g.OutWidth || ix - ox * g.Stride >= g.Kernel)
                {
                    new Span<float>(to, channels).Clear();
                    continue;
                }
                long from = (((long)n * g.OutHeight + oy) * g.OutWidth + ox) * channels;
                T here = T.CreateBits(iy * g.InWidth + ix);
                for (int c = 0; c < channels; c += T.Count)
                    T.Select(T.EqualBits(T.Load(winners + from + c), here), T.Load(gradients + from + c), T.Create(0)).StoreFirst(to + c, channels - c);
            }
        }
    }
}
