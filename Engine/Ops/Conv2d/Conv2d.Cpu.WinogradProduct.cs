using FcnFromScratch.Engine.Devices.Cpu;

namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// A 3x3 convolution of stride 1 by Winograd's F(4x4, 3x3), for forward and input gradient:
/// source [batch, h, w, C], padded by (padTop, padLeft); weights [3, 3, C, N]; output [batch, H, W, N].
/// First the weights are transformed to U [panel of N, 36, C, columns of a tile]. Then a part takes a block of 12 to 48 tiles: it transforms their
/// windows to V [36, tiles, C], at most 890 KB; for each panel of outputs it makes the 36 products M = V · U, 220 KB, and transforms
/// them back with bias and activation. V and M stay in the second-level cache: no transformed picture ever stands in memory.
/// </summary>
internal sealed unsafe class WinogradProduct
{
    private readonly int _channels, _height, _width, _outputs, _tileRows, _tileColumns, _blockTiles;
    private readonly long _tiles;
    private readonly TilePixels _windows, _pixels;
    private readonly ActivationKind _activation;
    private readonly float _slope;
    private readonly Action<int> _weightsPart, _tilesPart;
    private float* _output, _source, _weights, _bias, _u;
    private int _splits, _blocksOfPart;

    public WinogradProduct(SimdWidth simd, int batch, int sourceHeight, int sourceWidth, int channels, int height, int width, int outputs,
        int padTop, int padLeft, ActivationKind activation, float slope)
    {
        (_channels, _height, _width, _outputs, _activation, _slope) = (channels, height, width, outputs, activation, slope);
        (_tileRows, _tileColumns) = (Winograd.TilesOf(height), Winograd.TilesOf(width));
        _tiles = (long)batch * _tileRows * _tileColumns;
        _windows = new TilePixels(sourceHeight, sourceWidth, channels, padTop, padLeft);
        _pixels = new TilePixels(height, width, outputs, 0, 0);
        _blockTiles = Math.Clamp(GemmScratch.WinogradTiles * GemmScratch.WinogradChannels / channels / 12 * 12, 12, GemmScratch.WinogradTiles);
        _weightsPart = simd.Choose(TransformWeights<Simd512>, TransformWeights<Simd256>, TransformWeights<Simd128>);
        _tilesPart = simd.Choose(Part<Simd512>, Part<Simd256>, Part<Simd128>);
    }

    /// <summary>Floats of U: the outputs rounded up to the widest panel, and half a row between products.</summary>
    public static long ScratchLength(int channels, int outputs) => Winograd.Products * (channels + 1L) * ((outputs + 31) / 32 * 32);

    public void Run(ThreadTeam team, float* output, float* source, float* weights, float* bias, float* u)
    {
        _output = output;
        _source = source;
        _weights = weights;
        _bias = bias;
        _u = u;
        int blocks = checked((int)((_tiles + _blockTiles - 1) / _blockTiles));
        _splits = Conv2dCpu.Splits(team, blocks, _outputs);
        team.Run(_channels / ChannelsOfWeightsPart, _weightsPart);
        _blocksOfPart = Math.Clamp(blocks / (8 * team.Count), 1, 16);
        team.Run((blocks + _blocksOfPart - 1) / _blocksOfPart * _splits, _tilesPart);
    }

    private const int ChannelsOfWeightsPart = 8;

    // Half a row apart, the 36 products of one element do not fall in the same set of the cache.
    private nint ProductOfU<T>() where T : unmanaged, ISimd<T> => _channels * GemmKernel.Columns<T>() + T.Count;

    private float* PanelOfU<T>(int n) where T : unmanaged, ISimd<T> => _u + n / GemmKernel.Columns<T>() * Winograd.Products * ProductOfU<T>();

    private void TransformWeights<T>(int part) where T : unmanaged, ISimd<T>
    {
        int columns = GemmKernel.Columns<T>();
        float* temp = GemmScratch.Current.Tile;
        nint product = ProductOfU<T>();
        for (int c = part * ChannelsOfWeightsPart; c < (part + 1) * ChannelsOfWeightsPart; c++)
            for (int n = 0; n < (_outputs + columns - 1) / columns * columns; n += T.Count)
            {
                float* u = PanelOfU<T>(n) + c * columns + n % columns;
                if (n < _outputs) Winograd.Weights<T>(u, product, _weights + (long)c * _outputs + n, (nint)_channels * _outputs, temp);
                else
                    for (int k = 0; k < Winograd.Products; k++) T.Create(0).Store(u + k * product);
            }
    }

