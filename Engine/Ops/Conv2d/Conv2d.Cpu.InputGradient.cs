using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

internal static partial class Conv2dCpu
{
    /// <summary>
    /// dx = activation(Σ over taps of dy · wᵀ + bias): the gradient of a convolution by its input, and with bias [InChannels] or empty the forward
    /// of the transposed convolution. Input pixels that leave the same remainder when divided by the stride see the same taps: each such
    /// phase is a convolution of stride 1 over dy with its own few taps, so no product with a zero is ever made.
    /// Scratch holds w as [phase, ty, tx, Cout, Cin], the B of each phase.
    /// </summary>
    public sealed unsafe class InputGradient : CpuLaunch
    {
        private readonly ConvGeometry _g;
        private readonly ArrayView<float> _dx, _dy, _w, _bias, _scratch;
        private readonly Action<int> _part, _transpose;
        private readonly TapProduct[] _phases;
        private readonly long[] _weightsOfPhase;
        private readonly int _blocks;
        private readonly WinogradProduct? _winograd;
        private int _splits;

        public InputGradient(ConvGeometry g, ArrayView<float> dx, ArrayView<float> dy, ArrayView<float> w, ArrayView<float> bias,
            ActivationKind activation, float slope, ArrayView<float> scratch)
        {
            (_g, _dx, _dy, _w, _bias, _scratch) = (g, dx, dy, w, bias, scratch);
            _phases = new TapProduct[g.StrideY * g.StrideX];
            _weightsOfPhase = new long[_phases.Length];
            long weights = 0;
            for (int i = 0; i < _phases.Length; i++)
            {
                int phaseY = i / g.StrideX, phaseX = i % g.StrideX;
                var (y0, tapsY, _) = PhaseTaps(phaseY, g.PadTop, g.StrideY, g.KernelHeight);
                var (x0, tapsX, _) = PhaseTaps(phaseX, g.PadLeft, g.StrideX, g.KernelWidth);
                _phases[i] = new TapProduct
                {
                    Grid = new TapGrid
                    {
                        Batch = g.Batch, Rows = Phases(g.InHeight, phaseY, g.StrideY), Columns = Phases(g.InWidth, phaseX, g.StrideX),
                        Height = g.OutHeight, Width = g.OutWidth, Channels = g.OutChannels,
                        StepY = 1, StepX = 1, Y0 = y0, X0 = x0, TapsY = tapsY, TapsX = tapsX,
                    },
                    Outputs = g.InChannels, Activation = activation, Slope = slope,
                    OutputHeight = g.InHeight, OutputWidth = g.InWidth, OutputStepY = g.StrideY, OutputStepX = g.StrideX,
                    OutputY = phaseY, OutputX = phaseX,
                };
                _weightsOfPhase[i] = weights;
                weights += (long)_phases[i].Grid.Depth * g.InChannels;
                _blocks = Math.Max(_blocks, BlocksOf(_phases[i].Grid.Positions));
            }
            if (Winograd.Suits(g))
                _winograd = new WinogradProduct(g.Batch, g.OutHeight, g.OutWidth, g.OutChannels, g.InHeight, g.InWidth, g.InChannels,
                    2 - g.PadTop, 2 - g.PadLeft, activation, slope);
            _part = SimdWidth.Choose(Part<Simd512>, Part<Simd256>, Part<Simd128>);
            _transpose = Transpose;
        }

        public static long ScratchLength(ConvGeometry g) => WeightsOf(g) + (Winograd.Suits(g) ? WinogradProduct.ScratchLength(g.OutChannels, g.InChannels) : 0);

        private static long WeightsOf(ConvGeometry g) => (long)g.KernelHeight * g.KernelWidth * g.InChannels * g.OutChannels;

        public override void Run(ThreadTeam team)
        {
            for (int i = 0; i < _phases.Length; i++)
            {
                ref var phase = ref _phases[i];
                phase.Output = _dx.Pointer;
                phase.Source = _dy.Pointer;
                phase.Bias = _bias.Pointer;
                phase.B = _scratch.Pointer + _weightsOfPhase[i];
            }
            _splits = Splits(team, _blocks * _phases.Length, _g.InChannels);
            team.Run(_g.KernelHeight * _g.KernelWidth * TransposeCuts, _transpose);
            if (_winograd is not null)
            {
                _winograd.Run(team, _dx.Pointer, _dy.Pointer, _scratch.Pointer, _bias.Pointer, _scratch.Pointer + WeightsOf(_g));
                return;
            }
            team.Run(_blocks * _phases.Length * _splits, _part);
        }

        private void Part<T>(int part) where T : unmanaged, ISimd<T>
        {
            ref var phase = ref _phases[part / _splits / _blocks];
            long first = (long)(part / _splits % _blocks) * GemmScratch.BlockRows;
            int count = (int)Math.Min(GemmScratch.BlockRows, phase.Grid.Positions - first);
            var (n0, n1) = Split<T>(part % _splits, _splits, _g.InChannels);
            if (count > 0 && n0 < n1) phase.Block<T>(first, count, n0, n1);
        }

        // One tap is cut by output channels, so that a 1x1 kernel has parts for several threads too.
        private const int TransposeCuts = 4;

        private void Transpose(int part)
        {
            int tap = part / TransposeCuts, cut = part % TransposeCuts, ky = tap / _g.KernelWidth, kx = tap % _g.KernelWidth;
            int phaseY = FloorMod(ky - _g.PadTop, _g.StrideY), phaseX = FloorMod(kx - _g.PadLeft, _g.StrideX), phase = phaseY * _g.StrideX + phaseX;
            var (_, tapsY, _) = PhaseTaps(phaseY, _g.PadTop, _g.StrideY, _g.KernelHeight);
            var (_, tapsX, _) = PhaseTaps(phaseX, _g.PadLeft, _g.StrideX, _g.KernelWidth);
            int ty = tapsY - 1 - ky / _g.StrideY, tx = tapsX - 1 - kx / _g.StrideX;
            int inputs = _g.InChannels, outputs = _g.OutChannels;
            float* from = _w.Pointer + (long)tap * inputs * outputs;
            float* to = _phases[phase].B + (long)(ty * tapsX + tx) * inputs * outputs;
            const int lines = 16;   // a line of the target is filled whole, from 16 lines of the source that stay cached
            int end = (int)((long)outputs * (cut + 1) / TransposeCuts);
            for (int i = 0; i < inputs; i += lines)
                for (int o = (int)((long)outputs * cut / TransposeCuts); o < end; o++)
                    for (int k = i; k < Math.Min(inputs, i + lines); k++) to[(long)o * inputs + k] = from[(long)k * outputs + o];
        }

        /// <summary>
        /// Input index i·stride + phase is read by the taps k = remainder + t·stride, at output index i + (phase + pad − k) / stride: taps in
        /// falling order are outputs in rising order, the first of them at i + First.
        /// </summary>
        private static (int First, int Taps, int Remainder) PhaseTaps(int phase, int pad, int stride, int kernel)
        {
            int remainder = FloorMod(phase + pad, stride);
            int taps = remainder < kernel ? (kernel - 1 - remainder) / stride + 1 : 0;
            return ((phase + pad - remainder) / stride - taps + 1, taps, remainder);
        }

        private static int Phases(int size, int phase, int stride) => Math.Max(0, (size - phase + stride - 1) / stride);

        private static int FloorMod(int value, int divisor) => (value % divisor + divisor) % divisor;
    }
}
