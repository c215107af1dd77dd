using System.Numerics;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

/// <summary>The search on the cpu device: rows are samples, columns are queries.</summary>
internal static unsafe class KNearestCpu
{
    /// <summary>Short enough that few queries still make work for many threads; lists begin anew with each slice.</summary>
    private const int SliceSamples = 8192;

    public static int Slices(int samples) => (samples - 1) / SliceSamples + 1;

    /// <param name="thresholds">For each slice and each lane of the queries.</param>
    public sealed class Search(
        SimdWidth width, PixelProductsCpu.IMultiplier multiplier, NearestLists lists, ArrayView<float> samples, ArrayView<float> labels, int classes,
        ArrayView<int> queryNorms, ArrayView<float> thresholds)
        : PixelProductsCpu.Products(width, multiplier, samples, labels.IntLength, lists.Queries, SliceSamples)
    {
        private readonly int _lanes = PixelProductsCpu.PaddedColumns(width, lists.Queries);

        protected override void Begin(int slice, int firstColumn, int endColumn, int lanes)
        {
            int items = lists.Queries * lists.Count;
            for (int j = 0; j < lists.K; j++)
                new Span<int>(lists.Distances.Pointer + j * items + slice * lists.Queries + firstColumn, endColumn - firstColumn).Fill(int.MaxValue);
            float* limit = thresholds.Pointer + (long)slice * _lanes;
            // Lanes past the last query: nothing is less than NaN.
            for (int q = firstColumn; q < (endColumn + lanes - 1) / lanes * lanes; q++) limit[q] = q < endColumn ? float.PositiveInfinity : float.NaN;
        }

        /// <summary>−∞, which is nearer than all, for a sample that cannot be computed with.</summary>
        protected override float Norm(int row, int norm)
        {
            float label = labels.Pointer[row];
            return norm >= 0 && label >= 0 && label < classes && label == MathF.Floor(label) ? norm : float.NegativeInfinity;
        }

        /// <summary>
        /// A row of products is a vector over queries: |s|² − 2 q·s ≤ the k-th nearest's d² − |q|² is one comparison for them all. |s|² and 2 q·s are exact
        /// and their difference is rounded once, as the other side was; rounding keeps the order, so that none that is nearer fails. Those that pass are
        /// looked at again in int.
        /// </summary>
        protected override void Use<T>(float* products, float* norms, int slice, int column, int first, int count)
        {
            float* limit = thresholds.Pointer + (long)slice * _lanes + column;
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
                    limit[lane] = Insert(slice, column + lane, norms[s], products[lane], first + s, limit[lane]);
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
            int distance = norm < 0 || sampleNorm < 0 ? PixelProducts.Unusable : norm + (int)sampleNorm - 2 * (int)product;
            if (distance >= distances[last]) return limit;
            int at = last;
            for (; at > first && distances[at - items] > distance; at -= items) (distances[at], indices[at]) = (distances[at - items], indices[at - items]);
            (distances[at], indices[at]) = (distance, index);
            return distances[last] == int.MaxValue ? float.PositiveInfinity : distances[last] < 0 ? float.NegativeInfinity : distances[last] - norm;
        }
    }
}
