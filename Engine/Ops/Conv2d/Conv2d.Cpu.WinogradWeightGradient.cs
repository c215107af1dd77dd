using FcnFromScratch.Engine.Devices.Cpu;

namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// The weight gradient of a 3x3 convolution of stride 1 by Winograd's F(4x4, 3x3). The channels are cut into blocks of 64 inputs x 64 outputs and
/// the tiles of all pictures into slices. A part is one slice of one block: 48 tiles at a time it transforms the windows of x to V [36, 48, 64] and the
/// tiles of dy to Z [36, 48, 64], 440 KB each, and adds the 36 products Vᵀ · Z to its sum in scratch, [36, 64, 64], 590 KB.
/// At the end the slices are added in order and transformed back. The cuts depend on the sizes alone.
/// </summary>
internal sealed unsafe class WinogradWeightGradient
{
    private const int Block = 64, RowsOfSum = 66;   // 64 rounded up to whole tiles of 8 or 6 rows

    private const int SumOfBlock = Winograd.Products * RowsOfSum * Block;

    private readonly int _inputs, _outputs, _slices, _inputBlocks, _outputBlocks, _tileRows, _tileColumns;
    private readonly long _tiles;
    private readonly TilePixels _windows, _tilesOfOutput;
    private readonly Action<int> _productPart, _gradientPart;
    private float* _dw, _x, _dy, _sums;

    public WinogradWeightGradient(SimdWidth width, ConvGeometry g)
    {
        (_inputs, _outputs, _slices) = (g.InChannels, g.OutChannels, Slices(g));
        (_inputBlocks, _outputBlocks, _tiles) = (BlocksOf(g.InChannels), BlocksOf(g.OutChannels), TilesOf(g));
        (_tileRows, _tileColumns) = (Winograd.TilesOf(g.OutHeight), Winograd.TilesOf(g.OutWidth));
        _windows = new TilePixels(g.InHeight, g.InWidth, g.InChannels, g.PadTop, g.PadLeft);
        _tilesOfOutput = new TilePixels(g.OutHeight, g.OutWidth, g.OutChannels, 0, 0);
        _productPart = width.Choose(Part<Simd512>, Part<Simd256>, Part<Simd128>);
        _gradientPart = width.Choose(TransformSums<Simd512>, TransformSums<Simd256>, TransformSums<Simd128>);
    }

    public static long ScratchLength(ConvGeometry g) => (long)Slices(g) * BlocksOf(g.InChannels) * BlocksOf(g.OutChannels) * SumOfBlock;

    private static int BlocksOf(int channels) => (channels + Block - 1) / Block;

    private static long TilesOf(ConvGeometry g) => (long)g.Batch * Winograd.TilesOf(g.OutHeight) * Winograd.TilesOf(g.OutWidth);

    // Parts for many cores, but slices of some length, so that their sums cost little beside the products.
    private static int Slices(ConvGeometry g)
    {
        const int parts = 16, tilesOfSlice = 4 * GemmScratch.WinogradTiles;
        return (int)Math.Clamp(TilesOf(g) / tilesOfSlice, 1, Math.Max(1, parts / (BlocksOf(g.InChannels) * BlocksOf(g.OutChannels))));
    }

    public void Run(ThreadTeam team, float* dw, float* x, float* dy, float* sums)
    {
        _dw = dw;
        _x = x;
        _dy = dy;
        _sums = sums;
        team.Run(_slices * _inputBlocks * _outputBlocks, _productPart);
        team.Run(_inputs / 8, _gradientPart);
    }

