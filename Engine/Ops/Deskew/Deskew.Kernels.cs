using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Kernels.Algorithms;

namespace FcnFromScratch.Engine.Ops;

internal static partial class DeskewKernels
{
    /// <summary>One item for each picture: slants[2n] is how far its ink moves to the right from a row to the next, slants[2n + 1] its middle row.</summary>
    [Kernel]
    public static void Slants(Index1D n, ArrayView<float> slants, ArrayView<float> x, int height, int width, float ground)
    {
        int at = n * height * width;
        float mass = 0f;
        float rows = 0f;
        float columns = 0f;
        for (int i = 0; i < height; i++)
        {
            for (int j = 0; j < width; j++)
            {
                float ink = x[at + i * width + j] - ground;
                mass += ink;
                rows += ink * i;
                columns += ink * j;
            }
        }
        float row = mass == 0f ? 0f : rows / mass;
        float column = mass == 0f ? 0f : columns / mass;
        float covariance = 0f;
        float variance = 0f;
        for (int i = 0; i < height; i++)
        {
            for (int j = 0; j < width; j++)
            {
                float ink = x[at + i * width + j] - ground;
                covariance += ink * (i - row) * (j - column);
                variance += ink * (i - row) * (i - row);
            }
        }
        bool isUpright = mass == 0f || variance < Deskew.LeastVariance * mass;
        slants[2 * n] = isUpright ? 0f : covariance / variance;
        slants[2 * n + 1] = row;
    }

    /// <summary>One item for each pixel: what lay where the slant takes it from, between two pixels of its row.</summary>
    [Kernel]
    public static void Shear(Index1D i, ArrayView<float> y, ArrayView<float> x, ArrayView<float> slants, int height, int width, float ground)
    {
        int n = i / (height * width);
        int row = i / width % height;
        float slant = slants[2 * n];
        float from = i % width + slant * (row - slants[2 * n + 1]);
        float left = XMath.Floor(from);
        float share = from - left;
        int begin = n * height * width + row * width;
        y[i] = Pixel(x, begin, left, width, ground) * (1f - share) + Pixel(x, begin, left + 1f, width, ground) * share;
    }

    private static float Pixel(ArrayView<float> x, int begin, float column, int width, float ground)
    {
        // A column that is no number is in no row.
        if (column >= 0f && column < width) return x[begin + (int)column];
        return ground;
    }
}
