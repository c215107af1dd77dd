using System.Runtime.CompilerServices;
using FcnFromScratch.Engine.Devices.Cpu;

namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// The implicit matrix A of a convolution as a product: one row for each position (n, i, j) of a grid, one column for each
/// (ty, tx, c) of TapsY x TapsX source pixels of Channels floats. Position (i, j) under tap (ty, tx) reads source pixel
/// (i·StepY + Y0 + ty, j·StepX + X0 + tx), and zero outside the picture. Taps that share ty are one contiguous run of the source.
/// </summary>
internal readonly record struct TapGrid
{
    public required int Batch { get; init; }
    public required int Rows { get; init; }
    public required int Columns { get; init; }
    public required int Height { get; init; }
    public required int Width { get; init; }
    public required int Channels { get; init; }
    public required int StepY { get; init; }
    public required int StepX { get; init; }
    public required int Y0 { get; init; }
    public required int X0 { get; init; }
    public required int TapsY { get; init; }
    public required int TapsX { get; init; }

    public long Positions => (long)Batch * Rows * Columns;
    public int Depth => TapsY * TapsX * Channels;

    /// <summary>The positions whose windows a forward convolution reads: one for each output pixel.</summary>
    public static TapGrid OfOutputs(ConvGeometry g) => new()
    {
        Batch = g.Batch, Rows = g.OutHeight, Columns = g.OutWidth,
        Height = g.InHeight, Width = g.InWidth, Channels = g.InChannels,
        StepY = g.StrideY, StepX = g.StrideX, Y0 = -g.PadTop, X0 = -g.PadLeft, TapsY = g.KernelHeight, TapsX = g.KernelWidth,
    };

    /// <summary>
    /// The same without the taps that read zeros at every position, and the first tap that is left: a 7x7 kernel of a 2x3 picture has 15 live taps of 49.
    /// </summary>
    public TapGrid Trimmed(out int firstY, out int firstX)
    {
        firstY = Math.Clamp(-(Y0 + (Rows - 1) * StepY), 0, TapsY);
        firstX = Math.Clamp(-(X0 + (Columns - 1) * StepX), 0, TapsX);
        return this with
        {
            Y0 = Y0 + firstY, TapsY = Math.Clamp(Height - Y0, firstY, TapsY) - firstY,
            X0 = X0 + firstX, TapsX = Math.Clamp(Width - X0, firstX, TapsX) - firstX,
        };
    }

    /// <summary>One channel: then neighbouring positions read neighbouring floats, and A is gathered by columns, whole picture rows at a time.</summary>
    private bool IsPlanar => Channels == 1 && StepX == 1;

    /// <summary>The strides, in floats, of a gathered block of a depth; both ways equal columns of the rows fall in different sets of the cache.</summary>
    public (nint Row, nint Column) PanelStrides(int depth) => IsPlanar ? (1, GemmScratch.BlockRows + 16) : (GemmScratch.RowStride(depth), 1);

    /// <summary>
    /// Writes A[first … first + count, k0 … k1) to <paramref name="panel"/>, its elements <see cref="PanelStrides"/> apart. Copies whole registers:
    /// up to T.Count − 1 floats past a run's end are overwritten, and as many past the end of the source are read (host buffers have them).
    /// </summary>
    public unsafe void Gather<T>(float* panel, float* source, long first, int count, int k0, int k1) where T : unmanaged, ISimd<T>
    {
        if (k1 <= k0) return;
        if (IsPlanar) GatherColumns<T>(panel, source, first, count, k0, k1);
        else GatherRows<T>(panel, source, first, count, k0, k1);
    }

    private unsafe void GatherRows<T>(float* panel, float* source, long first, int count, int k0, int k1) where T : unmanaged, ISimd<T>
    {
        nint stride = PanelStrides(k1 - k0).Row;
        int run = TapsX * Channels, firstTap = k0 / run;
        int j = (int)(first % Columns), i = (int)(first / Columns % Rows), n = (int)(first / Columns / Rows);
        for (int r = 0; r < count; r++, panel += stride)
        {
            int y = i * StepY + Y0 + firstTap, x = j * StepX + X0;
            int inside = Math.Max(-x, 0) * Channels, outside = Math.Min(Width - x, TapsX) * Channels;
            float* target = panel;
            for (int begin = firstTap * run; begin < k1; begin += run, y++)
            {
                int from = Math.Max(k0 - begin, 0), to = Math.Min(k1 - begin, run);
                int copyFrom = from, copyTo = from;
                if ((uint)y < (uint)Height)
                {
                    copyFrom = Math.Clamp(inside, from, to);
                    copyTo = Math.Clamp(outside, copyFrom, to);
                }
                Clear<T>(target, copyFrom - from);
                Copy<T>(target + (copyFrom - from), source + (((long)n * Height + y) * Width + x) * Channels + copyFrom, copyTo - copyFrom);
                Clear<T>(target + (copyTo - from), to - copyTo);
                target += to - from;
            }
            if (++j < Columns) continue;
            j = 0;
            if (++i < Rows) continue;
            i = 0;
            n++;
        }
    }

    private unsafe void GatherColumns<T>(float* panel, float* source, long first, int count, int k0, int k1) where T : unmanaged, ISimd<T>
    {
        for (int k = k0; k < k1; k++, panel += PanelStrides(k1 - k0).Column)
        {
            int j = (int)(first % Columns), i = (int)(first / Columns % Rows), length;
            long n = first / Columns / Rows;
            for (int r = 0; r < count; r += length)
            {
                length = Math.Min(Columns - j, count - r);
                int y = i * StepY + Y0 + k / TapsX, x = j + X0 + k % TapsX, from = length, to = length;
                if ((uint)y < (uint)Height)
                {
                    from = Math.Clamp(-x, 0, length);
                    to = Math.Clamp(Width - x, from, length);
                }
                Clear<T>(panel + r, from);
                Copy<T>(panel + r + from, source + (n * Height + y) * Width + x + from, to - from);
                Clear<T>(panel + r + to, length - to);
                j = 0;
                if (++i < Rows) continue;
                i = 0;
                n++;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Copy<T>(float* target, float* source, int count) where T : unmanaged, ISimd<T>
    {
        for (int i = 0; i < count; i += T.Count) T.Load(source + i).Store(target + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Clear<T>(float* target, int count) where T : unmanaged, ISimd<T>
    {
        for (int i = 0; i < count; i += T.Count) T.Create(0).Store(target + i);
    }
}