    private void Part<T>(int part) where T : unmanaged, ISimd<T>
    {
        int rows = GemmKernel.EvenRows<T>(), columns = GemmKernel.Columns<T>(), blocks = _inputBlocks * _outputBlocks;
        int slice = part / blocks, c0 = part % blocks / _outputBlocks * Block, o0 = part % _outputBlocks * Block;
        int inputs = Math.Min(Block, _inputs - c0), outputs = Math.Min(Block, _outputs - o0);
        long begin = _tiles * slice / _slices, end = _tiles * (slice + 1) / _slices;
        const int most = GemmScratch.WinogradTiles, product = most * Block + 16;
        long chunks = (end - begin + most - 1) / most;
        var scratch = GemmScratch.Current;
        float* v = scratch.A, z = scratch.A + Winograd.Products * product, sum = _sums + (long)part * SumOfBlock;
        new Span<float>(scratch.Start, columns).Clear();
        for (long chunk = 0; chunk < chunks; chunk++)
        {
            long first = begin + (end - begin) * chunk / chunks;
            int count = (int)(begin + (end - begin) * (chunk + 1) / chunks - first);
            Transform<T>(v, z, product, first, count, c0, inputs, o0, outputs);
            int next = (int)(begin + (end - begin) * Math.Min(chunks, chunk + 2) / chunks - first) - count, fetched = 0;
            var nextTile = new TileCursor(first + count, _tileRows, _tileColumns);
            for (int k = 0; k < Winograd.Products; k++)
            {
                for (; fetched < next * (k + 1) / Winograd.Products; fetched++, nextTile.Next())
                {
                    _windows.Prefetch(_x + c0, inputs, nextTile);
                    _tilesOfOutput.Prefetch(_dy + o0, outputs, nextTile);
                }
                for (int o = 0; o < outputs; o += columns)
                    for (int c = 0; c < inputs; c += rows)
                    {
                        float* target = sum + (k * RowsOfSum + c) * Block + o;
                        GemmKernel.MultiplyEven<T>(new GemmTile
                        {
                            A = v + k * product + c, ARow = 1, AColumn = Block, B = z + k * product + o, BRow = Block, Depth = count,
                            C = target, CRow = Block, Start = chunk == 0 ? scratch.Start : target, StartRow = chunk == 0 ? 0 : Block,
                        });
                    }
            }
        }
    }

    private void Transform<T>(float* v, float* z, nint product, long first, int count, int c0, int inputs, int o0, int outputs) where T : unmanaged, ISimd<T>
    {
        var scratch = GemmScratch.Current;
        float** pixels = stackalloc float*[Winograd.Products];
        var tile = new TileCursor(first, _tileRows, _tileColumns);
        for (int t = 0; t < count; t++, v += Block, z += Block, tile.Next())
        {
            _windows.Locate(pixels, Winograd.Window, _x, scratch.Zeros, tile);
            for (int c = 0; c < inputs; c += T.Count) Winograd.Input<T>(v + c, product, pixels, c0 + c, scratch.Tile);
            _tilesOfOutput.Locate(pixels, Winograd.Tile, _dy, scratch.Zeros, tile);
            for (int o = 0; o < outputs; o += T.Count) Winograd.OutputGradient<T>(z + o, product, pixels, o0 + o, scratch.Tile);
        }
    }

    private void TransformSums<T>(int part) where T : unmanaged, ISimd<T>
    {
        var scratch = GemmScratch.Current;
        float* u = scratch.B;
        long slice = (long)_inputBlocks * _outputBlocks * SumOfBlock;
        for (int c = part * 8; c < part * 8 + 8; c++)
            for (int o = 0; o < _outputs; o += T.Count)
            {
                float* sum = _sums + (long)(c / Block * _outputBlocks + o / Block) * SumOfBlock + c % Block * Block + o % Block;
                for (int k = 0; k < Winograd.Products; k++, sum += RowsOfSum * Block)
                {
                    T total = T.Load(sum);
                    for (int s = 1; s < _slices; s++) total += T.Load(sum + s * slice);
                    total.Store(u + k * T.Count);
                }
                Winograd.WeightGradient<T>(_dw + (long)c * _outputs + o, (nint)_inputs * _outputs, u, T.Count, scratch.Tile);
            }
    }
}
