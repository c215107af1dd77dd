using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

internal static unsafe class GaussianKernelCpu
{
    /// <summary>Rows are those of x, columns the samples: neighbouring lanes are neighbours in the output.</summary>
    public sealed class Pairs(
        SimdWidth width, PixelProductsCpu.IMultiplier multiplier, ArrayView<float> y, ArrayView<float> x, ArrayView<float> gamma, int rows,
        ArrayView<int> sampleNorms)
        : PixelProductsCpu.Products(width, multiplier, x, rows, sampleNorms.IntLength, PixelProductsCpu.TileRows)
    {
        private readonly int _samples = sampleNorms.IntLength;

        protected override float Norm(int row, int norm) => norm >= 0 ? norm : float.NaN;

        protected override void Use<T>(float* products, float* norms, int slice, int column, int first, int count)
        {
            float* columns = stackalloc float[2 * T.Count];
            for (int lane = 0; lane < 2 * T.Count; lane++)
            {
                int norm = column + lane < _samples ? sampleNorms.Pointer[column + lane] : 0;
                columns[lane] = norm >= 0 ? norm : float.NaN;
            }
            T minusGamma = T.Create(-gamma.Pointer[0]), norm0 = T.Load(columns), norm1 = T.Load(columns + T.Count);
            for (int i = 0; i < count; i++, products += 2 * T.Count)
            {
                // In this order small distances are exact: then both differences are small, and so were not rounded.
                T norm = T.Create(norms[i]), product0 = T.Load(products), product1 = T.Load(products + T.Count);
                T distance0 = (norm - product0) + (norm0 - product0), distance1 = (norm - product1) + (norm1 - product1);
                float* to = y.Pointer + (long)(first + i) * _samples + column;
                T.Exp(minusGamma * distance0).StoreFirst(to, _samples - column);
                if (_samples - column > T.Count) T.Exp(minusGamma * distance1).StoreFirst(to + T.Count, _samples - column - T.Count);
            }
        }
    }
}
