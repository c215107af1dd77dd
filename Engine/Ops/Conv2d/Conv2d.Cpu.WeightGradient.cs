using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

internal static partial class Conv2dCpu
{
    /// <summary>
    /// dw[k, o] = Σ over output pixels p of A[p, k] · dy[p, o], A the windows of x: the gradient of a convolution by its weights; dw is overwritten.
    /// The pixels are cut into slices, each with a sum of its own in scratch, and the columns of A into blocks; a part is one slice of one block.
    /// Inside, 192 pixels at a time are summed from zero and added to the slice's sum; the slices are added in order. The cuts depend on the
    /// sizes alone. A rounding error so grows with 192 + pixels / (192 · slices) + slices terms, not with all pixels.
    /// </summary>
    public sealed unsafe class WeightGradient : CpuLaunch
    {
        private readonly ArrayView<float> _dw, _x, _dy, _scratch;
        private readonly Action<int> _part, _reduce;
        private readonly ConvGeometry _g;
        private readonly TapGrid _grid;
        private readonly int _outputs, _slices, _blocks, _firstY, _firstX;
        private readonly WinogradWeightGradient? _winograd;
        private float* _sums;

        public WeightGradient(SimdWidth width, ConvGeometry g, ArrayView<float> dw, ArrayView<float> x, ArrayView<float> dy, ArrayView<float> scratch)
        {
            (_dw, _x, _dy, _scratch) = (dw, x, dy, scratch);
            if (Winograd.Suits(g)) _winograd = new WinogradWeightGradient(width, g);
            _g = Folded(g);
            _outputs = g.OutChannels;
            _grid = TapGrid.OfOutputs(_g).Trimmed(out _firstY, out _firstX);
            _slices = Slices(_grid, _outputs);
            _blocks = GemmScratch.BlocksOf(_grid.Depth);
            _part = width.Choose(Part<Simd512>, Part<Simd256>, Part<Simd128>);
            _reduce = width.Choose(Reduce<Simd512>, Reduce<Simd256>, Reduce<Simd128>);
        }

        public static long ScratchLength(ConvGeometry g)
        {
            if (Winograd.Suits(g)) return WinogradWeightGradient.ScratchLength(g);
            var grid = TapGrid.OfOutputs(Folded(g)).Trimmed(out _, out _);
            return Slices(grid, g.OutChannels) * (long)grid.Depth * g.OutChannels;
        }

        // Enough parts for many cores; slices of some length; and sums that cost little beside the products.
        private static int Slices(TapGrid grid, int outputs)
        {
            const int parts = 32, blocksOfSlice = 4, floats = 1 << 20;
            long most = Math.Min(grid.Positions / (blocksOfSlice * GemmScratch.BlockRows), floats / Math.Max(1, (long)grid.Depth * outputs));
            return (int)Math.Clamp(parts / GemmScratch.BlocksOf(grid.Depth), 1, Math.Max(1, most));
        }

        public override void Run(ThreadTeam team)
        {
            if (_winograd is not null)
            {
                _winograd.Run(team, _dw.Pointer, _x.Pointer, _dy.Pointer, _scratch.Pointer);
                return;
            }
            _sums = _scratch.Pointer;
            team.Run(_slices * _blocks, _part);
            team.Run(_g.KernelHeight * _g.KernelWidth * ReduceCuts, _reduce);
        }

        private long Sums => (long)_grid.Depth * _outputs;

        private void Part<T>(int part) where T : unmanaged, ISimd<T>
        {
            int rows = GemmKernel.Rows<T>(), columns = GemmKernel.Columns<T>(), depth = _grid.Depth;
            int slice = part / _blocks, block = part % _blocks;
            int k0 = (int)((long)depth * block / _blocks), k1 = (int)((long)depth * (block + 1) / _blocks);
            var (aRow, aColumn) = _grid.PanelStrides(k1 - k0);
            long begin = _grid.Positions * slice / _slices, end = _grid.Positions * (slice + 1) / _slices;
            float* x = _x.Pointer, dy = _dy.Pointer, sums = _sums + slice * Sums;
            var scratch = GemmScratch.Current;
            new Span<float>(scratch.Start, columns).Clear();
            for (long first = begin; first < end; first += GemmScratch.BlockRows)
            {
                int count = (int)Math.Min(GemmScratch.BlockRows, end - first);
                bool fresh = first == begin;
                _grid.Gather<T>(scratch.A, x, first, count, k0, k1);
                for (int n = 0; n < _outputs; n += columns)
                {
                    int width = Math.Min(columns, _outputs - n);
                    TapProduct.Pack<T>(scratch.B, dy + first * _outputs + n, _outputs, count, width);
                    for (int k = k0; k < k1; k += rows)
                    {
                        int height = Math.Min(rows, k1 - k);
                        bool whole = height == rows && width == columns;
                        float* target = sums + (long)k * _outputs + n;
                        float* c = whole ? target : scratch.Tile;
                        nint cRow = whole ? _outputs : columns;
                        if (!whole && !fresh) Copy(c, columns, target, _outputs, height, width);
                        GemmKernel.Multiply<T>(new GemmTile
                        {
                            A = scratch.A + (k - k0) * aColumn, ARow = aColumn, AColumn = aRow, B = scratch.B, BRow = columns, Depth = count,
                            C = c, CRow = cRow, Start = fresh ? scratch.Start : c, StartRow = fresh ? 0 : cRow,
                        });
                        if (!whole) Copy(target, _outputs, c, columns, height, width);
                    }
                }
            }
        }

        private static void Copy(float* to, nint toStride, float* from, nint fromStride, int rows, int width)
        {
            for (int i = 0; i < rows; i++, to += toStride, from += fromStride) new Span<float>(from, width).CopyTo(new Span<float>(to, width));
        }

        private const int ReduceCuts = 4;

        // One part is a quarter of one tap; the taps that see no pixel have no sums.
        private void Reduce<T>(int part) where T : unmanaged, ISimd<T>
        {
            int tap = part / ReduceCuts, cut = part % ReduceCuts, size = _g.InChannels * _outputs;
            int begin = (int)((long)size * cut / ReduceCuts), count = (int)((long)size * (cut + 1) / ReduceCuts) - begin;
            int ty = tap / _g.KernelWidth - _firstY, tx = tap % _g.KernelWidth - _firstX;
            float* total = _dw.Pointer + (long)tap * size + begin;
            if ((uint)ty >= (uint)_grid.TapsY || (uint)tx >= (uint)_grid.TapsX)
            {
                new Span<float>(total, count).Clear();
                return;
            }
            float* sums = _sums + (long)(ty * _grid.TapsX + tx) * size + begin;
            for (int i = 0; i < count; i += T.Count)
            {
                T sum = T.Load(sums + i);
                for (int slice = 1; slice < _slices; slice++) sum += T.Load(sums + slice * Sums + i);
                sum.StoreFirst(total + i, count - i);
            }
        }
    }
}
