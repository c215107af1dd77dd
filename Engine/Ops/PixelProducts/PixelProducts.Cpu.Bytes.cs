using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// The same products of bytes: vpdpbusd adds four products of an unsigned and a signed byte to each of 8 ints, 32 multiply-adds in an instruction where a
/// register of 512 bits makes 16 of floats. Rows go in as a + 128, so that sums begin at −128 · Σ b.
/// </summary>
internal static unsafe partial class PixelProductsCpu
{
    private const int ByteLanes = 16, ByteRows = 6;

    /// <summary>Bytes from a row of the tile to the next: an odd number of lines, so that equal columns of rows fall in different sets of the cache.</summary>
    private static int ByteStride(int depth) => ((depth + 63) / 64 | 1) * 64;

    /// <summary>Panels of [depth / 4, lanes, 4].</summary>
    private sealed class PackBytes(
        SimdWidth width, ArrayView<sbyte> packed, ArrayView<int> starts, ArrayView<int> norms, ArrayView<float> columns, int depth)
        : PackColumns(width, norms, columns, depth)
    {
        private readonly int _depth = PaddedDepth(depth);

        protected override void Store(float* column, int panel, int lane, int lanes)
        {
            sbyte* to = packed.Pointer + (long)panel * _depth * ByteLanes + lane * 4;
            int sum = 0;
            for (int k = 0; k < _depth; k++)
            {
                to[k / 4 * ByteLanes * 4 + k % 4] = (sbyte)column[k];
                sum += (int)column[k];
            }
            starts.Pointer[panel * ByteLanes + lane] = -128 * sum;
        }
    }

    private sealed class ByteMultiplier(ArrayView<sbyte> packed, ArrayView<int> starts, int depth) : IMultiplier
    {
        /// <summary>In the thread's scratch: a row of floats, then the tile.</summary>
        private static byte* Tile(GemmScratch scratch) => (byte*)(scratch.A + PixelProducts.MaxDepth);

        public int TakeRow<T>(float* source, int row) where T : unmanaged, ISimd<T>
        {
            var scratch = GemmScratch.Current;
            int norm = Take<T>(scratch.A, source, depth);
            byte* to = Tile(scratch) + row * ByteStride(depth);
            for (int k = 0; k < PaddedDepth(depth); k += 16)
            {
                var low = Vector256.ConvertToInt32Native(Vector256.Load(scratch.A + k));
                var high = Vector256.ConvertToInt32Native(Vector256.Load(scratch.A + k + 8));
                var shorts = Vector256.Narrow(low, high);
                (Vector128.Narrow(shorts.GetLower(), shorts.GetUpper()).AsByte() ^ Vector128.Create((byte)128)).Store(to + k);
            }
            return norm;
        }

        public void Multiply<T>(GemmScratch scratch, int panel, int count) where T : unmanaged, ISimd<T>
        {
            int stride = ByteStride(depth), padded = PaddedDepth(depth);
            sbyte* b = packed.Pointer + (long)panel * padded * ByteLanes;
            for (int m = 0; m < count; m += ByteRows)
                Multiply6(scratch.B + m * ByteLanes, Tile(scratch) + m * stride, stride, b, starts.Pointer + panel * ByteLanes, padded / 4);
        }

        /// <summary>c[i, j] = start[j] + Σ over fours of a[i, four] · b[four, j] for 6 rows and 16 lanes: 12 sums, two registers of b, one of a.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Multiply6(float* c, byte* a, nint stride, sbyte* b, int* start, int fours)
        {
            Vector256<int> start0 = Vector256.Load(start), start1 = Vector256.Load(start + 8);
            Vector256<int> c00 = start0, c10 = start0, c20 = start0, c30 = start0, c40 = start0, c50 = start0;
            Vector256<int> c01 = start1, c11 = start1, c21 = start1, c31 = start1, c41 = start1, c51 = start1;
            byte* a3 = a + 3 * stride;
            for (; fours > 0; fours--, a += 4, a3 += 4, b += 4 * ByteLanes)
            {
                Vector256<sbyte> b0 = Vector256.Load(b), b1 = Vector256.Load(b + 32);
                var value = Vector256.Create(*(int*)a).AsByte();
                c00 = AvxVnni.MultiplyWideningAndAdd(c00, value, b0);
                c01 = AvxVnni.MultiplyWideningAndAdd(c01, value, b1);
                value = Vector256.Create(*(int*)(a + stride)).AsByte();
                c10 = AvxVnni.MultiplyWideningAndAdd(c10, value, b0);
                c11 = AvxVnni.MultiplyWideningAndAdd(c11, value, b1);
                value = Vector256.Create(*(int*)(a + 2 * stride)).AsByte();
                c20 = AvxVnni.MultiplyWideningAndAdd(c20, value, b0);
                c21 = AvxVnni.MultiplyWideningAndAdd(c21, value, b1);
                value = Vector256.Create(*(int*)a3).AsByte();
                c30 = AvxVnni.MultiplyWideningAndAdd(c30, value, b0);
                c31 = AvxVnni.MultiplyWideningAndAdd(c31, value, b1);
                value = Vector256.Create(*(int*)(a3 + stride)).AsByte();
                c40 = AvxVnni.MultiplyWideningAndAdd(c40, value, b0);
                c41 = AvxVnni.MultiplyWideningAndAdd(c41, value, b1);
                value = Vector256.Create(*(int*)(a3 + 2 * stride)).AsByte();
                c50 = AvxVnni.MultiplyWideningAndAdd(c50, value, b0);
                c51 = AvxVnni.MultiplyWideningAndAdd(c51, value, b1);
            }
            Store(c, c00, c01);
            Store(c + ByteLanes, c10, c11);
            Store(c + 2 * ByteLanes, c20, c21);
            Store(c + 3 * ByteLanes, c30, c31);
            Store(c + 4 * ByteLanes, c40, c41);
            Store(c + 5 * ByteLanes, c50, c51);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Store(float* c, Vector256<int> c0, Vector256<int> c1)
        {
            Vector256.ConvertToSingle(c0).Store(c);
            Vector256.ConvertToSingle(c1).Store(c + 8);
        }
    }
}
