using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Kernels.Runtime;

namespace FcnFromScratch.Engine.Ops;

/// <summary>16 neighbouring floats. A compiler for a SIMD processor keeps them in one or two vector registers.</summary>
internal readonly record struct Lanes16(
    float A, float B, float C, float D, float E, float F, float G, float H,
    float I, float J, float K, float L, float M, float N, float O, float P)
{
    public static Lanes16 operator +(Lanes16 a, Lanes16 b) => MultiplyAdd(a, 1f, b);

    /// <summary>sum + a · v, lane by lane.</summary>
    public static Lanes16 MultiplyAdd(Lanes16 sum, float a, Lanes16 v) => new(
        sum.A + a * v.A, sum.B + a * v.B, sum.C + a * v.C, sum.D + a * v.D, sum.E + a * v.E, sum.F + a * v.F, sum.G + a * v.G, sum.H + a * v.H,
        sum.I + a * v.I, sum.J + a * v.J, sum.K + a * v.K, sum.L + a * v.L, sum.M + a * v.M, sum.N + a * v.N, sum.O + a * v.O, sum.P + a * v.P);
}

internal static partial class Conv2dKernels
{
    public const int Lanes = 16, BlockPixels = 6, BlockChannels = 8;
    private const int Outside = -1, NoPixel = -0x40000000;

