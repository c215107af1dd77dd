using System.Runtime.CompilerServices;
using FcnFromScratch.Engine.Devices.Cpu;

namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// The transforms of Winograd's F(4x4, 3x3): a tile of 4x4 outputs of a 3x3 convolution costs 36 products a channel pair instead of 144.
///   y = Aᵀ [ (G w Gᵀ) ⊙ (Bᵀ d B) ] A         d: 6x6 inputs, w: 3x3, y: 4x4; ⊙ summed over channels is 36 matrix products
///   dw = Gᵀ [ Σ (Bᵀ d B) ⊙ (A dy Aᵀ) ] G      the gradient by w, summed over tiles
/// (Lavin and Gray, "Fast algorithms for convolutional neural networks", 2015.) A polynomial of degree 5 is interpolated at
/// 0, ±a, ±b and infinity. The usual a = 1, b = 2 lose four bits of a float; a = √½, b = √2 keep the powers of the points near 1 (a·b = 1):
/// with 64 channels of uniform numbers the largest error was measured at 5.6e-6 of the output's RMS (1, 2: 2.3e-5; direct: 1.0e-6),
/// and the weight gradient's at 7.5e-6 (6.3e-5; 6.5e-6).
/// A transform runs over lanes of channels: first down the columns of the tile into <c>temp</c>, then along its rows.
/// </summary>
internal static unsafe class Winograd
{
    /// <summary>Outputs and inputs along one side of a tile, and the products of a tile.</summary>
    public const int Tile = 4, Window = 6, Products = 36;

    private const float A = 0.70710678f, B = 1.41421356f, A3 = 0.35355339f, B3 = 2.82842712f;

    /// <summary>Whole registers of channels, enough of them to pay for the transforms, and few enough for a block of tiles in the cache.</summary>
    public static bool Suits(ConvGeometry g) =>
        g is { KernelHeight: 3, KernelWidth: 3, StrideY: 1, StrideX: 1 } && Suits(g.InChannels) && Suits(g.OutChannels);

    private static bool Suits(int channels) => channels is >= 32 and <= 512 && channels % 16 == 0;

    public static int TilesOf(int size) => (size + Tile - 1) / Tile;

