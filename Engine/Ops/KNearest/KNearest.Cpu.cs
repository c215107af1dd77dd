using System.Numerics;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// The nearest neighbours on the cpu device. Queries are packed once, as panels of two registers of lanes, a query in each. Then a part of the work is
/// a slice of the samples against a block of the queries: a tile of samples, checked and copied where it stays in the second-level cache, times panel
/// after panel; and what comes out of a tile and a panel is searched while it is in the first.
/// </summary>
internal static unsafe partial class KNearestCpu
{
    /// <summary>Rows of a tile of samples: a multiple of every micro-kernel's rows.</summary>
    private const int TileSamples = 96;

    /// <summary>Queries that a tile is multiplied by before the next takes its place: so many that reading samples costs little beside the products.</summary>
    private const int BlockQueries = 2048;

    /// <summary>Short enough that few queries still make work for many threads; lists begin anew with each slice.</summary>
    private const int SliceSamples = 8192;

    public static int Slices(int samples) => (samples - 1) / SliceSamples + 1;

    /// <summary>Two registers of floats, as in <see cref="GemmKernel"/>.</summary>
    public static int PanelLanes(SimdWidth width) => width.Bits / 16;

    public static int Panels(SimdWidth width, int queries) => (queries + PanelLanes(width) - 1) / PanelLanes(width);

    /// <summary>Rows are computed with in whole steps of 16 values; those past the end are zero.</summary>
    public static int PaddedDepth(int depth) => (depth + 15) / 16 * 16;

