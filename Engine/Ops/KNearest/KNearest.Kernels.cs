using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Kernels.Algorithms;

namespace FcnFromScratch.Engine.Ops;

/// <summary>What is left of the nearest neighbours beside products and norms.</summary>
internal static partial class KNearestKernels
{
    // One item for each query and list: it goes through every so many-th sample of the chunk, so that neighbours, which differ in the query, read
    // neighbouring products, and puts what is nearer than its k-th into its list. Most samples cost one comparison: of S in random order about
    // k · ln(S / k) enter a list. The list stays in global memory from chunk to chunk.
    [Kernel]
    public static void Select(
        Index1D i, ArrayView<int> distances, ArrayView<int> indices, ArrayView<float> products, ArrayView<int> queryNorms, ArrayView<int> sampleNorms,
        int queries, int first, int count, int lists, int k)
    {
        int items = queries * lists;
        int query = i % queries;
        int last = (k - 1) * items + i;
        if (first == 0)
        {
            for (int at = i; at <= last; at += items) distances[at] = int.MaxValue;
        }
        int queryNorm = queryNorms[query];
        int farthest = distances[last];
        for (int s = i / queries; s < count; s += lists)
        {
            int sampleNorm = sampleNorms[first + s];
            int distance = PixelProducts.Unusable;
            if (queryNorm >= 0 && sampleNorm >= 0) distance = queryNorm + sampleNorm - 2 * (int)products[s * queries + query];
            if (distance < farthest)
            {
                int at = last;
                while (at > i && distances[at - items] > distance)
                {
                    distances[at] = distances[at - items];
                    indices[at] = indices[at - items];
                    at -= items;
                }
                distances[at] = distance;
                indices[at] = first + s;
                farthest = distances[last];
            }
        }
    }

    // One item for each query: k times the least entry of its lists that comes after the one before, which gets the vote.
    [Kernel]
    public static void Vote(
        Index1D query, ArrayView<float> y, ArrayView<int> distances, ArrayView<int> indices, ArrayView<float> labels,
        int queries, int lists, int k, int classes, int nearest)
    {
        int scores = query * classes;
        for (int c = 0; c < classes; c++) y[scores + c] = 0f;
        int end = queries * lists * k;
        int lastDistance = PixelProducts.Unusable;
        int lastIndex = -1;
        for (int rank = 0; rank < k; rank++)
        {
            int distance = int.MaxValue;
            int index = 0;
            for (int at = query; at < end; at += queries)
            {
                int d = distances[at];
                int s = indices[at];
                bool comesAfter = d > lastDistance || d == lastDistance && s > lastIndex;
                bool comesBefore = d < distance || d == distance && s < index;
                if (comesAfter && comesBefore)
                {
                    distance = d;
                    index = s;
                }
            }
            if (distance == PixelProducts.Unusable)
            {
                for (int c = 0; c < classes; c++) y[scores + c] = float.NaN;
                break;
            }
            int score = scores + (int)labels[index];
            if (nearest != 0 && y[score] == 0f) y[score] = (KNearest.MaxK - rank) / (2f * KNearest.MaxK);
            y[score] += 1f;
            lastDistance = distance;
            lastIndex = index;
        }
    }
}