    private void Part<T>(int part) where T : unmanaged, ISimd<T>
    {
        var (n0, n1) = Conv2dCpu.Split<T>(part % _splits, _splits, _outputs);
        if (n0 >= n1) return;
        long begin = (long)(part / _splits) * _blockTiles * _blocksOfPart, end = Math.Min(_tiles, begin + (long)_blockTiles * _blocksOfPart);
        for (long first = begin; first < end; first += _blockTiles)
            Block<T>(first, (int)Math.Min(_blockTiles, end - first), (int)Math.Clamp(end - first - _blockTiles, 0, _blockTiles), n0, n1);
    }

    private void Block<T>(long first, int count, int next, int n0, int n1) where T : unmanaged, ISimd<T>
    {
        int columns = GemmKernel.Columns<T>(), rows = GemmKernel.Rows<T>();
        var scratch = GemmScratch.Current;
        float* v = scratch.A, m = scratch.B;
        nint productV = _blockTiles * _channels + 16, productM = _blockTiles * columns + 16;
        TransformWindows<T>(v, productV, first, count, scratch.Tile);
        new Span<float>(scratch.Start, columns).Clear();
        var nextTile = new TileCursor(first + count, _tileRows, _tileColumns);
        int step = 0, steps = Winograd.Products * ((n1 - n0 + columns - 1) / columns), fetched = 0;
        for (int n = n0; n < n1; n += columns)
        {
            float* u = PanelOfU<T>(n);
            var tile = new TileCursor(first, _tileRows, _tileColumns);
            int width = Math.Min(columns, n1 - n);
            for (int k = 0, written = 0; k < Winograd.Products; k++, step++)
            {
                for (; written < count * (k + 1) / Winograd.Products; written++, tile.Next()) _pixels.Prefetch(_output + n, width, tile);
                for (; fetched < next * (step + 1) / steps; fetched++, nextTile.Next()) _windows.Prefetch(_source, _channels, nextTile);
                for (int t = 0; t < count; t += rows)
                    GemmKernel.Multiply<T>(new GemmTile
                    {
                        A = v + k * productV + t * _channels, ARow = _channels, AColumn = 1, B = u + k * ProductOfU<T>(), BRow = columns, Depth = _channels,
                        C = m + k * productM + t * columns, CRow = columns, Start = scratch.Start, StartRow = 0,
                    });
            }
            TransformOutputs<T>(m, productM, first, count, n, width, scratch.Tile);
        }
    }

    private void TransformWindows<T>(float* v, nint product, long first, int count, float* temp) where T : unmanaged, ISimd<T>
    {
        float** pixels = stackalloc float*[Winograd.Products];
        float* zeros = GemmScratch.Current.Zeros;
        var tile = new TileCursor(first, _tileRows, _tileColumns);
        for (int t = 0; t < count; t++, v += _channels, tile.Next())
        {
            _windows.Locate(pixels, Winograd.Window, _source, zeros, tile);
            for (int c = 0; c < _channels; c += T.Count) Winograd.Input<T>(v + c, product, pixels, c, temp);
        }
    }

    private void TransformOutputs<T>(float* m, nint product, long first, int count, int n, int width, float* temp) where T : unmanaged, ISimd<T>
    {
        T bias0 = T.Create(0), bias1 = bias0;
        if (_bias != null)
        {
            bias0 = T.Load(_bias + n);
            if (width > T.Count) bias1 = T.Load(_bias + n + T.Count);
        }
        float* edge = GemmScratch.Current.Start + 2 * T.Count;
        var tile = new TileCursor(first, _tileRows, _tileColumns);
        for (int t = 0; t < count; t++, m += GemmKernel.Columns<T>(), tile.Next())
        {
            int y0 = tile.Row * Winograd.Tile, x0 = tile.Column * Winograd.Tile;
            float* target = _output + (((long)tile.Image * _height + y0) * _width + x0) * _outputs + n;
            int rows = Math.Min(Winograd.Tile, _height - y0), pixels = Math.Min(Winograd.Tile, _width - x0);
            bool whole = rows == Winograd.Tile && pixels == Winograd.Tile;
            for (int half = 0; half < width; half += T.Count)
            {
                Winograd.Output(whole ? target + half : edge, whole ? (nint)_width * _outputs : Winograd.Tile * T.Count, whole ? _outputs : T.Count,
                    m + half, product, half == 0 ? bias0 : bias1, _activation, _slope, temp);
                if (whole) continue;
                for (int i = 0; i < rows; i++)
                    for (int j = 0; j < pixels; j++)
                        T.Load(edge + (i * Winograd.Tile + j) * T.Count).Store(target + half + ((long)i * _width + j) * _outputs);
            }
        }
    }
}
