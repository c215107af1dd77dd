using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// The SIMD convolution of the cpu device: an implicit matrix product, C = A · B, with
///   forward          A = windows of x   [N·Ho·Wo, kh·kw·Cin]    B = w                     C = y
///   input gradient   A = windows of dy  [N·H·W, taps·Cout]      B = w transposed, flipped C = dx
///   weight gradient  A = windows of x, transposed               B = dy                    C = dw
/// A part of the work takes a block of 192 positions. For each block of up to 320 columns of A it gathers the windows into 245 KB that
/// stay in the second-level cache; for each panel of 32 outputs it packs [320, 32] of B, 40 KB, into the first-level cache; then
/// the micro-kernel runs down the block in tiles of 12 x 32 (see <see cref="GemmKernel"/>). Gathering costs 16 floats a copy and is shared by all
/// panels, packing is shared by 16 tiles: together under a tenth of the arithmetic from 32 channels on.
/// A 3x3 convolution of stride 1 with 32 to 512 channels goes by <see cref="Winograd"/> instead: a quarter of the products, 2 to 3 times the speed.
/// Every output element is one fixed sequence of additions, whatever the cut into parts: the same bits for any number of threads.
/// </summary>
internal static partial class Conv2dCpu
{
    /// <summary>y = activation(conv(x, w) + bias): see <see cref="ConvGeometry"/> for the shapes; bias [OutChannels] or empty.</summary>
    public sealed unsafe class Forward : CpuLaunch
    {
        private readonly ArrayView<float> _y, _x, _w, _bias, _scratch;
        private readonly Action<int> _part;
        private readonly long _firstWeight;
        private readonly WinogradProduct? _winograd;
        private TapProduct _product;
        private int _blocks, _splits;

        public Forward(SimdWidth width, ConvGeometry g, ArrayView<float> y, ArrayView<float> x, ArrayView<float> w, ArrayView<float> bias,
            ActivationKind activation, float slope, ArrayView<float> scratch)
        {
            (_y, _x, _w, _bias, _scratch) = (y, x, w, bias, scratch);
            if (Winograd.Suits(g))
                _winograd = new WinogradProduct(width, g.Batch, g.InHeight, g.InWidth, g.InChannels, g.OutHeight, g.OutWidth, g.OutChannels,
                    g.PadTop, g.PadLeft, activation, slope);
            g = Folded(g);
            _product = new TapProduct
            {
                Grid = TapGrid.OfOutputs(g).Trimmed(out int firstY, out int firstX),
                Outputs = g.OutChannels, BRun = g.KernelWidth * g.InChannels, BiasLength = g.OutChannels, Activation = activation, Slope = slope,
                OutputHeight = g.OutHeight, OutputWidth = g.OutWidth, OutputStepY = 1, OutputStepX = 1,
            };
            _firstWeight = (long)(firstY * g.KernelWidth + firstX) * g.InChannels * g.OutChannels;
            _part = width.Choose(Part<Simd512>, Part<Simd256>, Part<Simd128>);
        }

        public static long ScratchLength(ConvGeometry g) => Winograd.Suits(g) ? WinogradProduct.ScratchLength(g.InChannels, g.OutChannels) : 0;

        public override void Run(ThreadTeam team)
        {
            if (_winograd is not null)
            {
                _winograd.Run(team, _y.Pointer, _x.Pointer, _w.Pointer, _bias.Pointer, _scratch.Pointer);
                return;
            }
            _product.Output = _y.Pointer;
            _product.Source = _x.Pointer;
            _product.B = _w.Pointer + _firstWeight;
            _product.Bias = _bias.Pointer;
            _blocks = BlocksOf(_product.Grid.Positions);
            _splits = Splits(team, _blocks, _product.Outputs);
            team.Run(_blocks * _splits, _part);
        }

        private void Part<T>(int part) where T : unmanaged, ISimd<T>
        {
            long first = (long)(part / _splits) * GemmScratch.BlockRows;
            var (n0, n1) = Split<T>(part % _splits, _splits, _product.Outputs);
            if (n0 < n1) _product.Block<T>(first, (int)Math.Min(GemmScratch.BlockRows, _product.Grid.Positions - first), n0, n1);
        }
    }

    /// <summary>
    /// The same convolution with the taps of a row as channels, where windows stand side by side: then input, weights and output have the same
    /// elements in the same order, the sums are longer, and a gradient row is written in one piece.
    /// </summary>
    internal static ConvGeometry Folded(ConvGeometry g) =>
        g.KernelWidth == g.StrideX && g.PadLeft == 0 && g.InWidth == g.OutWidth * g.StrideX
            ? new ConvGeometry(g.Batch, g.InHeight, g.OutWidth, g.InChannels * g.KernelWidth, g.OutHeight, g.OutWidth, g.OutChannels,
                g.KernelHeight, 1, g.StrideY, 1, g.PadTop, 0)
            : g;

    internal static int BlocksOf(long positions) => checked((int)((positions + GemmScratch.BlockRows - 1) / GemmScratch.BlockRows));

    // Few blocks (deep layers, small batches) are cut along the outputs as well, so that no thread waits long for the last part; each cut gathers
    // the windows again.
    internal static int Splits(ThreadTeam team, int blocks, int outputs) =>
        team.Count == 1 ? 1 : Math.Clamp((4 * team.Count + blocks - 1) / Math.Max(1, blocks), 1, Math.Max(1, outputs / 64));

    internal static (int Begin, int End) Split<T>(int index, int splits, int outputs) where T : unmanaged, ISimd<T>
    {
        int columns = GemmKernel.Columns<T>(), panels = (outputs + columns - 1) / columns;
        return (panels * index / splits * columns, Math.Min(outputs, panels * (index + 1) / splits * columns));
    }
}
