using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// Products of pixels on the cpu device. Columns are packed once, as panels of two registers of lanes, a column in each. Then a part of the work is
/// a slice of the rows against a block of the columns: a tile of rows, checked and copied where it stays in the second-level cache, times panel
/// after panel; and what comes out of a tile and a panel is used while it is in the first: products never go to memory.
/// </summary>
internal static unsafe partial class PixelProductsCpu
{
    /// <summary>Rows of a tile: a multiple of every micro-kernel's rows.</summary>
    public const int TileRows = 96;

    /// <summary>Columns that a tile is multiplied by before the next takes its place: so many that reading rows costs little beside the products.</summary>
    private const int BlockColumns = 2048;

    /// <summary>Two registers of floats, as in <see cref="GemmKernel"/>.</summary>
    private static int PanelLanes(SimdWidth width) => width.Bits / 16;

    private static int Panels(SimdWidth width, int columns) => (columns + PanelLanes(width) - 1) / PanelLanes(width);

    /// <summary>Columns with the lanes that are left over in the last panel.</summary>
    public static int PaddedColumns(SimdWidth width, int columns) => Panels(width, columns) * PanelLanes(width);

    /// <summary>Rows are computed with in whole steps of 16 values; those past the end are zero.</summary>
    private static int PaddedDepth(int depth) => (depth + 15) / 16 * 16;

    /// <summary>Records the packing of the columns [count, depth], and gives what multiplies by them.</summary>
    /// <param name="norms">Becomes their squared norms, or <see cref="PixelProducts.Unusable"/>.</param>
    public static IMultiplier Pack(Recorder r, SimdWidth width, ArrayView<int> norms, ArrayView<float> columns, int depth)
    {
        int padded = PaddedColumns(width, norms.IntLength);
        if (r.Version == "bytes")
        {
            var bytes = r.Scratch((long)padded * PaddedDepth(depth) / sizeof(float)).Cast<sbyte>();
            var starts = r.Scratch(padded).Cast<int>();
            r.Add(new PackBytes(width, bytes, starts, norms, columns, depth));
            return new ByteMultiplier(bytes, starts, depth);
        }
        var floats = r.Scratch((long)padded * depth);
        r.Add(new PackFloats(width, floats, norms, columns, depth));
        return new FloatMultiplier(floats, depth);
    }

    /// <summary>How products are made, of floats or of bytes.</summary>
    public interface IMultiplier
    {
        /// <summary>Writes a row of the tile as <see cref="Take"/> does, and returns the same.</summary>
        int TakeRow<T>(float* source, int row) where T : unmanaged, ISimd<T>;

        /// <summary>Writes the products of the tile's first rows and a panel to <see cref="GemmScratch.B"/>, a row of lanes for each row.</summary>
        void Multiply<T>(GemmScratch scratch, int panel, int count) where T : unmanaged, ISimd<T>;
    }

    /// <summary>Goes through all products of rows and columns; what becomes of them is up to those that inherit.</summary>
    /// <param name="sliceRows">Rows of a part: what is kept for a column begins anew with each.</param>
    public abstract class Products(SimdWidth width, IMultiplier multiplier, ArrayView<float> rows, int rowCount, int columnCount, int sliceRows)
        : SimdLaunch(width)
    {
        private readonly int _blocks = (columnCount + BlockColumns - 1) / BlockColumns, _depth = rowCount == 0 ? 0 : (int)(rows.Length / rowCount);

        // Neighbouring parts read the same rows.
        protected sealed override int Parts => _blocks * ((rowCount + sliceRows - 1) / sliceRows);

        protected sealed override void Part<T>(int part)
        {
            int slice = part / _blocks, lanes = GemmKernel.Columns<T>();
            int firstColumn = part % _blocks * BlockColumns, endColumn = Math.Min(firstColumn + BlockColumns, columnCount);
            int begin = slice * sliceRows, end = Math.Min(begin + sliceRows, rowCount);
            var scratch = GemmScratch.Current;
            float* norms = scratch.Tile;
            Begin(slice, firstColumn, endColumn, lanes);
            for (int first = begin; first < end; first += TileRows)
            {
                int count = Math.Min(TileRows, end - first);
                for (int i = 0; i < count; i++) norms[i] = Norm(first + i, multiplier.TakeRow<T>(rows.Pointer + (long)(first + i) * _depth, i));
                for (int column = firstColumn; column < endColumn; column += lanes)
                {
                    multiplier.Multiply<T>(scratch, column / lanes, count);
                    Use<T>(scratch.B, norms, slice, column, first, count);
                }
            }
        }

        protected virtual void Begin(int slice, int firstColumn, int endColumn, int lanes) { }

        /// <summary>What <see cref="Use"/> is given for a row.</summary>
        /// <param name="norm">Its squared norm, or <see cref="PixelProducts.Unusable"/>.</param>
        protected abstract float Norm(int row, int norm);

        /// <param name="products">[count, lanes], of a panel that begins with <paramref name="column"/>; the last panel's lanes may be past the end.</param>
        /// <param name="norms">Of the tile's rows, as <see cref="Norm"/> gave them.</param>
        /// <param name="first">The tile's first row.</param>
        protected abstract void Use<T>(float* products, float* norms, int slice, int column, int first, int count) where T : unmanaged, ISimd<T>;
    }

