using System.Runtime.CompilerServices;

namespace FcnFromScratch.Engine.Devices.Cpu;

/// <summary>
/// One tile of a matrix product: C[i, j] = Start[i, j] + Σ_k A[i, k] · B[k, j]. Strides count floats; rows of B, C and Start are
/// contiguous, A may lie either way round. Start may be C itself, or one row for all (StartRow = 0).
/// </summary>
internal unsafe struct GemmTile
{
    public float* A, B, C, Start;
    public nint ARow, AColumn, BRow, CRow, StartRow, Depth;
}

/// <summary>
/// The micro-kernels under every dense op of the cpu device, for a register type T of T.Count floats.
/// A tile is Rows&lt;T&gt; x Columns&lt;T&gt;: two registers wide, and as many rows as leave room for B's two registers and one of A.
///   512 bit, 32 registers: 12 x 32 (or 8 x 32), 24 accumulators + 2 of B; A's element is broadcast by the multiply-add itself
///   256 bit, 16 registers:  6 x 16, 12 accumulators + 2 of B + 1 of A
///   128 bit:                6 x 8, likewise
/// One step of k costs Rows + 2 loads for 2 · Rows multiply-adds, so with two loads and two multiply-adds a cycle the arithmetic
/// is the limit. The accumulators start at zero and Start is added last: a long sum cut into tiles of bounded Depth
/// has an error that grows with Depth plus the number of tiles.
/// Measured on one Zen 5 core: 237, 125 and 50 GFLOP/s from the first-level cache.
/// </summary>
internal static unsafe class GemmKernel
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Rows<T>() where T : unmanaged, ISimd<T> => T.Count == Simd512.Count ? 12 : 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Columns<T>() where T : unmanaged, ISimd<T> => 2 * T.Count;

    /// <summary>Computes one whole tile; all Rows x Columns elements of C are written and of A, B and Start read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply<T>(in GemmTile tile) where T : unmanaged, ISimd<T>
    {
        if (T.Count == Simd512.Count) Multiply12<T>(tile);
        else Multiply6<T>(tile);
    }

    /// <summary>Rows of the tiles of <see cref="MultiplyEven"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int EvenRows<T>() where T : unmanaged, ISimd<T> => T.Count == Simd512.Count ? 8 : 6;

    /// <summary>The same with 8 rows at 512 bits, for products whose rows are channels: powers of two more often than multiples of 12.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MultiplyEven<T>(in GemmTile tile) where T : unmanaged, ISimd<T>
    {
        if (T.Count == Simd512.Count) Multiply8<T>(tile);
        else Multiply6<T>(tile);
    }

    private static void Multiply12<T>(in GemmTile t) where T : unmanaged, ISimd<T>
    {
        T c00 = T.Create(0), c01 = c00;
        T c10 = c00, c11 = c00;
        T c20 = c00, c21 = c00;
        T c30 = c00, c31 = c00;
        T c40 = c00, c41 = c00;
        T c50 = c00, c51 = c00;
        T c60 = c00, c61 = c00;
        T c70 = c00, c71 = c00;
        T c80 = c00, c81 = c00;
        T c90 = c00, c91 = c00;
        T c100 = c00, c101 = c00;
        T c110 = c00, c111 = c00;
        nint row = t.ARow, row2 = 2 * t.ARow, column = t.AColumn, bRow = t.BRow;
        float* a0 = t.A;
        float* a3 = t.A + 3 * row;
        float* a6 = t.A + 6 * row;
        float* a9 = t.A + 9 * row;
        float* b = t.B;
        for (nint k = t.Depth; k > 0; k--)
        {
            T b0 = T.Load(b), b1 = T.Load(b + T.Count), a;
            a = T.Create(*(a0));
            c00 = T.MultiplyAdd(a, b0, c00);
            c01 = T.MultiplyAdd(a, b1, c01);
            a = T.Create(*(a0 + row));
            c10 = T.MultiplyAdd(a, b0, c10);
            c11 = T.MultiplyAdd(a, b1, c11);
            a = T.Create(*(a0 + row2));
            c20 = T.MultiplyAdd(a, b0, c20);
            c21 = T.MultiplyAdd(a, b1, c21);
            a = T.Create(*(a3));
            c30 = T.MultiplyAdd(a, b0, c30);
            c31 = T.MultiplyAdd(a, b1, c31);
            a = T.Create(*(a3 + row));
            c40 = T.MultiplyAdd(a, b0, c40);
            c41 = T.MultiplyAdd(a, b1, c41);
            a = T.Create(*(a3 + row2));
            c50 = T.MultiplyAdd(a, b0, c50);
            c51 = T.MultiplyAdd(a, b1, c51);
            a = T.Create(*(a6));
            c60 = T.MultiplyAdd(a, b0, c60);
            c61 = T.MultiplyAdd(a, b1, c61);
            a = T.Create(*(a6 + row));
            c70 = T.MultiplyAdd(a, b0, c70);
            c71 = T.MultiplyAdd(a, b1, c71);
            a = T.Create(*(a6 + row2));
            c80 = T.MultiplyAdd(a, b0, c80);
            c81 = T.MultiplyAdd(a, b1, c81);
            a = T.Create(*(a9));
            c90 = T.MultiplyAdd(a, b0, c90);
            c91 = T.MultiplyAdd(a, b1, c91);
            a = T.Create(*(a9 + row));
            c100 = T.MultiplyAdd(a, b0, c100);
            c101 = T.MultiplyAdd(a, b1, c101);
            a = T.Create(*(a9 + row2));
            c110 = T.MultiplyAdd(a, b0, c110);
            c111 = T.MultiplyAdd(a, b1, c111);
            a0 += column;
            a3 += column;
            a6 += column;
            a9 += column;
            b += bRow;
        }
        float* s = t.Start, c = t.C;
        Finish(c00, c01, ref c, ref s, t);
        Finish(c10, c11, ref c, ref s, t);
        Finish(c20, c21, ref c, ref s, t);
        Finish(c30, c31, ref c, ref s, t);
        Finish(c40, c41, ref c, ref s, t);
        Finish(c50, c51, ref c, ref s, t);
        Finish(c60, c61, ref c, ref s, t);
        Finish(c70, c71, ref c, ref s, t);
        Finish(c80, c81, ref c, ref s, t);
        Finish(c90, c91, ref c, ref s, t);
        Finish(c100, c101, ref c, ref s, t);
        Finish(c110, c111, ref c, ref s, t);
    }

    private static void Multiply8<T>(in GemmTile t) where T : unmanaged, ISimd<T>
    {
        T c00 = T.Create(0), c01 = c00;
        T c10 = c00, c11 = c00;
        T c20 = c00, c21 = c00;
        T c30 = c00, c31 = c00;
        T c40 = c00, c41 = c00;
        T c50 = c00, c51 = c00;
        T c60 = c00, c61 = c00;
        T c70 = c00, c71 = c00;
        nint row = t.ARow, row2 = 2 * t.ARow, column = t.AColumn, bRow = t.BRow;
        float* a0 = t.A;
        float* a3 = t.A + 3 * row;
        float* a6 = t.A + 6 * row;
        float* b = t.B;
        for (nint k = t.Depth; k > 0; k--)
        {
            T b0 = T.Load(b), b1 = T.Load(b + T.Count), a;
            a = T.Create(*(a0));
            c00 = T.MultiplyAdd(a, b0, c00);
            c01 = T.MultiplyAdd(a, b1, c01);
            a = T.Create(*(a0 + row));
            c10 = T.MultiplyAdd(a, b0, c10);
            c11 = T.MultiplyAdd(a, b1, c11);
            a = T.Create(*(a0 + row2));
            c20 = T.MultiplyAdd(a, b0, c20);
            c21 = T.MultiplyAdd(a, b1, c21);
            a = T.Create(*(a3));
            c30 = T.MultiplyAdd(a, b0, c30);
            c31 = T.MultiplyAdd(a, b1, c31);
            a = T.Create(*(a3 + row));
            c40 = T.MultiplyAdd(a, b0, c40);
            c41 = T.MultiplyAdd(a, b1, c41);
            a = T.Create(*(a3 + row2));
            c50 = T.MultiplyAdd(a, b0, c50);
            c51 = T.MultiplyAdd(a, b1, c51);
            a = T.Create(*(a6));
            c60 = T.MultiplyAdd(a, b0, c60);
            c61 = T.MultiplyAdd(a, b1, c61);
            a = T.Create(*(a6 + row));
            c70 = T.MultiplyAdd(a, b0, c70);
            c71 = T.MultiplyAdd(a, b1, c71);
            a0 += column;
            a3 += column;
            a6 += column;
            b += bRow;
        }
        float* s = t.Start, c = t.C;
        Finish(c00, c01, ref c, ref s, t);
        Finish(c10, c11, ref c, ref s, t);
        Finish(c20, c21, ref c, ref s, t);
        Finish(c30, c31, ref c, ref s, t);
        Finish(c40, c41, ref c, ref s, t);
        Finish(c50, c51, ref c, ref s, t);
        Finish(c60, c61, ref c, ref s, t);
        Finish(c70, c71, ref c, ref s, t);
    }

    private static void Multiply6<T>(in GemmTile t) where T : unmanaged, ISimd<T>
    {
        T c00 = T.Create(0), c01 = c00;
        T c10 = c00, c11 = c00;
        T c20 = c00, c21 = c00;
        T c30 = c00, c31 = c00;
        T c40 = c00, c41 = c00;
        T c50 = c00, c51 = c00;
        nint row = t.ARow, row2 = 2 * t.ARow, column = t.AColumn, bRow = t.BRow;
        float* a0 = t.A;
        float* a3 = t.A + 3 * row;
        float* b = t.B;
        for (nint k = t.Depth; k > 0; k--)
        {
            T b0 = T.Load(b), b1 = T.Load(b + T.Count), a;
            a = T.Create(*(a0));
            c00 = T.MultiplyAdd(a, b0, c00);
            c01 = T.MultiplyAdd(a, b1, c01);
            a = T.Create(*(a0 + row));
            c10 = T.MultiplyAdd(a, b0, c10);
            c11 = T.MultiplyAdd(a, b1, c11);
            a = T.Create(*(a0 + row2));
            c20 = T.MultiplyAdd(a, b0, c20);
            c21 = T.MultiplyAdd(a, b1, c21);
            a = T.Create(*(a3));
            c30 = T.MultiplyAdd(a, b0, c30);
            c31 = T.MultiplyAdd(a, b1, c31);
            a = T.Create(*(a3 + row));
            c40 = T.MultiplyAdd(a, b0, c40);
            c41 = T.MultiplyAdd(a, b1, c41);
            a = T.Create(*(a3 + row2));
            c50 = T.MultiplyAdd(a, b0, c50);
            c51 = T.MultiplyAdd(a, b1, c51);
            a0 += column;
            a3 += column;
            b += bRow;
        }
        float* s = t.Start, c = t.C;
        Finish(c00, c01, ref c, ref s, t);
        Finish(c10, c11, ref c, ref s, t);
        Finish(c20, c21, ref c, ref s, t);
        Finish(c30, c31, ref c, ref s, t);
        Finish(c40, c41, ref c, ref s, t);
        Finish(c50, c51, ref c, ref s, t);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<T>(T c0, T c1, ref float* c, ref float* s, in GemmTile t) where T : unmanaged, ISimd<T>
    {
        (T.Load(s) + c0).Store(c);
        (T.Load(s + T.Count) + c1).Store(c + T.Count);
        c += t.CRow;
        s += t.StartRow;
    }
}
