using FcnFromScratch.Engine.Devices.Cpu;

namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// out[p, :] = activation(bias + A[p, :] · B) for the positions p of a tap grid: the machine under forward and input gradient.
/// A is gathered block by block and never stands in memory; B is [TapsY][TapsX·Channels, outputs], each ty BRun rows after the last.
/// </summary>
internal unsafe struct TapProduct
{
    public TapGrid Grid;
    public float* Source, B, Bias, Output;
    public int Outputs, BRun, BiasLength;
    public ActivationKind Activation;
    public float Slope;

    // Position (n, i, j) is written at pixel (i·OutputStepY + OutputY, j·OutputStepX + OutputX) of a picture of OutputHeight x OutputWidth.
    public int OutputHeight, OutputWidth, OutputStepY, OutputStepX, OutputY, OutputX;

    /// <summary>Computes the positions [first, first + count), at most a block, for the outputs [n0, n1).</summary>
    public readonly void Block<T>(long first, int count, int n0, int n1) where T : unmanaged, ISimd<T>
    {
        int rows = GemmKernel.Rows<T>(), columns = GemmKernel.Columns<T>();
        var scratch = GemmScratch.Current;
        int depth = Grid.Depth, blocks = GemmScratch.BlocksOf(depth);
        for (int block = 0; block < blocks; block++)
        {
            int k0 = (int)((long)depth * block / blocks), k1 = (int)((long)depth * (block + 1) / blocks);
            var (aRow, aColumn) = Grid.PanelStrides(k1 - k0);
            Grid.Gather<T>(scratch.A, Source, first, count, k0, k1);
            for (int n = n0; n < n1; n += columns)
            {
                int width = Math.Min(columns, n1 - n);
                PackTaps<T>(scratch.B, k0, k1, n, width);
                StartFromBias(scratch.Start, columns, n, width);
                for (int m = 0; m < count; m += rows)
                {
                    int height = Math.Min(rows, count - m);
                    bool whole = height == rows && width == columns && AreNeighbours(first + m, rows);
                    float* c = whole ? OutputRow(first + m) + n : scratch.Tile;
                    nint cRow = whole ? Outputs : columns;
                    if (!whole && block > 0)
                        for (int i = 0; i < height; i++) new Span<float>(OutputRow(first + m + i) + n, width).CopyTo(new Span<float>(c + i * columns, width));
                    GemmKernel.Multiply<T>(new GemmTile
                    {
                        A = scratch.A + m * aRow, ARow = aRow, AColumn = aColumn, B = scratch.B, BRow = columns, Depth = k1 - k0,
                        C = c, CRow = cRow, Start = block == 0 ? scratch.Start : c, StartRow = block == 0 ? 0 : cRow,
                    });
                    if (block == blocks - 1) Activate<T>(c, cRow, rows);
                    if (!whole)
                        for (int i = 0; i < height; i++) new Span<float>(c + i * columns, width).CopyTo(new Span<float>(OutputRow(first + m + i) + n, width));
                }
            }
        }
    }

    /// <summary>Whether positions in a row are pixels in a row, as a tile needs to be written in place.</summary>
    private readonly bool AreNeighbours(long position, int count) =>
        OutputStepX == 1 && (OutputStepY == 1 || position % Grid.Columns + count <= Grid.Columns);

    private readonly float* OutputRow(long position)
    {
        long j = position % Grid.Columns, i = position / Grid.Columns % Grid.Rows, n = position / Grid.Columns / Grid.Rows;
        return Output + ((n * OutputHeight + i * OutputStepY + OutputY) * OutputWidth + j * OutputStepX + OutputX) * Outputs;
    }

    private readonly void PackTaps<T>(float* panel, int k0, int k1, int n, int width) where T : unmanaged, ISimd<T>
    {
        int run = Grid.TapsX * Grid.Channels;
        for (int k = k0; k < k1;)
        {
            int ty = k / run, end = Math.Min(k1, (ty + 1) * run);
            Pack<T>(panel + (k - k0) * GemmKernel.Columns<T>(), B + ((long)ty * BRun + k - ty * run) * Outputs + n, Outputs, end - k, width);
            k = end;
        }
    }

    /// <summary>Copies a [depth, width] piece of B to rows of one tile's columns, zero-padded.</summary>
    internal static void Pack<T>(float* panel, float* b, nint bRow, int depth, int width) where T : unmanaged, ISimd<T>
    {
        int columns = GemmKernel.Columns<T>();
        if (width == columns)
        {
            for (int k = 0; k < depth; k++, panel += columns, b += bRow)
            {
                T.Load(b).Store(panel);
                T.Load(b + T.Count).Store(panel + T.Count);
            }
            return;
        }
        for (int k = 0; k < depth; k++, panel += columns, b += bRow)
        {
            for (int j = 0; j < width; j++) panel[j] = b[j];
            for (int j = width; j < columns; j++) panel[j] = 0;
        }
    }

    private readonly void StartFromBias(float* start, int columns, int n, int width)
    {
        for (int j = 0; j < columns; j++) start[j] = Bias != null && j < width ? Bias[(n + j) % BiasLength] : 0;
    }

    private readonly void Activate<T>(float* c, nint cRow, int rows) where T : unmanaged, ISimd<T>
    {
        if (Activation == ActivationKind.None) return;
        for (int i = 0; i < rows; i++, c += cRow)
        {
            ActivationCpu.Apply(Activation, Slope, T.Load(c)).Store(c);
            ActivationCpu.Apply(Activation, Slope, T.Load(c + T.Count)).Store(c + T.Count);
        }
    }
}
