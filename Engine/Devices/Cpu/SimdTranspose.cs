namespace FcnFromScratch.Engine.Devices.Cpu;

internal static unsafe class SimdTranspose
{
    /// <summary>
    /// to[c, r] = from[r, c] for a matrix [rows, columns]; strides count floats. Goes along the rows in strips of 16 columns: the lines read are used
    /// whole, and the 16 lines written grow by four floats at a time in the first-level cache.
    /// </summary>
    public static void Run(float* to, nint toStride, float* from, nint fromStride, int rows, int columns)
    {
        for (int strip = 0; strip < columns; strip += 16)
        {
            int end = Math.Min(strip + 16, columns), r = 0;
            for (; r + 4 <= rows; r += 4)
            {
                int c = strip;
                for (; c + 4 <= end; c += 4) Simd.Transpose4(to + c * toStride + r, toStride, from + r * fromStride + c, fromStride);
                for (; c < end; c++)
                    for (int i = r; i < r + 4; i++) to[c * toStride + i] = from[i * fromStride + c];
            }
            for (; r < rows; r++)
                for (int c = strip; c < end; c++) to[c * toStride + r] = from[r * fromStride + c];
        }
    }
}
