using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

internal static unsafe class GaussianKernelCpu
{
    /// <summary>Enough parts for many threads where there are few rows of x.</summary>
    private const int SliceSamples = 768;

    /// <summary>
    /// Rows are the samples, columns the rows of x: of these there are few where a solver asks, and it is the columns that are packed. So what comes out of a
    /// tile lies the other way around, and is turned on its way to memory.
    /// </summary>
    public sealed class Pairs(
        SimdWidth width, PixelProductsCpu.IMultiplier multiplier, ArrayView<float> y, ArrayView<float> samples, ArrayView<float> gamma, int sampleCount,
        ArrayView<int> norms)
        : PixelProductsCpu.Products(width, multiplier, samples, sampleCount, norms.IntLength, SliceSamples)
    {
        private readonly int _rows = norms.IntLength, _samples = sampleCount;

        protected override float Norm(int row, int norm) => norm >= 0 ? norm : float.NaN;

        protected override void Use<T>(float* products, float* sampleNorms, int slice, int column, int first, int count)
        {
            int lanes = 2 * T.Count, used = Math.Min(lanes, _rows - column);
            float* columns = stackalloc float[lanes];
            for (int lane = 0; lane < lanes; lane++)
            {
                int norm = lane < used ? norms.Pointer[column + lane] : 0;
                columns[lane] = norm >= 0 ? norm : float.NaN;
            }
            T minusGamma = T.Create(gamma.Pointer[0] > 0 ? -gamma.Pointer[0] : float.NaN), norm0 = T.Load(columns), norm1 = T.Load(columns + T.Count);
            for (int i = 0; i < count; i++)
            {
                // In this order small distances are exact: then both differences are small, and so were not rounded.
                float* row = products + i * lanes;
                T norm = T.Create(sampleNorms[i]), product0 = T.Load(row), product1 = T.Load(row + T.Count);
                T.Exp(minusGamma * ((norm - product0) + (norm0 - product0))).Store(row);
                T.Exp(minusGamma * ((norm - product1) + (norm1 - product1))).Store(row + T.Count);
            }
            for (int lane = 0; lane < used; lane++)
            {
                float* to = y.Pointer + (long)(column + lane) * _samples + first;
                for (int i = 0; i < count; i++) to[i] = products[i * lanes + lane];
            }
        }
    }
}