    /// <summary>Bᵀ d B of one register of channels. <paramref name="d"/>: 36 pixels in row order; result k goes to v + k·stride.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input<T>(float* v, nint stride, float** d, nint channel, float* temp) where T : unmanaged, ISimd<T>
    {
        for (int x = 0; x < Window; x++)
            Input1<T>(temp + x * T.Count, Window * T.Count, T.Load(d[x] + channel), T.Load(d[6 + x] + channel), T.Load(d[12 + x] + channel),
                T.Load(d[18 + x] + channel), T.Load(d[24 + x] + channel), T.Load(d[30 + x] + channel));
        for (int y = 0; y < Window; y++, temp += Window * T.Count, v += Window * stride)
            Input1(v, stride, T.Load(temp), T.Load(temp + T.Count), T.Load(temp + 2 * T.Count), T.Load(temp + 3 * T.Count), T.Load(temp + 4 * T.Count), T.Load(temp + 5 * T.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Input1<T>(float* to, nint stride, T d0, T d1, T d2, T d3, T d4, T d5) where T : unmanaged, ISimd<T>
    {
        T even = T.MultiplyAdd(T.Create(-2), d2, d4), odd = T.MultiplyAdd(T.Create(-2), d1, d3);
        T even2 = T.MultiplyAdd(T.Create(-0.5f), d2, d4), odd2 = T.MultiplyAdd(T.Create(-0.5f), d1, d3);
        T.MultiplyAdd(T.Create(-2.5f), d2, d0 + d4).Store(to);
        T.MultiplyAdd(T.Create(A), odd, even).Store(to + stride);
        T.MultiplyAdd(T.Create(-A), odd, even).Store(to + 2 * stride);
        T.MultiplyAdd(T.Create(B), odd2, even2).Store(to + 3 * stride);
        T.MultiplyAdd(T.Create(-B), odd2, even2).Store(to + 4 * stride);
        T.MultiplyAdd(T.Create(-2.5f), d3, d1 + d5).Store(to + 5 * stride);
    }

    /// <summary>Aᵀ m A of one register of channels: m + k·stride to the 16 registers at <paramref name="y"/>, in row order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output<T>(float* y, float* m, nint stride, float* temp) where T : unmanaged, ISimd<T>
    {
        for (int x = 0; x < Window; x++, m += stride)
            Output1<T>(temp + x * T.Count, Window * T.Count, T.Load(m), T.Load(m + 6 * stride), T.Load(m + 12 * stride),
                T.Load(m + 18 * stride), T.Load(m + 24 * stride), T.Load(m + 30 * stride));
        for (int i = 0; i < Tile; i++, temp += Window * T.Count, y += Tile * T.Count)
            Output1(y, T.Count, T.Load(temp), T.Load(temp + T.Count), T.Load(temp + 2 * T.Count), T.Load(temp + 3 * T.Count), T.Load(temp + 4 * T.Count), T.Load(temp + 5 * T.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Output1<T>(float* to, nint stride, T m0, T m1, T m2, T m3, T m4, T m5) where T : unmanaged, ISimd<T>
    {
        T sum = m1 + m2, difference = m1 - m2, sum2 = m3 + m4, difference2 = m3 - m4;
        (m0 + sum + sum2).Store(to);
        T.MultiplyAdd(T.Create(A), difference, T.Create(B) * difference2).Store(to + stride);
        T.MultiplyAdd(T.Create(0.5f), sum, sum2 + sum2).Store(to + 2 * stride);
        T.MultiplyAdd(T.Create(A3), difference, T.MultiplyAdd(T.Create(B3), difference2, m5)).Store(to + 3 * stride);
    }

    /// <summary>A dy Aᵀ of one register of channels. <paramref name="dy"/>: 16 pixels in row order; result k goes to z + k·stride.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void OutputGradient<T>(float* z, nint stride, float** dy, nint channel, float* temp) where T : unmanaged, ISimd<T>
    {
        for (int x = 0; x < Tile; x++)
            OutputGradient1<T>(temp + x * T.Count, Tile * T.Count, T.Load(dy[x] + channel), T.Load(dy[4 + x] + channel), T.Load(dy[8 + x] + channel), T.Load(dy[12 + x] + channel));
        for (int i = 0; i < Window; i++, temp += Tile * T.Count, z += Window * stride)
            OutputGradient1(z, stride, T.Load(temp), T.Load(temp + T.Count), T.Load(temp + 2 * T.Count), T.Load(temp + 3 * T.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OutputGradient1<T>(float* to, nint stride, T y0, T y1, T y2, T y3) where T : unmanaged, ISimd<T>
    {
        T even = T.MultiplyAdd(T.Create(0.5f), y2, y0), odd = T.MultiplyAdd(T.Create(0.5f), y3, y1);
        T even2 = T.MultiplyAdd(T.Create(2), y2, y0), odd2 = T.MultiplyAdd(T.Create(2), y3, y1);
        y0.Store(to);
        T.MultiplyAdd(T.Create(A), odd, even).Store(to + stride);
        T.MultiplyAdd(T.Create(-A), odd, even).Store(to + 2 * stride);
        T.MultiplyAdd(T.Create(B), odd2, even2).Store(to + 3 * stride);
        T.MultiplyAdd(T.Create(-B), odd2, even2).Store(to + 4 * stride);
        y3.Store(to + 5 * stride);
    }

    /// <summary>G w Gᵀ of one register of channels: the nine taps at w + tap·wStride; result k goes to u + k·stride.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Weights<T>(float* u, nint stride, float* w, nint wStride, float* temp) where T : unmanaged, ISimd<T>
    {
        for (int x = 0; x < 3; x++, w += wStride)
            Weights1<T>(temp + x * T.Count, 3 * T.Count, T.Load(w), T.Load(w + 3 * wStride), T.Load(w + 6 * wStride));
        for (int y = 0; y < Window; y++, temp += 3 * T.Count, u += Window * stride)
            Weights1(u, stride, T.Load(temp), T.Load(temp + T.Count), T.Load(temp + 2 * T.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Weights1<T>(float* to, nint stride, T w0, T w1, T w2) where T : unmanaged, ISimd<T>
    {
        T even = T.MultiplyAdd(T.Create(-1 / 3f), w2, T.Create(-2 / 3f) * w0), even2 = T.MultiplyAdd(T.Create(1 / 3f), w2, T.Create(1 / 6f) * w0);
        w0.Store(to);
        T.MultiplyAdd(T.Create(-2 / 3f * A), w1, even).Store(to + stride);
        T.MultiplyAdd(T.Create(2 / 3f * A), w1, even).Store(to + 2 * stride);
        T.MultiplyAdd(T.Create(1 / 6f * B), w1, even2).Store(to + 3 * stride);
        T.MultiplyAdd(T.Create(-1 / 6f * B), w1, even2).Store(to + 4 * stride);
        w2.Store(to + 5 * stride);
    }

    /// <summary>Gᵀ u G of one register of channels, u + k·stride to the nine taps at dw + tap·dwStride.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WeightGradient<T>(float* dw, nint dwStride, float* u, nint stride, float* temp) where T : unmanaged, ISimd<T>
    {
        for (int x = 0; x < Window; x++, u += stride)
            WeightGradient1<T>(temp + x * T.Count, Window * T.Count, T.Load(u), T.Load(u + 6 * stride), T.Load(u + 12 * stride),
                T.Load(u + 18 * stride), T.Load(u + 24 * stride), T.Load(u + 30 * stride));
        for (int y = 0; y < 3; y++, temp += Window * T.Count, dw += 3 * dwStride)
            WeightGradient1(dw, dwStride, T.Load(temp), T.Load(temp + T.Count), T.Load(temp + 2 * T.Count), T.Load(temp + 3 * T.Count), T.Load(temp + 4 * T.Count), T.Load(temp + 5 * T.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WeightGradient1<T>(float* to, nint stride, T u0, T u1, T u2, T u3, T u4, T u5) where T : unmanaged, ISimd<T>
    {
        T sum = u1 + u2, sum2 = u3 + u4;
        T.MultiplyAdd(T.Create(-2 / 3f), sum, T.MultiplyAdd(T.Create(1 / 6f), sum2, u0)).Store(to);
        T.MultiplyAdd(T.Create(-2 / 3f * A), u1 - u2, T.Create(1 / 6f * B) * (u3 - u4)).Store(to + stride);
        T.MultiplyAdd(T.Create(-1 / 3f), sum, T.MultiplyAdd(T.Create(1 / 3f), sum2, u5)).Store(to + 2 * stride);
    }
}

/// <summary>
/// The pixels of one tile in a picture [batch, height, width, channels]: addresses in row order, and the address of zeros for those outside.
/// </summary>
internal readonly unsafe struct TilePixels(int height, int width, int channels, int tileRows, int tileColumns, int padTop, int padLeft)
{
    /// <summary>Fills the addresses of a tile's <paramref name="size"/> x <paramref name="size"/> pixels.</summary>
    public void Locate(float** pixels, int size, float* picture, float* zeros, long tile)
    {
        int tx = (int)(tile % tileColumns), ty = (int)(tile / tileColumns % tileRows);
        long n = tile / tileColumns / tileRows;
        int y0 = ty * Winograd.Tile - padTop, x0 = tx * Winograd.Tile - padLeft;
        for (int i = 0; i < size; i++)
            for (int j = 0; j < size; j++)
                pixels[i * size + j] = (uint)(y0 + i) < (uint)height && (uint)(x0 + j) < (uint)width
                    ? picture + ((n * height + y0 + i) * width + x0 + j) * channels : zeros;
    }
}
