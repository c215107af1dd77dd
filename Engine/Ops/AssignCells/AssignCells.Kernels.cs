using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Kernels.Algorithms;

namespace FcnFromScratch.Engine.Ops;

internal static partial class AssignCellsKernels
{
    /// <summary>One item for each cell: it asks all objects of its picture.</summary>
    /// <param name="reach">In pixels.</param>
    [Kernel]
    internal static void Cells(
        Index1D cell, ArrayView<int> assigned, ArrayView<PixelBox> boxes, ArrayView<int> classes, int objects, int height, int width, int stride, float reach)
    {
        int column = cell % width;
        int row = cell / width % height;
        int first = cell / (width * height) * objects;
        float x = (column + 0.5f) * stride;
        float y = (row + 0.5f) * stride;
        int best = -1;
        bool bestIsInside = true;
        float bestX = 0f;
        float bestY = 0f;
        for (int m = 0; m < objects; m++)
        {
            PixelBox box = boxes[first + m];
            float centreX = 0.5f * (box.XMin + box.XMax);
            float centreY = 0.5f * (box.YMin + box.YMax);
            float dx = centreX - x;
            float dy = centreY - y;
            bool isHome = IsIn(centreX, column, width, stride) && IsIn(centreY, row, height, stride);
            bool isInside = box.XMin <= x && x <= box.XMax && box.YMin <= y && y <= box.YMax;
            bool isNear = XMath.Abs(dx) <= reach && XMath.Abs(dy) <= reach;
            if (classes[first + m] < 0 || !isHome && !(isInside && isNear)) continue;
            // dx² + dy² < bestX² + bestY² without a sum of products.
            bool isNearer = (dx - bestX) * (dx + bestX) < (bestY - dy) * (bestY + dy);
            if (best < 0 || bestIsInside && !isInside || bestIsInside == isInside && isNearer)
            {
                best = m;
                bestIsInside = isInside;
                bestX = dx;
                bestY = dy;
            }
        }
        assigned[cell] = best;
    }

    /// <summary>1 for a cell that answers for an object, 0 for one that does not.</summary>
    [Kernel]
    public static void Answering(Index1D cell, ArrayView<float> answering, ArrayView<int> assigned)
    {
        answering[cell] = assigned[cell] >= 0 ? 1f : 0f;
    }

    /// <summary>Whether a coordinate lies in row or column <paramref name="at"/>; those at the ends have all that is beyond.</summary>
    private static bool IsIn(float coordinate, int at, int count, int stride) =>
        (at == 0 || coordinate >= at * stride) && (at == count - 1 || coordinate < (at + 1) * stride);
}
