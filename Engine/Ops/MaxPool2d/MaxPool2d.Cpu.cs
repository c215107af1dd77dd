using System.Numerics;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

/// <summary>Max-pooling over channel vectors; a part is one row of outputs.</summary>
public static unsafe class MaxPool2dCpu
{
    private static readonly int Lanes = Vector<float>.Count;

    public sealed class Forward : CpuLaunch
    {
        private readonly PoolGeometry _g;
        private readonly ArrayView<float> _y, _x;
        private readonly ArrayView<int> _index;
        private readonly Action<int> _part;

        public Forward(PoolGeometry g, ArrayView<float> y, ArrayView<int> index, ArrayView<float> x) =>
            (_g, _y, _index, _x, _part) = (g, y, index, x, Part);

        public override string Name => "MaxPool2d.Simd";
        public override void Run(ThreadTeam team) => team.Run(_g.Batch * _g.OutHeight, _part);

        private void Part(int row)
        {
            int n = row / _g.OutHeight, oy = row % _g.OutHeight, channels = _g.Channels;
            float* picture = _x.Pointer + (long)n * _g.InHeight * _g.InWidth * channels;
            for (int ox = 0; ox < _g.OutWidth; ox++)
            {
                long to = ((long)row * _g.OutWidth + ox) * channels;
                int first = oy * _g.Stride * _g.InWidth + ox * _g.Stride, c = 0;
                for (; c + Lanes <= channels; c += Lanes)
                {
                    var max = Vector.Load(picture + (long)first * channels + c);
                    var best = new Vector<int>(first);
                    for (int ky = 0; ky < _g.Kernel; ky++)
                        for (int kx = 0; kx < _g.Kernel; kx++)
                        {
                            int at = first + ky * _g.InWidth + kx;
                            var value = Vector.Load(picture + (long)at * channels + c);
                            var greater = Vector.GreaterThan(value, max);
                            max = Vector.ConditionalSelect(greater, value, max);
                            best = Vector.ConditionalSelect(greater, new Vector<int>(at), best);
                        }
                    max.Store(_y.Pointer + to + c);
                    best.Store(_index.Pointer + to + c);
                }
                for (; c < channels; c++)
                {
                    int best = first;
                    for (int ky = 0; ky < _g.Kernel; ky++)
                        for (int kx = 0; kx < _g.Kernel; kx++)
                        {
                            int at = first + ky * _g.InWidth + kx;
                            if (picture[(long)at * channels + c] > picture[(long)best * channels + c]) best = at;
                        }
                    _y.Pointer[to + c] = picture[(long)best * channels + c];
                    _index.Pointer[to + c] = best;
                }
            }
        }
    }

    /// <summary>For windows that do not overlap: each input pixel belongs to one window at most. A part is the rows of one row of windows.</summary>
    public sealed class Backward : CpuLaunch
    {
        private readonly PoolGeometry _g;
        private readonly ArrayView<float> _dx, _dy;
        private readonly ArrayView<int> _index;
        private readonly Action<int> _part;

        public Backward(PoolGeometry g, ArrayView<float> dx, ArrayView<float> dy, ArrayView<int> index) =>
            (_g, _dx, _dy, _index, _part) = (g, dx, dy, index, Part);

        public override string Name => "MaxPool2d.Backward.Simd";
        public override void Run(ThreadTeam team) => team.Run(_g.Batch * _g.InHeight, _part);

        private void Part(int row)
        {
            int n = row / _g.InHeight, iy = row % _g.InHeight, oy = iy / _g.Stride, channels = _g.Channels;
            bool covered = oy < _g.OutHeight && iy - oy * _g.Stride < _g.Kernel;
            float* to = _dx.Pointer + (long)row * _g.InWidth * channels;
            for (int ix = 0; ix < _g.InWidth; ix++, to += channels)
            {
                int ox = ix / _g.Stride, at = iy * _g.InWidth + ix, c = 0;
                if (!covered || ox >= _g.OutWidth || ix - ox * _g.Stride >= _g.Kernel)
                {
                    new Span<float>(to, channels).Clear();
                    continue;
                }
                long from = (((long)n * _g.OutHeight + oy) * _g.OutWidth + ox) * channels;
                float* dy = _dy.Pointer + from;
                int* index = _index.Pointer + from;
                var here = new Vector<int>(at);
                for (; c + Lanes <= channels; c += Lanes)
                    Vector.ConditionalSelect(Vector.Equals(Vector.Load(index + c), here), Vector.Load(dy + c), Vector<float>.Zero).Store(to + c);
                for (; c < channels; c++) to[c] = index[c] == at ? dy[c] : 0;
            }
        }
    }
}