    /// <summary>Copies a row, padded with zeros. One with a value that cannot be computed with is all zeros.</summary>
    /// <returns>Its squared norm, or <see cref="KNearestKernels.Unusable"/>.</returns>
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
        return KNearestKernels.Unusable;
    }

    /// <summary>Packs a panel of queries in each part.</summary>
    public abstract class Pack(SimdWidth width, ArrayView<int> norms, ArrayView<float> queries, int depth) : SimdLaunch(width)
    {
        protected sealed override int Parts { get; } = Panels(width, norms.IntLength);

        protected sealed override void Part<T>(int panel)
        {
            int columns = GemmKernel.Columns<T>();
            float* row = GemmScratch.Current.A;
            for (int lane = 0; lane < columns; lane++)
            {
                int q = panel * columns + lane;
                if (q < norms.Length) norms.Pointer[q] = Take<T>(row, queries.Pointer + (long)q * depth, depth);
                else new Span<float>(row, PaddedDepth(depth)).Clear();
                Store(row, panel, lane, columns);
            }
        }

        /// <summary>Puts a query, padded, into its lane.</summary>
        protected abstract void Store(float* row, int panel, int lane, int columns);
    }

    /// <summary>Finds the nearest samples; how it multiplies is up to the two below.</summary>
    public abstract class Search(
        SimdWidth width, NearestLists lists, ArrayView<float> samples, ArrayView<float> labels, int classes, ArrayView<int> queryNorms,
        ArrayView<float> thresholds) : SimdLaunch(width)
    {
        private readonly int _blocks = (lists.Queries + BlockQueries - 1) / BlockQueries, _count = labels.IntLength;
        private readonly int _lanes = Panels(width, lists.Queries) * PanelLanes(width);

        protected int Depth { get; } = (int)(samples.Length / labels.Length);

        // Neighbouring parts read the same samples.
        protected sealed override int Parts => _blocks * lists.Count;

        protected sealed override void Part<T>(int part)
        {
            int slice = part / _blocks, columns = GemmKernel.Columns<T>();
            int firstQuery = part % _blocks * BlockQueries, endQuery = Math.Min(firstQuery + BlockQueries, lists.Queries);
            int begin = slice * SliceSamples, end = Math.Min(begin + SliceSamples, _count);
            var scratch = GemmScratch.Current;
            float* norms = scratch.Tile;
            Clear(slice, firstQuery, endQuery, columns);
            for (int first = begin; first < end; first += TileSamples)
            {
                int count = Math.Min(TileSamples, end - first);
                for (int i = 0; i < count; i++) norms[i] = TakeSample<T>(i, first + i);
                for (int q = firstQuery; q < endQuery; q += columns)
                {
                    Multiply<T>(scratch, q / columns, count);
                    Select<T>(scratch.B, norms, slice, q, first, count);
                }
            }
        }

        /// <summary>Writes a row of the tile as <see cref="Take"/> does, and returns the same.</summary>
        protected abstract int TakeRow<T>(float* source, int row) where T : unmanaged, ISimd<T>;

        /// <summary>Writes the products of the tile's first rows and a panel to <see cref="GemmScratch.B"/>, a row of lanes for each sample.</summary>
        protected abstract void Multiply<T>(GemmScratch scratch, int panel, int count) where T : unmanaged, ISimd<T>;

        /// <summary>Its squared norm; −∞, which is nearer than all, if it cannot be computed with.</summary>
        private float TakeSample<T>(int row, int sample) where T : unmanaged, ISimd<T>
        {
            float label = labels.Pointer[sample];
            int norm = TakeRow<T>(samples.Pointer + (long)sample * Depth, row);
            return norm >= 0 && label >= 0 && label < classes && label == MathF.Floor(label) ? norm : float.NegativeInfinity;
        }

        private void Clear(int slice, int firstQuery, int endQuery, int columns)
        {
            int items = lists.Queries * lists.Count;
            for (int j = 0; j < lists.K; j++)
                new Span<int>(lists.Distances.Pointer + j * items + slice * lists.Queries + firstQuery, endQuery - firstQuery).Fill(int.MaxValue);
            float* limit = thresholds.Pointer + (long)slice * _lanes;
            // Lanes past the last query: nothing is less than NaN.
            for (int q = firstQuery; q < (endQuery + columns - 1) / columns * columns; q++) limit[q] = q < endQuery ? float.PositiveInfinity : float.NaN;
        }

        /// <summary>
        /// A row of products is a vector over queries: |s|² − 2 q·s ≤ the k-th nearest's d² − |q|² is one comparison for them all. |s|² and 2 q·s are exact
        /// and their difference is rounded once, as the other side was; rounding keeps the order, so that none that is nearer fails. Those that pass are
        /// looked at again in int.
        /// </summary>
        private void Select<T>(float* products, float* norms, int slice, int query, int first, int count) where T : unmanaged, ISimd<T>
        {
            float* limit = thresholds.Pointer + (long)slice * _lanes + query;
            T limit0 = T.Load(limit), limit1 = T.Load(limit + T.Count), minusTwo = T.Create(-2);
            for (int s = 0; s < count; s++, products += 2 * T.Count)
            {
                T norm = T.Create(norms[s]);
                T near0 = T.LessOrEqual(T.MultiplyAdd(minusTwo, T.Load(products), norm), limit0);
                T near1 = T.LessOrEqual(T.MultiplyAdd(minusTwo, T.Load(products + T.Count), norm), limit1);
                uint near = T.Bits(near0) | T.Bits(near1) << T.Count;
                if (near == 0) continue;
                for (; near != 0; near &= near - 1)
                {
                    int lane = BitOperations.TrailingZeroCount(near);
                    limit[lane] = Insert(slice, query + lane, norms[s], products[lane], first + s, limit[lane]);
                }
                limit0 = T.Load(limit);
                limit1 = T.Load(limit + T.Count);
            }
        }

        /// <returns>What the next sample has to keep below.</returns>
        private float Insert(int slice, int query, float sampleNorm, float product, int index, float limit)
        {
            int items = lists.Queries * lists.Count, first = slice * lists.Queries + query, last = (lists.K - 1) * items + first;
            int norm = queryNorms.Pointer[query];
            int* distances = lists.Distances.Pointer, indices = lists.Indices.Pointer;
            int distance = norm < 0 || sampleNorm < 0 ? KNearestKernels.Unusable : norm + (int)sampleNorm - 2 * (int)product;
            if (distance >= distances[last]) return limit;
            int at = last;
            for (; at > first && distances[at - items] > distance; at -= items) (distances[at], indices[at]) = (distances[at - items], indices[at - items]);
            (distances[at], indices[at]) = (distance, index);
            return distances[last] == int.MaxValue ? float.PositiveInfinity : distances[last] < 0 ? float.NegativeInfinity : distances[last] - norm;
        }
    }

    /// <summary>Panels of [depth, lanes].</summary>
    public sealed class PackFloats(SimdWidth width, ArrayView<float> packed, ArrayView<int> norms, ArrayView<float> queries, int depth)
        : Pack(width, norms, queries, depth)
    {
        private readonly int _depth = depth;

        protected override void Store(float* row, int panel, int lane, int columns)
        {
            float* to = packed.Pointer + (long)panel * _depth * columns + lane;
            for (int k = 0; k < _depth; k++) to[k * columns] = row[k];
        }
    }

    /// <summary>Multiplies floats with the micro-kernels of all dense ops.</summary>
    public sealed class SearchFloats(
        SimdWidth width, NearestLists lists, ArrayView<float> samples, ArrayView<float> labels, int classes, ArrayView<int> queryNorms,
        ArrayView<float> thresholds, ArrayView<float> packed) : Search(width, lists, samples, labels, classes, queryNorms, thresholds)
    {
        protected override int TakeRow<T>(float* source, int row) => Take<T>(GemmScratch.Current.A + row * GemmScratch.RowStride(Depth), source, Depth);

        protected override void Multiply<T>(GemmScratch scratch, int panel, int count)
        {
            int columns = GemmKernel.Columns<T>(), rows = GemmKernel.Rows<T>(), blocks = GemmScratch.BlocksOf(Depth), stride = GemmScratch.RowStride(Depth);
            float* b = packed.Pointer + (long)panel * Depth * columns;
            for (int block = 0; block < blocks; block++)
            {
                int k0 = Depth * block / blocks, k1 = Depth * (block + 1) / blocks;
                for (int m = 0; m < count; m += rows)
                {
                    float* c = scratch.B + m * columns;
                    GemmKernel.Multiply<T>(new GemmTile
                    {
                        A = scratch.A + m * stride + k0, ARow = stride, AColumn = 1, B = b + k0 * columns, BRow = columns, Depth = k1 - k0,
                        C = c, CRow = columns, Start = block == 0 ? scratch.Zeros : c, StartRow = block == 0 ? 0 : columns,
                    });
                }
            }
        }
    }
}
