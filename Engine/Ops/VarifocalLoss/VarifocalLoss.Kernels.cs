using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Kernels.Algorithms;

namespace FcnFromScratch.Engine.Ops;

internal static partial class VarifocalLossKernels
{
    /// <summary>One item for each cell: its share of the loss, and the gradient of all its channels.</summary>
    /// <param name="cellsEach">Of a picture.</param>
    [Kernel]
    public static void Cells(
        Index1D cell, ArrayView<float> loss, ArrayView<float> dx, ArrayView<float> x, ArrayView<int> assigned, ArrayView<int> classes,
        ArrayView<float> quality, ArrayView<float> count, int cellsEach, int objects, int channels, int firstClass, float alpha, float gamma)
    {
        int at = cell * channels;
        int number = assigned[cell];
        int label = -1;
        if (number >= 0) label = firstClass + classes[cell / cellsEach * objects + number];
        float q = quality[cell];
        float scale = 1f / XMath.Max(count[0], 1f);
        float sum = number >= 0 && (label < firstClass || label >= channels) ? float.NaN : 0f;
        for (int c = 0; c < firstClass; c++) dx[at + c] = 0f;
        for (int c = firstClass; c < channels; c++)
        {
            // −ln p, −ln(1 − p), p and its complement, all from one exponential that cannot overflow.
            float logit = x[at + c];
            float e = XMath.Exp(-XMath.Abs(logit));
            float log = XMath.Log(1f + e);
            float yes = XMath.Max(-logit, 0f) + log;
            float no = XMath.Max(logit, 0f) + log;
            float p = (logit > 0f ? 1f : e) / (1f + e);
            float rest = (logit > 0f ? e : 1f) / (1f + e);
            float term = q * (q * yes + (1f - q) * no);
            float slope = q * (p - q);
            if (c != label || !(q > 0f))
            {
                float focus = alpha * XMath.Exp(-gamma * yes);
                term = focus * no;
                slope = focus * (gamma * rest * no + p);
            }
            sum += term;
            dx[at + c] = scale * slope;
        }
        loss[cell] = scale * sum;
    }
}
