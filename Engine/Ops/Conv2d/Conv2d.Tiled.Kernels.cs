using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Kernels.Algorithms;
using FcnFromScratch.Engine.Kernels.Runtime;

namespace FcnFromScratch.Engine.Ops;

public static partial class Conv2dKernels
{
    public const int TileRows = 64, TileColumns = 64, TileDepth = 16, TileThreads = 256;

    // 2. Tiled: a group of 256 items makes a 64×64 tile of the product, each item a 4×4 block in registers, over steps of 16 that are staged in
    // shared memory: each value loaded from global memory is used 64 times. What the matrices are:
    //   pass 0, forward:          rows = output pixels, columns = out channels, depth = taps × in channels;  A = x under the tap, B = w
    //   pass 1, input gradient:   rows = input pixels,  columns = in channels,  depth = taps × out channels; A = dz under the tap, B = w turned
    //   pass 2, weight gradient:  rows = taps × in channels, columns = out channels, depth = the slice's pixels; A = x under the tap, B = dz
    // Pass, kernel width and channels are baked in, so that the divisions below are by constants and the other passes' code is gone.
    [Kernel]
    public static void ImplicitGemm(
        ArrayView<float> c, ArrayView<float> a, ArrayView<float> b, ArrayView<float> bias, int hasBias, ConvGeometry g, int rows, int columns, int depth,
        int depthPerSlice, int activation, float slope, SpecializedValue<int> pass, SpecializedValue<int> tapChannels)
    {
        ArrayView<float> aTile = SharedMemory.Allocate<float>(TileDepth * TileRows);
        ArrayView<float> bTile = SharedMemory.Allocate<float>(TileDepth * TileColumns);
        ArrayView<float> sums = LocalMemory.Allocate<float>(16);
        for (int i = 0; i < 16; i++) sums[i] = 0f;

        int item = Group.IdxX;
        int row0 = Grid.IdxX * TileRows;
        int column0 = Grid.IdxY * TileColumns;
        int blockRow = item / 16 * 4;
        int blockColumn = item % 16 * 4;
        int begin = Grid.IdxZ * depthPerSlice;
        int end = XMath.Min(begin + depthPerSlice, depth);

        for (int step = begin; step < end; step += TileDepth)
        {
            // Neighbouring items load neighbouring addresses: along the depth for A (channels of a pixel), along the columns for B.
            // In pass 2 A's channels lie along the rows instead.
            for (int i = 0; i < 4; i++)
            {
                int at = item + i * TileThreads;
                int row = pass == 2 ? at % TileRows : at / TileDepth;
                int k = pass == 2 ? at / TileRows : at % TileDepth;
                float value = 0f;
                if (row0 + row < rows && step + k < end) value = LoadA(a, g, row0 + row, step + k, pass, tapChannels);
                aTile[k * TileRows + row] = value;
            }
            for (int i = 0; i < 4; i++)
            {
                int at = item + i * TileThreads;
                int column = at % TileColumns;
                int k = at / TileColumns;
                float value = 0f;
                if (column0 + column < columns && step + k < end) value = LoadB(b, g, step + k, column0 + column, pass, tapChannels);
                bTile[k * TileColumns + column] = value;
            }
            Group.Barrier();
            for (int k = 0; k < TileDepth; k++)
            {
                float a0 = aTile[k * TileRows + blockRow];
                float a1 = aTile[k * TileRows + blockRow + 1];
                float a2 = aTile[k * TileRows + blockRow + 2];
                float a3 = aTile[k * TileRows + blockRow + 3];
                for (int j = 0; j < 4; j++)
                {
                    float value = bTile[k * TileColumns + blockColumn + j];
                    sums[j] += a0 * value;
                    sums[4 + j] += a1 * value;
                    sums[8 + j] += a2 * value;
                    sums[12 + j] += a3 * value;
                }
            }
            Group.Barrier();
        }

        for (int i = 0; i < 4; i++)
        {
            int row = row0 + blockRow + i;
            for (int j = 0; j < 4; j++)
            {
                int column = column0 + blockColumn + j;
                if (row < rows && column < columns)
                {
                    float value = sums[i * 4 + j];
                    if (hasBias != 0) value += bias[column];
                    c[(Grid.IdxZ * rows + row) * columns + column] = ActivationKernels.Apply(activation, slope, value);
                }
            }
        }
    }

    private static float LoadA(ArrayView<float> a, ConvGeometry g, int row, int k, int pass, int tapChannels)
    {
        // In pass 2 the tap is in the row and the pixel in the depth.
        int pixel = pass == 2 ? k : row;
        int tap = (pass == 2 ? row : k) / tapChannels;
        int channel = (pass == 2 ? row : k) % tapChannels;
        int ky = tap / g.KernelWidth;
        int kx = tap % g.KernelWidth;
        if (pass == 1)
        {
            int ty = pixel / g.InWidth % g.InHeight + g.PadTop - ky;
            int tx = pixel % g.InWidth + g.PadLeft - kx;
            int zy = ty / g.StrideY;
            int zx = tx / g.StrideX;
            if (ty < 0 || tx < 0 || zy * g.StrideY != ty || zx * g.StrideX != tx || zy >= g.OutHeight || zx >= g.OutWidth) return 0f;
            return a[((pixel / (g.InWidth * g.InHeight) * g.OutHeight + zy) * g.OutWidth + zx) * tapChannels + channel];
        }
        int iy = pixel / g.OutWidth % g.OutHeight * g.StrideY + ky - g.PadTop;
        int ix = pixel % g.OutWidth * g.StrideX + kx - g.PadLeft;
        if (iy < 0 || iy >= g.InHeight || ix < 0 || ix >= g.InWidth) return 0f;
        return a[((pixel / (g.OutWidth * g.OutHeight) * g.InHeight + iy) * g.InWidth + ix) * tapChannels + channel];
    }

    private static float LoadB(ArrayView<float> b, ConvGeometry g, int k, int column, int pass, int tapChannels)
    {
        // w is [taps, in, out]: rows of it are B in pass 0; in pass 1 the depth runs over (tap, out) and the column is an in channel.
        if (pass == 1) return b[(k / tapChannels * g.InChannels + column) * tapChannels + k % tapChannels];
        return b[k * g.OutChannels + column];
    }
}