    // 3. Blocked: for processors whose work items are turns of a loop, where a barrier costs more than it saves. One item makes 6 pixels × 16 channels
    // in registers: a step of the sum is one load of 16 weights and, for each pixel, one value times these 16. The border test is made once for each tap.
    // The input gradient is the same sum over dz with w turned: its pixels are ordered by their phase (iy mod stride, ix mod stride), in which all
    // pixels of an item are touched by the same taps. b is w as rows of whole Lanes16.
    // PoCL 3.1, 2 cores with AVX-512: 150 to 190 GFLOP/s on the 3×3 layers of FCN-8 where naive does 3 to 5; the limit of its 256-bit code is about 250.
    [Kernel]
    public static void Blocked(
        Index1D i, ArrayView<float> c, ArrayView<float> a, ArrayView<float> b, ArrayView<float> bias, int hasBias,
        ConvGeometry g, ActivationKind activation, float slope, SpecializedValue<int> turned)
    {
        int height = turned == 0 ? g.OutHeight : g.InHeight;
        int width = turned == 0 ? g.OutWidth : g.InWidth;
        int channels = turned == 0 ? g.OutChannels : g.InChannels;
        int sourceHeight = turned == 0 ? g.InHeight : g.OutHeight;
        int sourceWidth = turned == 0 ? g.InWidth : g.OutWidth;
        int depth = turned == 0 ? g.InChannels : g.OutChannels;
        int stepY = turned == 0 ? g.StrideY : 1;
        int stepX = turned == 0 ? g.StrideX : 1;
        int phasesY = turned == 0 ? 1 : g.StrideY;
        int phasesX = turned == 0 ? 1 : g.StrideX;

        int rows = (height + phasesY - 1) / phasesY;
        int columns = (width + phasesX - 1) / phasesX;
        int pixels = g.Batch * rows * columns;
        int blocks = (pixels + BlockPixels - 1) / BlockPixels;
        int first = i % blocks * BlockPixels;
        int phase = i / blocks % (phasesY * phasesX);
        int phaseY = phase / phasesX;
        int phaseX = phase % phasesX;
        int vector = i / (blocks * phasesY * phasesX);
        int vectors = (channels + Lanes - 1) / Lanes;

        // The source pixel of each pixel under a tap at offset (0, 0).
        ArrayView<int> ys = LocalMemory.Allocate<int>(BlockPixels);
        ArrayView<int> xs = LocalMemory.Allocate<int>(BlockPixels);
        ArrayView<int> sources = LocalMemory.Allocate<int>(BlockPixels);
        for (int p = 0; p < BlockPixels; p++)
        {
            int pixel = first + p;
            ys[p] = pixel < pixels ? pixel / columns % rows * stepY : NoPixel;
            xs[p] = pixel % columns * stepX;
            sources[p] = (pixel / (rows * columns) * sourceHeight + pixel / columns % rows * stepY) * sourceWidth + xs[p];
        }

        ArrayView<Lanes16> weights = b.Cast<Lanes16>();
        ArrayView<int> ats = LocalMemory.Allocate<int>(BlockPixels);
        Lanes16 zero = new Lanes16(0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f);
        Lanes16 sum0 = zero;
        Lanes16 sum1 = zero;
        Lanes16 sum2 = zero;
        Lanes16 sum3 = zero;
        Lanes16 sum4 = zero;
        Lanes16 sum5 = zero;
        for (int ky = (phaseY + g.PadTop) % phasesY; ky < g.KernelHeight; ky += phasesY)
        {
            int offsetY = turned == 0 ? ky - g.PadTop : (phaseY + g.PadTop - ky) / phasesY;
            for (int kx = (phaseX + g.PadLeft) % phasesX; kx < g.KernelWidth; kx += phasesX)
            {
                int offsetX = turned == 0 ? kx - g.PadLeft : (phaseX + g.PadLeft - kx) / phasesX;
                int outside = 0;
                for (int p = 0; p < BlockPixels; p++)
                {
                    int y = ys[p] + offsetY;
                    int x = xs[p] + offsetX;
                    bool inside = y >= 0 && y < sourceHeight && x >= 0 && x < sourceWidth;
                    ats[p] = inside ? (sources[p] + offsetY * sourceWidth + offsetX) * depth : Outside;
                    if (!inside) outside++;
                }
                if (outside == BlockPixels) continue;
                int a0 = ats[0];
                int a1 = ats[1];
                int a2 = ats[2];
                int a3 = ats[3];
                int a4 = ats[4];
                int a5 = ats[5];
                int at = (ky * g.KernelWidth + kx) * depth * vectors + vector;
                Lanes16 s0 = zero;
                Lanes16 s1 = zero;
                Lanes16 s2 = zero;
                Lanes16 s3 = zero;
                Lanes16 s4 = zero;
                Lanes16 s5 = zero;
                if (outside == 0)
                {
                    for (int k = 0; k < depth; k++)
                    {
                        Lanes16 v = weights[at + k * vectors];
                        s0 = Lanes16.MultiplyAdd(s0, a[a0 + k], v);
                        s1 = Lanes16.MultiplyAdd(s1, a[a1 + k], v);
                        s2 = Lanes16.MultiplyAdd(s2, a[a2 + k], v);
                        s3 = Lanes16.MultiplyAdd(s3, a[a3 + k], v);
                        s4 = Lanes16.MultiplyAdd(s4, a[a4 + k], v);
                        s5 = Lanes16.MultiplyAdd(s5, a[a5 + k], v);
                    }
                }
                else
                {
                    for (int k = 0; k < depth; k++)
                    {
                        Lanes16 v = weights[at + k * vectors];
                        s0 = Lanes16.MultiplyAdd(s0, ValueOrZero(a, a0, k), v);
                        s1 = Lanes16.MultiplyAdd(s1, ValueOrZero(a, a1, k), v);
                        s2 = Lanes16.MultiplyAdd(s2, ValueOrZero(a, a2, k), v);
                        s3 = Lanes16.MultiplyAdd(s3, ValueOrZero(a, a3, k), v);
                        s4 = Lanes16.MultiplyAdd(s4, ValueOrZero(a, a4, k), v);
                        s5 = Lanes16.MultiplyAdd(s5, ValueOrZero(a, a5, k), v);
                    }
                }
                // A sum for each tap, then the sum of the taps: rounding errors stay small.
                sum0 += s0;
                sum1 += s1;
                sum2 += s2;
                sum3 += s3;
                sum4 += s4;
                sum5 += s5;
            }
        }

        ArrayView<Lanes16> block = LocalMemory.Allocate<Lanes16>(BlockPixels);
        block[0] = sum0;
        block[1] = sum1;
        block[2] = sum2;
        block[3] = sum3;
        block[4] = sum4;
        block[5] = sum5;
        ArrayView<float> sums = block.Cast<float>();
        int channel = vector * Lanes;
        int count = Math.Min(Lanes, channels - channel);
        for (int p = 0; p < BlockPixels; p++)
        {
            int pixel = first + p;
            int y = pixel / columns % rows * phasesY + phaseY;
            int x = pixel % columns * phasesX + phaseX;
            if (pixel >= pixels || y >= height || x >= width) continue;
            int target = ((pixel / (rows * columns) * height + y) * width + x) * channels + channel;
            for (int j = 0; j < count; j++)
            {
                float sum = sums[p * Lanes + j];
                if (hasBias != 0) sum += bias[channel + j];
                c[target + j] = ActivationKernels.Apply(activation, slope, sum);
            }
        }
    }

    /// <summary>a[at + k], or 0 for a pixel outside; it loads in both cases, because a load that depends on a test costs more than the load.</summary>
    private static float ValueOrZero(ArrayView<float> a, int at, int k)
    {
        float value = a[Math.Max(at, 0) + k];
        return at < 0 ? 0f : value;
    }

