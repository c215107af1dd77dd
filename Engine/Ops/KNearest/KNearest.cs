using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

/// <summary>Which of the classes with equally many votes wins.</summary>
public enum TieRule
{
    /// <summary>The smallest label.</summary>
    Smallest,

    /// <summary>The label of the nearest neighbour among them.</summary>
    Nearest,
}

/// <summary>
/// The k-nearest-neighbours classifier (Cover and Hart 1967). score[n, c] = how many of the k samples nearest to query n have label c; of samples
/// equally far the first counts as nearer. The decision is the first largest score, so classes with equally many votes go to the smallest label;
/// with <see cref="TieRule.Nearest"/> a class also gets (32 − rank of its nearest neighbour) / 64, less than a vote, and the nearest wins.
/// <para>
/// Inputs: queries [N, ...] of D values each, samples [S, D], labels [S], all F32. Output: [N, 1, 1, classes]. No gradient.
/// </para>
/// <para>
/// Distances are d² = |q|² + |s|² − 2 q·s with the products q·s of all pairs as one matrix product. Values must be integers in −128 … 127: then any
/// partial sum of a product or a norm is at most D · 2¹⁴ ≤ 2²⁴ and exact in float, in any order and fused or not, and d² is summed in int. So all
/// devices and versions give the same bits. Labels must be integers in 0 … classes − 1. What is not shows as NaN, never as an answer: a query with
/// another value has NaN scores, and after a sample with another value or label all have.
/// </para>
/// <para>
/// Memory: 64 MB for the products of a chunk of samples, or a chunk of 64 samples where that is more; the queries once more, and up to 64 lists of k
/// for each query. On the cpu device products do not leave the caches.
/// </para>
/// </summary>
public sealed partial class KNearest(int k, int classes, TieRule ties) : Op
{
    public int K { get; } = k;
    public int Classes { get; } = classes;
    public TieRule Ties { get; } = ties;

    /// <summary>A power of two, so that the fractions of the scores are exact.</summary>
    public const int MaxK = 32;

    /// <summary>Chunks are whole so many samples: they begin where devices let a view begin.</summary>
    private const int MinChunk = 64;

    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs)
    {
        Shape queries = inputs[0].Shape, samples = inputs[1].Shape;
        Require(samples.Rank == 2 && samples.Count is > 0 and <= int.MaxValue,
            $"samples are {samples}; they must be [samples, values], in all 1 … {int.MaxValue} values");
        Require(queries.Rank > 1 && queries.Count == (long)queries.Batch * samples[1],
            $"queries are {queries}, samples {samples}; a query must have the {samples[1]} values of a sample");
        Require(samples[1] <= PixelProducts.MaxDepth,
            $"a sample has {samples[1]} values; products of more than {PixelProducts.MaxDepth} are not exact in float: make the pictures smaller");
        Require(inputs[2] == new TensorSpec(new Shape(samples[0])), $"labels are {inputs[2]}; there must be one, a float, for each of {samples[0]} samples");
        Require(K >= 1 && K <= Math.Min(MaxK, samples[0]), $"k is {K}; it must be 1 … {Math.Min(MaxK, samples[0])} with {samples[0]} samples");
        Require(Classes >= 1, $"there are {Classes} classes; there must be 1 or more");
        // What kernels index by int: the queries, the scores, the products of a chunk, the lists.
        long largest = (long)queries.Batch * Math.Max(Math.Max(samples[1], Classes), Math.Max(MinChunk, KNearestCpu.Slices(samples[0]) * K));
        Require(largest <= int.MaxValue, $"{queries.Batch} queries to {samples[0]} samples make {largest} values; ask fewer at a time");
        return [new Shape(queries.Batch, 1, 1, Classes)];
    }

    public override IReadOnlyList<string> Versions(Device device, IReadOnlyList<TensorSpec> inputs) => PixelProducts.Versions(device);

    public override void Record(Recorder r)
    {
        int queries = r.InputShape(0).Batch, samples = r.InputShape(1)[0];
        bool isCpu = PixelProducts.IsCpu(r);
        // A list for each work item that goes through a share of the samples: 16,384 items fill a GPU.
        var lists = new NearestLists(r, queries, isCpu ? KNearestCpu.Slices(samples) : Math.Clamp(16384 / Math.Max(queries, 1), 1, 64), K);
        if (isCpu) RecordCpu(r, lists);
        else RecordKernels(r, lists);
        r.Add(new KNearestKernels.VoteLaunch(
            queries, r.Output(), lists.Distances, lists.Indices, r.Input(2), queries, lists.Count, K, Classes, Ties == TieRule.Nearest ? 1 : 0));
    }

    private void RecordKernels(Recorder r, NearestLists lists)
    {
        int queries = lists.Queries, samples = r.InputShape(1)[0], depth = r.InputShape(1)[1];
        int chunk = Math.Clamp((1 << 24) / Math.Max(queries, 1) / MinChunk * MinChunk, MinChunk, 16384);
        var queryNorms = r.Scratch(queries).Cast<int>();
        var sampleNorms = r.Scratch(samples).Cast<int>();
        var products = r.Scratch((long)Math.Min(chunk, samples) * queries);
        var columns = PixelProducts.Columns(r, r.Input(0), queries, depth);
        r.Add(new PixelProductsKernels.NormsLaunch(queries, queryNorms, r.Input(0), r.Input(2), 0, depth));
        r.Add(new PixelProductsKernels.NormsLaunch(samples, sampleNorms, r.Input(1), r.Input(2), Classes, depth));
        for (int first = 0; first < samples; first += chunk)
        {
            int count = Math.Min(chunk, samples - first);
            var rows = r.Input(1).SubView((long)first * depth, (long)count * depth);
            r.Add(PixelProducts.Multiply(r.Version, products, rows, columns, count, queries, depth));
            r.Add(new KNearestKernels.SelectLaunch(
                queries * lists.Count, lists.Distances, lists.Indices, products, queryNorms, sampleNorms, queries, first, count, lists.Count, K));
        }
    }

    private void RecordCpu(Recorder r, NearestLists lists)
    {
        var width = r.Simd ?? new SimdWidth(256);
        var norms = r.Scratch(lists.Queries).Cast<int>();
        var thresholds = r.Scratch((long)lists.Count * PixelProductsCpu.PaddedColumns(width, lists.Queries));
        var multiplier = PixelProductsCpu.Pack(r, width, norms, r.Input(0), r.InputShape(1)[1]);
        r.Add(new KNearestCpu.Search(width, multiplier, lists, r.Input(1), r.Input(2), Classes, norms, thresholds));
    }

    /// <summary>One for each pair of a query and a sample.</summary>
    public override long MultiplyAdds(IReadOnlyList<TensorSpec> inputs) => inputs[0].Shape.Count * inputs[1].Shape[0];
}

/// <summary>
/// The nearest samples found so far: for each query <see cref="Count"/> lists, each of one share of the samples, of K entries ordered by distance, then
/// index. Entry j of list l of query q is at (j · Count + l) · Queries + q; a distance of int.MaxValue is an empty entry, −1 one that cannot be told.
/// </summary>
internal readonly struct NearestLists(Recorder r, int queries, int count, int k)
{
    public readonly ArrayView<int> Distances = r.Scratch((long)queries * count * k).Cast<int>(), Indices = r.Scratch((long)queries * count * k).Cast<int>();
    public readonly int Queries = queries, Count = count, K = k;
}
