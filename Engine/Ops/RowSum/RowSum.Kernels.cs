using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

/// <summary>Sums over rows in two steps without atomics: neighbours read neighbours, so loads coalesce.</summary>
internal static partial class RowSumKernels
{
    /// <summary>One item for each (chunk, channel): partial[chunk, c] = Σ x[row, c] over the chunk's rows.</summary>
    [Kernel]
    public static void Partial(Index1D i, ArrayView<float> partial, ArrayView<float> x, int rows, int channels, int rowsPerChunk)
    {
        int chunk = i / channels;
        int c = i % channels;
        int end = (chunk + 1) * rowsPerChunk;
        if (end > rows) end = rows;
        float sum = 0f;
        for (int row = chunk * rowsPerChunk; row < end; row++) sum += x[row * channels + c];
        partial[i] = sum;
    }

    /// <summary>One item for each channel: y[c] = scale · Σ partial[chunk, c].</summary>
    [Kernel]
    public static void Combine(Index1D c, ArrayView<float> y, ArrayView<float> partial, int chunks, int channels, float scale)
    {
        float sum = 0f;
        for (int chunk = 0; chunk < chunks; chunk++) sum += partial[chunk * channels + c];
        y[c] = sum * scale;
    }
}
