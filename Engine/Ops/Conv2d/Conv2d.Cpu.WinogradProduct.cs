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
    private readonly TilePixels _windows;
    private readonly ActivationKind _activation;
    private readonly float _slope;
    private readonly Action<int> _weightsPart, _tilesPart;
    private float* _output, _source, _weights, _bias, _u;
    private int _splits;

    public WinogradProduct(int batch, int sourceHeight, int sourceWidth, int channels, int height, int width, int outputs,
        int padTop, int padLeft, ActivationKind activation, float slope)
    {
        (_channels, _height, _width, _outputs, _activation, _slope) = (channels, height, width, outputs, activation, slope);
        (_tileRows, _tileColumns) = (Winograd.TilesOf(height), Winograd.TilesOf(width));
        _tiles = (long)batch * _tileRows * _tileColumns;
        _windows = new TilePixels(sourceHeight, sourceWidth, channels, _tileRows, _tileColumns, padTop, padLeft);
        _blockTiles = Math.Clamp(GemmScratch.WinogradTiles * GemmScratch.WinogradChannels / channels / 12 * 12, 12, GemmScratch.WinogradTiles);
        _weightsPart = SimdWidth.Choose(TransformWeights<Simd512>, TransformWeights<Simd256>, TransformWeights<Simd128>);
        _tilesPart = SimdWidth.Choose(Part<Simd512>, Part<Simd256>, Part<Simd128>);
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
        team.Run(blocks * _splits, _tilesPart);
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
        long first = (long)(part / _splits) * _blockTiles;
        int count = (int)Math.Min(_blockTiles, _tiles - first), columns = GemmKernel.Columns<T>(), rows = GemmKernel.Rows<T>();
        var (n0, n1) = Conv2dCpu.Split<T>(part % _splits, _splits, _outputs);
        if (n0 >= n1) return;
        var scratch = GemmScratch.Current;
        float* v = scratch.A, m = scratch.B;
        nint productV = _blockTiles * _channels + 16, productM = _blockTiles * columns + 16;
        TransformWindows<T>(v, productV, first, count, scratch.Tile);
        new Span<float>(scratch.Start, columns).Clear();
        for (int n = n0; n < n1; n += columns)
        {
            float* u = PanelOfU<T>(n);
            for (int k = 0; k < Winograd.Products; k++)
                for (int t = 0; t < count; t += rows)
                    GemmKernel.Multiply<T>(new GemmTile
                    {
                        A = v + k * productV + t * _channels, ARow = _channels, AColumn = 1, B = u + k * ProductOfU<T>(), BRow = columns, Depth = _channels,
                        C = m + k * productM + t * columns, CRow = columns, Start = scratch.Start, StartRow = 0,
                    });
            for (int half = 0; half < columns && n + half < n1; half += T.Count)
                TransformOutputs<T>(m + half, productM, first, count, n + half, scratch.Tile);
        }
    }

    private void TransformWindows<T>(float* v, nint product, long first, int count, float* temp) where T : unmanaged, ISimd<T>
    {
        float** pixels = stackalloc float*[Winograd.Products];
        for (int t = 0; t < count; t++, v += _channels)
        {
            _windows.Locate(pixels, Winograd.Window, _source, GemmScratch.Current.Zeros, first + t);
            for (int c = 0; c < _channels; c += T.Count) Winograd.Input<T>(v + c, product, pixels, c, temp);
        }
    }

    private void TransformOutputs<T>(float* m, nint product, long first, int count, int n, float* temp) where T : unmanaged, ISimd<T>
    {
        T bias = _bias == null ? T.Create(0) : T.Load(_bias + n);
        float* y = GemmScratch.Current.Start + 2 * T.Count;
        for (int t = 0; t < count; t++, m += GemmKernel.Columns<T>())
        {
            Winograd.Output<T>(y, m, product, temp);
            int tx = (int)((first + t) % _tileColumns), ty = (int)((first + t) / _tileColumns % _tileRows);
            long image = (first + t) / _tileColumns / _tileRows;
            float* target = _output + ((image * _height + ty * Winograd.Tile) * _width + tx * Winograd.Tile) * _outputs + n;
            int height = Math.Min(Winograd.Tile, _height - ty * Winograd.Tile), width = Math.Min(Winograd.Tile, _width - tx * Winograd.Tile);
            for (int i = 0; i < height; i++)
                for (int j = 0; j < width; j++)
                    Activations.Apply(T.Load(y + (i * Winograd.Tile + j) * T.Count) + bias, _activation, _slope).Store(target + ((long)i * _width + j) * _outputs);
        }
    }
}