    // Blocked: one item makes 8 in channels × 16 out channels of one tap over a slice of output rows. In a row, the pixels whose tap lies in the
    // picture are one run, so the inner loop tests nothing. dz has rows of whole Lanes16.
    [Kernel]
    public static void BlockedWeightGradient(
        Index1D i, ArrayView<float> partial, ArrayView<float> x, ArrayView<float> dz, ConvGeometry g, int rowsPerSlice)
    {
        int vectors = (g.OutChannels + Lanes - 1) / Lanes;
        int parts = (g.InChannels + BlockChannels - 1) / BlockChannels;
        int vector = i % vectors;
        int channel = i / vectors % parts * BlockChannels;
        int tap = i / (vectors * parts) % (g.KernelHeight * g.KernelWidth);
        int slice = i / (vectors * parts * g.KernelHeight * g.KernelWidth);
        int offsetY = tap / g.KernelWidth - g.PadTop;
        int offsetX = tap % g.KernelWidth - g.PadLeft;
        int begin = Math.Max((g.StrideX - 1 - offsetX) / g.StrideX, 0);
        int end = Math.Min((g.InWidth - offsetX + g.StrideX - 1) / g.StrideX, g.OutWidth);
        int lastRow = Math.Min((slice + 1) * rowsPerSlice, g.Batch * g.OutHeight);

        // Past the last in channel the last one is taken again, and not stored.
        int last = g.InChannels - 1 - channel;
        int c1 = Math.Min(1, last);
        int c2 = Math.Min(2, last);
        int c3 = Math.Min(3, last);
        int c4 = Math.Min(4, last);
        int c5 = Math.Min(5, last);
        int c6 = Math.Min(6, last);
        int c7 = Math.Min(7, last);

        ArrayView<Lanes16> gradients = dz.Cast<Lanes16>();
        Lanes16 s0 = new Lanes16(0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f);
        Lanes16 s1 = s0;
        Lanes16 s2 = s0;
        Lanes16 s3 = s0;
        Lanes16 s4 = s0;
        Lanes16 s5 = s0;
        Lanes16 s6 = s0;
        Lanes16 s7 = s0;
        for (int row = slice * rowsPerSlice; row < lastRow; row++)
        {
            int y = row % g.OutHeight * g.StrideY + offsetY;
            if (y < 0 || y >= g.InHeight) continue;
            int source = (row / g.OutHeight * g.InHeight + y) * g.InWidth + offsetX;
            for (int column = begin; column < end; column++)
            {
                Lanes16 v = gradients[(row * g.OutWidth + column) * vectors + vector];
                int at = (source + column * g.StrideX) * g.InChannels + channel;
                s0 = Lanes16.MultiplyAdd(s0, x[at], v);
                s1 = Lanes16.MultiplyAdd(s1, x[at + c1], v);
                s2 = Lanes16.MultiplyAdd(s2, x[at + c2], v);
                s3 = Lanes16.MultiplyAdd(s3, x[at + c3], v);
                s4 = Lanes16.MultiplyAdd(s4, x[at + c4], v);
                s5 = Lanes16.MultiplyAdd(s5, x[at + c5], v);
                s6 = Lanes16.MultiplyAdd(s6, x[at + c6], v);
                s7 = Lanes16.MultiplyAdd(s7, x[at + c7], v);
            }
        }

        ArrayView<Lanes16> block = LocalMemory.Allocate<Lanes16>(BlockChannels);
        block[0] = s0;
        block[1] = s1;
        block[2] = s2;
        block[3] = s3;
        block[4] = s4;
        block[5] = s5;
        block[6] = s6;
        block[7] = s7;
        ArrayView<float> sums = block.Cast<float>();
        int count = Math.Min(Lanes, g.OutChannels - vector * Lanes);
        int target = ((slice * g.KernelHeight * g.KernelWidth + tap) * g.InChannels + channel) * g.OutChannels + vector * Lanes;
        for (int p = 0; p < BlockChannels && p <= last; p++)
            for (int j = 0; j < count; j++) partial[target + p * g.OutChannels + j] = sums[p * Lanes + j];
    }

    // A matrix as rows of whole Lanes16, filled up with zeros: one item for each 16 floats. Its element (plane, row, column) lies at
    // plane · planeStride + row · rowStride + column · columnStride of the source, so that w can be turned on the way.
    [Kernel]
    public static void PackLanes(
        Index1D i, ArrayView<float> packed, ArrayView<float> source, int rows, int columns, int rowsPerPlane, int planeStride, int rowStride, int columnStride)
    {
        int row = i % rows;
        int column = i / rows * Lanes;
        int vectors = (columns + Lanes - 1) / Lanes;
        int from = row / rowsPerPlane * planeStride + row % rowsPerPlane * rowStride;
        for (int j = 0; j < Lanes; j++)
        {
            float value = 0f;
            if (column + j < columns) value = source[from + (column + j) * columnStride];
            packed[row * vectors * Lanes + column + j] = value;
        }
    }
}
