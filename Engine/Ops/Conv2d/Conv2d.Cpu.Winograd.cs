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

    /// <summary>
    /// Nine taps that all see pixels, and whole registers of channels: enough of them to pay for the transforms, few enough for a block of tiles
    /// in the cache.
    /// </summary>
    public static bool Suits(ConvGeometry g) =>
        g is { KernelHeight: 3, KernelWidth: 3, StrideY: 1, StrideX: 1 } && Suits(g.InChannels) && Suits(g.OutChannels)
        && TapGrid.OfOutputs(g).Trimmed(out _, out _) is { TapsY: 3, TapsX: 3 };

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
            Input1(v, stride, T.Load(temp), T.Load(temp + T.Count), T.Load(temp + 2 * T.Count), T.Load(temp + 3 * T.Count),
                T.Load(temp + 4 * T.Count), T.Load(temp + 5 * T.Count));
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

    /// <summary>Aᵀ m A of one register of channels: m + k·stride to the 4 x 4 pixels at <paramref name="y"/>, through bias and activation.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output<T>(float* y, nint rowStride, nint pixelStride, float* m, nint stride, T bias, ActivationKind activation, float slope, float* temp)
        where T : unmanaged, ISimd<T>
    {
        for (int x = 0; x < Window; x++, m += stride)
            Output1(temp + x * T.Count, Window * T.Count, T.Load(m), T.Load(m + 6 * stride), T.Load(m + 12 * stride),
                T.Load(m + 18 * stride), T.Load(m + 24 * stride), T.Load(m + 30 * stride), T.Create(0), ActivationKind.None, 0);
        for (int i = 0; i < Tile; i++, temp += Window * T.Count, y += rowStride)
            Output1(y, pixelStride, T.Load(temp), T.Load(temp + T.Count), T.Load(temp + 2 * T.Count), T.Load(temp + 3 * T.Count), T.Load(temp + 4 * T.Count),
                T.Load(temp + 5 * T.Count), bias, activation, slope);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Output1<T>(float* to, nint stride, T m0, T m1, T m2, T m3, T m4, T m5, T bias, ActivationKind activation, float slope)
        where T : unmanaged, ISimd<T>
    {
        T sum = m1 + m2, difference = m1 - m2, sum2 = m3 + m4, difference2 = m3 - m4;
        ActivationCpu.Apply(activation, slope, m0 + bias + sum + sum2).Store(to);
        ActivationCpu.Apply(activation, slope, T.MultiplyAdd(T.Create(A), difference, T.MultiplyAdd(T.Create(B), difference2, bias))).Store(to + stride);
        ActivationCpu.Apply(activation, slope, T.MultiplyAdd(T.Create(0.5f), sum, T.MultiplyAdd(T.Create(2), sum2, bias))).Store(to + 2 * stride);
        ActivationCpu.Apply(activation, slope, T.MultiplyAdd(T.Create(A3), difference, T.MultiplyAdd(T.Create(B3), difference2, m5 + bias)))
            .Store(to + 3 * stride);
    }

    /// <summary>A dy Aᵀ of one register of channels. <paramref name="dy"/>: 16 pixels in row order; result k goes to z + k·stride.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void OutputGradient<T>(float* z, nint stride, float** dy, nint channel, float* temp) where T : unmanaged, ISimd<T>
    {
        for (int x = 0; x < Tile; x++)
            OutputGradient1<T>(temp + x * T.Count, Tile * T.Count,
                T.Load(dy[x] + channel), T.Load(dy[4 + x] + channel), T.Load(dy[8 + x] + channel), T.Load(dy[12 + x] + channel));
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
            WeightGradient1(dw, dwStride, T.Load(temp), T.Load(temp + T.Count), T.Load(temp + 2 * T.Count),
                T.Load(temp + 3 * T.Count), T.Load(temp + 4 * T.Count), T.Load(temp + 5 * T.Count));
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

/// <summary>The tiles of all pictures of a batch, in row order.</summary>
internal struct TileCursor(long tile, int tileRows, int tileColumns)
{
    public int Column = (int)(tile % tileColumns), Row = (int)(tile / tileColumns % tileRows), Image = (int)(tile / tileColumns / tileRows);

    public void Next()
    {
        if (++Column < tileColumns) return;
        Column = 0;
        if (++Row < tileRows) return;
        Row = 0;
        Image++;
    }
}

/// <summary>Where the pixels of a tile lie in pictures [batch, height, width, channels].</summary>
internal readonly unsafe struct TilePixels(int height, int width, int channels, int padTop, int padLeft)
{
    /// <summary>
    /// Fills the addresses of the tile's <paramref name="size"/> x <paramref name="size"/> pixels, in row order; outside the picture that of zeros.
    /// </summary>
    public void Locate(float** pixels, int size, float* pictures, float* zeros, in TileCursor tile)
    {
        int y0 = tile.Row * Winograd.Tile - padTop, x0 = tile.Column * Winograd.Tile - padLeft;
        float* row = pictures + (((long)tile.Image * height + y0) * width + x0) * channels;
        for (int i = 0; i < size; i++, pixels += size, row += (nint)width * channels)
        {
            bool inside = (uint)(y0 + i) < (uint)height;
            float* pixel = row;
            for (int j = 0; j < size; j++, pixel += channels) pixels[j] = inside && (uint)(x0 + j) < (uint)width ? pixel : zeros;
        }
    }

    /// <summary>
    /// Brings the tile's 4 x 4 pixels nearer, channels [0, count) from <paramref name="pictures"/> on: asked for during the products, which leave
    /// memory idle, they are there when the next transform needs them.
    /// </summary>
    public void Prefetch(float* pictures, int count, in TileCursor tile)
    {
        int y0 = tile.Row * Winograd.Tile, x0 = tile.Column * Winograd.Tile;
        for (int y = y0; y < Math.Min(y0 + Winograd.Tile, height); y++)
            for (int x = x0; x < Math.Min(x0 + Winograd.Tile, width); x++)
            {
                float* pixel = pictures + (((long)tile.Image * height + y) * width + x) * channels;
                for (int c = 0; c < count; c += 16) Simd.Prefetch(pixel + c);
            }
    }
}
