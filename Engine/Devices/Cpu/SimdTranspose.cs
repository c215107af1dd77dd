using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

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
            if (Sse.IsSupported)
                for (; r + 4 <= rows; r += 4)
                {
                    int c = strip;
                    for (; c + 4 <= end; c += 4) Square(to + c * toStride + r, toStride, from + r * fromStride + c, fromStride);
                    for (; c < end; c++)
                        for (int i = r; i < r + 4; i++) to[c * toStride + i] = from[i * fromStride + c];
                }
            for (; r < rows; r++)
                for (int c = strip; c < end; c++) to[c * toStride + r] = from[r * fromStride + c];
        }
    }

    private static void Square(float* to, nint toStride, float* from, nint fromStride)
    {
        Vector128<float> r0 = Vector128.Load(from), r1 = Vector128.Load(from + fromStride);
        Vector128<float> r2 = Vector128.Load(from + 2 * fromStride), r3 = Vector128.Load(from + 3 * fromStride);
        Vector128<float> low01 = Sse.UnpackLow(r0, r1), low23 = Sse.UnpackLow(r2, r3);
        Vector128<float> high01 = Sse.UnpackHigh(r0, r1), high23 = Sse.UnpackHigh(r2, r3);
        Sse.MoveLowToHigh(low01, low23).Store(to);
        Sse.MoveHighToLow(low23, low01).Store(to + toStride);
        Sse.MoveLowToHigh(high01, high23).Store(to + 2 * toStride);
        Sse.MoveHighToLow(high23, high01).Store(to + 3 * toStride);
    }
}