    /// <summary>Copies a row, padded with zeros. One with a value that cannot be computed with is all zeros.</summary>
    /// <returns>Its squared norm, or <see cref="PixelProducts.Unusable"/>.</returns>
    private static int Take<T>(float* to, float* from, int depth) where T : unmanaged, ISimd<T>
    {
        int padded = PaddedDepth(depth);
        new Span<float>(from, depth).CopyTo(new Span<float>(to, depth));
        new Span<float>(to + depth, padded - depth).Clear();
        // Adding this leaves no bits for fractions.
        T noFraction = T.Create(12582912), low = T.Create(-128), high = T.Create(127), no = T.Create(0), usable = T.Create(1), sum = no;
        for (int i = 0; i < padded; i += T.Count)
        {
            T value = T.Load(to + i), whole = value + noFraction - noFraction;
            usable = T.Select(T.LessOrEqual(low, value), usable, no);
            usable = T.Select(T.LessOrEqual(value, high), usable, no);
            usable = T.Select(T.LessOrEqual(value, whole), usable, no);
            usable = T.Select(T.LessOrEqual(whole, value), usable, no);
            sum = T.MultiplyAdd(value, value, sum);
        }
        if (T.Sum(usable) == T.Count) return (int)T.Sum(sum);
        new Span<float>(to, padded).Clear();
        return PixelProducts.Unusable;
    }

    /// <summary>Packs a panel of columns in each part.</summary>
    private abstract class PackColumns(SimdWidth width, ArrayView<int> norms, ArrayView<float> columns, int depth) : SimdLaunch(width)
    {
        protected sealed override int Parts { get; } = Panels(width, norms.IntLength);

        protected sealed override void Part<T>(int panel)
        {
            int lanes = GemmKernel.Columns<T>();
            float* row = GemmScratch.Current.A;
            for (int lane = 0; lane < lanes; lane++)
            {
                int column = panel * lanes + lane;
                if (column < norms.Length) norms.Pointer[column] = Take<T>(row, columns.Pointer + (long)column * depth, depth);
                else new Span<float>(row, PaddedDepth(depth)).Clear();
                Store(row, panel, lane, lanes);
            }
        }

        /// <summary>Puts a column, padded, into its lane.</summary>
        protected abstract void Store(float* column, int panel, int lane, int lanes);
    }

    /// <summary>Panels of [depth, lanes].</summary>
    private sealed class PackFloats(SimdWidth width, ArrayView<float> packed, ArrayView<int> norms, ArrayView<float> columns, int depth)
        : PackColumns(width, norms, columns, depth)
    {
        private readonly int _depth = depth;

        protected override void Store(float* column, int panel, int lane, int lanes)
        {
            float* to = packed.Pointer + (long)panel * _depth * lanes + lane;
            for (int k = 0; k < _depth; k++) to[k * lanes] = column[k];
        }
    }

    /// <summary>Multiplies floats with the micro-kernels of all dense ops.</summary>
    private sealed class FloatMultiplier(ArrayView<float> packed, int depth) : IMultiplier
    {
        public int TakeRow<T>(float* source, int row) where T : unmanaged, ISimd<T> =>
            Take<T>(GemmScratch.Current.A + row * GemmScratch.RowStride(depth), source, depth);

        public void Multiply<T>(GemmScratch scratch, int panel, int count) where T : unmanaged, ISimd<T>
        {
            int lanes = GemmKernel.Columns<T>(), rows = GemmKernel.Rows<T>(), blocks = GemmScratch.BlocksOf(depth), stride = GemmScratch.RowStride(depth);
            float* b = packed.Pointer + (long)panel * depth * lanes;
            for (int block = 0; block < blocks; block++)
            {
                int k0 = depth * block / blocks, k1 = depth * (block + 1) / blocks;
                for (int m = 0; m < count; m += rows)
                {
                    float* c = scratch.B + m * lanes;
                    GemmKernel.Multiply<T>(new GemmTile
                    {
                        A = scratch.A + m * stride + k0, ARow = stride, AColumn = 1, B = b + k0 * lanes, BRow = lanes, Depth = k1 - k0,
                        C = c, CRow = lanes, Start = block == 0 ? scratch.Zeros : c, StartRow = block == 0 ? 0 : lanes,
                    });
                }
            }
        }
    }
}
