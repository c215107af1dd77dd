using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Kernels.Runtime;

namespace FcnFromScratch.Engine.Ops;

internal static partial class Conv2dKernels
{
    public const int TileRows = 64, TileColumns = 64, TileDepth = 16, TileThreads = 256;

    // A line of a tile in shared memory is 4 floats longer than the tile, so that values stored down a column fall in different banks.
    private const int TileStride = 68;

    // Sums run over this much depth before they are added to the totals: rounding errors stay small.
    private const int SumDepth = 128;

    // 2. Tiled: a group of 256 items makes a 64×64 tile of the product, each item a 4×4 block in registers, over steps of 16 that are staged in
    // shared memory: each value loaded from global memory is used 64 times. What the matrices are:
    //   pass 0, forward:          rows = output pixels, columns = out channels, depth = taps × in channels;  A = x under the tap, B = w
    //   pass 1, input gradient:   rows = input pixels,  columns = in channels,  depth = taps × out channels; A = dz under the tap, B = w turned
    //   pass 2, weight gradient:  rows = taps × in channels, columns = out channels, depth = the slice's pixels; A = x under the tap, B = dz
    // Pass and channels are baked in, so that most divisions below are by constants and the other passes' code is gone.
    [Kernel]
    public static void Tiled(
        ArrayView<float> c, ArrayView<float> a, ArrayView<float> b, ArrayView<float> bias, int hasBias, ConvGeometry g, int rows, int columns, int depth,
        int depthPerSlice, ActivationKind activation, float slope, SpecializedValue<int> pass, SpecializedValue<int> tapChannels)
    {
        ArrayView<float> aTile = SharedMemory.Allocate<float>(TileDepth * TileStride);
        ArrayView<float> bTile = SharedMemory.Allocate<float>(TileDepth * TileStride);
        ArrayView<float> sums = LocalMemory.Allocate<float>(16);
        ArrayView<float> totals = LocalMemory.Allocate<float>(16);
        for (int i = 0; i < 16; i++)
        {
            sums[i] = 0f;
            totals[i] = 0f;
        }

        int item = Group.IdxX;
        int row0 = Grid.IdxX * TileRows;
        int column0 = Grid.IdxY * TileColumns;
        int blockRow = item / 16 * 4;
        int blockColumn = item % 16 * 4;
        int begin = Grid.IdxZ * depthPerSlice;
        int end = Math.Min(begin + depthPerSlice, depth);

        // In passes 0 and 1 an item loads the same four rows of A in every step: their divisions are made once.
        ArrayView<int> images = LocalMemory.Allocate<int>(4);
        ArrayView<int> ys = LocalMemory.Allocate<int>(4);
        ArrayView<int> xs = LocalMemory.Allocate<int>(4);
        for (int i = 0; i < 4; i++)
        {
            int pixel = row0 + item / TileDepth + i * (TileThreads / TileDepth);
            int line = pixel / (pass == 1 ? g.InWidth : g.OutWidth);
            int column = pixel - line * (pass == 1 ? g.InWidth : g.OutWidth);
            images[i] = line / (pass == 1 ? g.InHeight : g.OutHeight);
            int y = line - images[i] * (pass == 1 ? g.InHeight : g.OutHeight);
            ys[i] = pass == 1 ? y + g.PadTop : y * g.StrideY - g.PadTop;
            xs[i] = pass == 1 ? column + g.PadLeft : column * g.StrideX - g.PadLeft;
            if (pixel >= rows) ys[i] = NoPixel;
        }

        for (int step = begin; step < end; step += TileDepth)
        {
            // Neighbouring items load neighbouring addresses: along the depth for A (channels of a pixel), along the columns for B.
            // In pass 2 A's channels lie along the rows instead, and in pass 1 w's out channels lie along the depth.
            int source = pass == 2 ? row0 + item % TileRows : step + item % TileDepth;
            int tap = source / tapChannels;
            int channel = source % tapChannels;
            int ky = tap / g.KernelWidth;
            int kx = tap - ky * g.KernelWidth;
            for (int i = 0; i < 4; i++)
            {
                float value = 0f;
                if (pass == 2)
                {
                    int k = item / TileRows + i * (TileThreads / TileRows);
                    int pixel = step + k;
                    int line = pixel / g.OutWidth;
                    int image = line / g.OutHeight;
                    int y = (line - image * g.OutHeight) * g.StrideY - g.PadTop;
                    int x = (pixel - line * g.OutWidth) * g.StrideX - g.PadLeft;
                    if (source < rows && pixel < end) value = LoadA(a, g, image, y + ky, x + kx, channel, pass, tapChannels);
                    aTile[k * TileStride + item % TileRows] = value;
                }
                else
                {
                    int y = pass == 1 ? ys[i] - ky : ys[i] + ky;
                    int x = pass == 1 ? xs[i] - kx : xs[i] + kx;
                    if (source < end) value = LoadA(a, g, images[i], y, x, channel, pass, tapChannels);
                    aTile[item % TileDepth * TileStride + item / TileDepth + i * (TileThreads / TileDepth)] = value;
                }
            }
            for (int i = 0; i < 4; i++)
            {
                int at = item + i * TileThreads;
                int column = pass == 1 ? at / TileDepth : at % TileColumns;
                int k = pass == 1 ? at % TileDepth : at / TileColumns;
                float value = 0f;
                if (column0 + column < columns && step + k < end) value = LoadB(b, g, step + k, column0 + column, pass, tapChannels);
                bTile[k * TileStride + column] = value;
            }
            Group.Barrier();
            for (int k = 0; k < TileDepth; k++)
            {
                float a0 = aTile[k * TileStride + blockRow];
                float a1 = aTile[k * TileStride + blockRow + 1];
                float a2 = aTile[k * TileStride + blockRow + 2];
                float a3 = aTile[k * TileStride + blockRow + 3];
                for (int j = 0; j < 4; j++)
                {
                    float value = bTile[k * TileStride + blockColumn + j];
                    sums[j] += a0 * value;
                    sums[4 + j] += a1 * value;
                    sums[8 + j] += a2 * value;
                    sums[12 + j] += a3 * value;
                }
            }
            Group.Barrier();
            if ((step - begin) % SumDepth == SumDepth - TileDepth || step + TileDepth >= end)
            {
                for (int i = 0; i < 16; i++)
                {
                    totals[i] += sums[i];
                    sums[i] = 0f;
                }
            }
        }

        for (int i = 0; i < 4; i++)
        {
            int row = row0 + blockRow + i;
            for (int j = 0; j < 4; j++)
            {
                int column = column0 + blockColumn + j;
                if (row < rows && column < columns)
                {
                    float value = totals[i * 4 + j];
                    if (hasBias != 0) value += bias[column];
                    c[(Grid.IdxZ * rows + row) * columns + column] = ActivationKernels.Apply(activation, slope, value);
                }
            }
        }
    }

