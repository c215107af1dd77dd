using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

internal static partial class ConfusionMatrixKernels
{
    [Kernel]
    public static void Count(Index1D row, ArrayView<int> counts, ArrayView<float> logits, ArrayView<int> labels, int channels)
    {
        int at = row * channels;
        int best = 0;
        for (int c = 1; c < channels; c++)
        {
            if (logits[at + c] > logits[at + best]) best = c;
        }
        int label = labels[row];
        if (label >= 0) Atomic.Add(ref counts[label * channels + best], 1);
    }
}
