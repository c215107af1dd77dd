using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Kernels.Algorithms;

namespace FcnFromScratch.Engine.Ops;

/// <summary>Batch normalization in three steps: moments by chunks of rows, their combination, and one pass over the elements.</summary>
internal static partial class BatchNorm2dKernels
{
    /// <summary>One item for each (chunk, channel): the mean of the chunk's rows and the sum of squares about it, in two passes.</summary>
    [Kernel]
    public static void Moments(
        Index1D i, ArrayView<float> means, ArrayView<float> squares, ArrayView<float> x, int rows, int channels, int rowsPerChunk)
    {
        int chunk = i / channels;
        int c = i % channels;
        int begin = chunk * rowsPerChunk;
        int end = Math.Min(begin + rowsPerChunk, rows);
        float sum = 0f;
        for (int row = begin; row < end; row++) sum += x[row * channels + c];
        float mean = sum / (end - begin);
        float square = 0f;
        for (int row = begin; row < end; row++)
        {
            float d = x[row * channels + c] - mean;
            square += d * d;
        }
        means[i] = mean;
        squares[i] = square;
    }

    /// <summary>One item for each channel joins the chunks by Chan's formula, so that no large sums cancel, and moves the averages.</summary>
    [Kernel]
    public static void Combine(
        Index1D c, ArrayView<float> mean, ArrayView<float> inverseDeviation, ArrayView<float> movingMean, ArrayView<float> movingVariance,
        ArrayView<float> means, ArrayView<float> squares, ArrayView<int> step, int rows, int channels, int rowsPerChunk, float momentum, float epsilon)
    {
        float count = 0f;
        float joined = 0f;
        float square = 0f;
        int chunk = 0;
        for (int begin = 0; begin < rows; begin += rowsPerChunk)
        {
            float more = Math.Min(rowsPerChunk, rows - begin);
            float d = means[chunk * channels + c] - joined;
            joined += d * (more / (count + more));
            square += squares[chunk * channels + c] + d * d * (count * (more / (count + more)));
            count += more;
            chunk++;
        }
        mean[c] = joined;
        inverseDeviation[c] = 1f / XMath.Sqrt(square / count + epsilon);
        float keep = XMath.Min(momentum, 1f - 1f / step[0]);
        movingMean[c] = keep * movingMean[c] + (1f - keep) * joined;
        movingVariance[c] = keep * movingVariance[c] + (1f - keep) * (square / (count - 1f));
    }

    [Kernel]
    public static void Normalize(
        Index1D i, ArrayView<float> y, ArrayView<float> x, ArrayView<float> gamma, ArrayView<float> beta,
        ArrayView<float> mean, ArrayView<float> inverseDeviation, int channels)
    {
        int c = i % channels;
        y[i] = (x[i] - mean[c]) * (inverseDeviation[c] * gamma[c]) + beta[c];
    }

    [Kernel]
    public static void Inference(
        Index1D i, ArrayView<float> y, ArrayView<float> x, ArrayView<float> gamma, ArrayView<float> beta,
        ArrayView<float> movingMean, ArrayView<float> movingVariance, int channels, float epsilon)
    {
        int c = i % channels;
        y[i] = (x[i] - movingMean[c]) * (gamma[c] / XMath.Sqrt(movingVariance[c] + epsilon)) + beta[c];
    }

    [Kernel]
    public static void InferenceGradient(
        Index1D i, ArrayView<float> dx, ArrayView<float> dy, ArrayView<float> gamma, ArrayView<float> movingVariance, int channels, float epsilon)
    {
        int c = i % channels;
        dx[i] = dy[i] * (gamma[c] / XMath.Sqrt(movingVariance[c] + epsilon));
    }

    /// <summary>One item for each (chunk, channel): Σ dy · x̂ and Σ dy.</summary>
    [Kernel]
    public static void GradientSums(
        Index1D i, ArrayView<float> dGamma, ArrayView<float> dBeta, ArrayView<float> dy, ArrayView<float> x,
        ArrayView<float> mean, ArrayView<float> inverseDeviation, int rows, int channels, int rowsPerChunk)
    {
        int chunk = i / channels;
        int c = i % channels;
        int end = Math.Min((chunk + 1) * rowsPerChunk, rows);
        float dot = 0f;
        float sum = 0f;
        for (int row = chunk * rowsPerChunk; row < end; row++)
        {
            float d = dy[row * channels + c];
            dot += d * (x[row * channels + c] - mean[c]);
            sum += d;
        }
        dGamma[i] = dot * inverseDeviation[c];
        dBeta[i] = sum;
    }

    [Kernel]
    public static void InputGradient(
        Index1D i, ArrayView<float> dx, ArrayView<float> dy, ArrayView<float> x, ArrayView<float> gamma, ArrayView<float> mean,
        ArrayView<float> inverseDeviation, ArrayView<float> dGamma, ArrayView<float> dBeta, int rows, int channels)
    {
        int c = i % channels;
        float normalized = (x[i] - mean[c]) * inverseDeviation[c];
        dx[i] = gamma[c] * inverseDeviation[c] * (dy[i] - (dBeta[c] + normalized * dGamma[c]) / rows);
    }
}
