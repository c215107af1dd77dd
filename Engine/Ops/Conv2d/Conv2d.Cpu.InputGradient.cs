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
    /// Scratch holds the live taps of w as [phase, ty, tx, Cout, Cin], the B of each phase. For a 3x3 kernel of stride 1 that is the kernel of a forward
    /// convolution of dy, which Winograd's algorithm may take.
    /// </summary>
    public sealed unsafe class InputGradient : CpuLaunch
    {
        private readonly ArrayView<float> _dx, _dy, _w, _bias, _scratch;
        private readonly Action<int> _part, _transpose;
        private readonly TapProduct[] _phases;
        private readonly List<(int Phase, int Tap, long Target)> _taps = [];
        private readonly int _inputs, _outputs, _blocks;
        private readonly WinogradProduct? _winograd;
        private int _splits;

        public InputGradient(SimdWidth width, ConvGeometry g, ArrayView<float> dx, ArrayView<float> dy, ArrayView<float> w, ArrayView<float> bias,
            ActivationKind activation, float slope, ArrayView<float> scratch)
        {
            (_dx, _dy, _w, _bias, _scratch) = (dx, dy, w, bias, scratch);
            if (Winograd.Suits(g))
                _winograd = new WinogradProduct(width, g.Batch, g.OutHeight, g.OutWidth, g.OutChannels, g.InHeight, g.InWidth, g.InChannels,
                    2 - g.PadTop, 2 - g.PadLeft, activation, slope);
            int biasLength = g.InChannels;
            g = Folded(g);
            (_inputs, _outputs) = (g.InChannels, g.OutChannels);
            _phases = new TapProduct[g.StrideY * g.StrideX];
            for (int i = 0; i < _phases.Length; i++)
            {
                int phaseY = i / g.StrideX, phaseX = i % g.StrideX;
                var (y0, lastY, tapsY) = PhaseTaps(phaseY, g.PadTop, g.StrideY, g.KernelHeight);
                var (x0, lastX, tapsX) = PhaseTaps(phaseX, g.PadLeft, g.StrideX, g.KernelWidth);
                var grid = new TapGrid
                {
                    Batch = g.Batch, Rows = Phases(g.InHeight, phaseY, g.StrideY), Columns = Phases(g.InWidth, phaseX, g.StrideX),
                    Height = g.OutHeight, Width = g.OutWidth, Channels = g.OutChannels,
                    StepY = 1, StepX = 1, Y0 = y0, X0 = x0, TapsY = tapsY, TapsX = tapsX,
                }.Trimmed(out int firstY, out int firstX);
                _phases[i] = new TapProduct
                {
                    Grid = grid, Outputs = g.InChannels, BRun = grid.TapsX * g.OutChannels, BiasLength = biasLength, Activation = activation, Slope = slope,
                    OutputHeight = g.InHeight, OutputWidth = g.InWidth, OutputStepY = g.StrideY, OutputStepX = g.StrideX,
                    OutputY = phaseY, OutputX = phaseX,
                };
                _blocks = Math.Max(_blocks, BlocksOf(grid.Positions));
                for (int ty = firstY; ty < firstY + grid.TapsY; ty++)
                    for (int tx = firstX; tx < firstX + grid.TapsX; tx++)
                        _taps.Add((i, (lastY - ty * g.StrideY) * g.KernelWidth + lastX - tx * g.StrideX, (long)_taps.Count * g.InChannels * g.OutChannels));
            }
            _part = width.Choose(Part<Simd512>, Part<Simd256>, Part<Simd128>);
            _transpose = Transpose;
        }

        public static long ScratchLength(ConvGeometry g) =>
            WeightsOf(g.KernelHeight * g.KernelWidth, g.InChannels, g.OutChannels)
                + (Winograd.Suits(g) ? WinogradProduct.ScratchLength(g.OutChannels, g.InChannels) : 0);

        private static long WeightsOf(int taps, int inputs, int outputs) => (long)taps * inputs * outputs;

        public override void Run(ThreadTeam team)
        {
            for (int i = 0; i < _phases.Length; i++)
            {
                ref var phase = ref _phases[i];
                phase.Output = _dx.Pointer;
                phase.Source = _dy.Pointer;
                phase.Bias = _bias.Pointer;
            }
            for (int i = _taps.Count - 1; i >= 0; i--) _phases[_taps[i].Phase].B = _scratch.Pointer + _taps[i].Target;
            team.Run(_taps.Count * TransposeCuts, _transpose);
            if (_winograd is not null)
            {
                _winograd.Run(team, _dx.Pointer, _dy.Pointer, _scratch.Pointer, _bias.Pointer, _scratch.Pointer + WeightsOf(_taps.Count, _inputs, _outputs));
                return;
            }
            _splits = Splits(team, _blocks * _phases.Length, _inputs);
            team.Run(_blocks * _phases.Length * _splits, _part);
        }

        private void Part<T>(int part) where T : unmanaged, ISimd<T>
        {
            ref var phase = ref _phases[part / _splits / _blocks];
            long first = (long)(part / _splits % _blocks) * GemmScratch.BlockRows;
            int count = (int)Math.Min(GemmScratch.BlockRows, phase.Grid.Positions - first);
            var (n0, n1) = Split<T>(part % _splits, _splits, _inputs);
            if (count > 0 && n0 < n1) phase.Block<T>(first, count, n0, n1);
        }

        // One tap is cut by output channels, so that a 1x1 kernel has parts for several threads too.
        private const int TransposeCuts = 4;

        private void Transpose(int part)
        {
            var (_, tap, target) = _taps[part / TransposeCuts];
            int cut = part % TransposeCuts, o0 = _outputs * cut / TransposeCuts, o1 = _outputs * (cut + 1) / TransposeCuts;
            float* from = _w.Pointer + (long)tap * _inputs * _outputs, to = _scratch.Pointer + target;
            SimdTranspose.Run(to + (long)o0 * _inputs, _inputs, from + o0, _outputs, _inputs, o1 - o0);
        }

        /// <summary>
        /// Input index i·stride + phase is read by the taps k ≡ phase + pad (mod stride), at output index i + (phase + pad − k) / stride: taps in falling
        /// order from Last are outputs in rising order from i + First.
        /// </summary>
        private static (int First, int Last, int Taps) PhaseTaps(int phase, int pad, int stride, int kernel)
        {
            int remainder = ((phase + pad) % stride + stride) % stride;
            int taps = remainder < kernel ? (kernel - 1 - remainder) / stride + 1 : 0;
            return ((phase + pad - remainder) / stride - taps + 1, remainder + (taps - 1) * stride, taps);
        }

        private static int Phases(int size, int phase, int stride) => Math.Max(0, (size - phase + stride - 1) / stride);
    }
}