    /// <summary>The source value under a tap at (y, x): in pass 1 counted in input pixels, of which every stride-th has a dz. Zero outside.</summary>
    private static float LoadA(ArrayView<float> a, ConvGeometry g, int image, int y, int x, int channel, int pass, int tapChannels)
    {
        if (pass == 1)
        {
            int zy = g.StrideY == 1 ? y : y / g.StrideY;
            int zx = g.StrideX == 1 ? x : x / g.StrideX;
            if (y < 0 || x < 0 || zy * g.StrideY != y || zx * g.StrideX != x || zy >= g.OutHeight || zx >= g.OutWidth) return 0f;
            return a[((image * g.OutHeight + zy) * g.OutWidth + zx) * tapChannels + channel];
        }
        if (y < 0 || y >= g.InHeight || x < 0 || x >= g.InWidth) return 0f;
        return a[((image * g.InHeight + y) * g.InWidth + x) * tapChannels + channel];
    }

    private static float LoadB(ArrayView<float> b, ConvGeometry g, int k, int column, int pass, int tapChannels)
    {
        // w is [taps, in, out]: rows of it are B in pass 0; in pass 1 the depth runs over (tap, out) and the column is an in channel.
        if (pass == 1) return b[(k / tapChannels * g.InChannels + column) * tapChannels + k % tapChannels];
        return b[k * g.OutChannels + column];
    }
}
