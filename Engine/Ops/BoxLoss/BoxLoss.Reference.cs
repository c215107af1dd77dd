using System.Numerics;

namespace FcnFromScratch.Engine.Ops;

public sealed partial class BoxLoss
{
    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        int cells = x[0].Shape.Height * x[0].Shape.Width, objects = x[2].Shape[1];
        T scale = T.CreateChecked(weight) / T.CreateChecked(Math.Max(1, x[1].Ints.Count(number => number >= 0))), loss = T.Zero;
        Array.Clear(y[1].Values);
        Array.Clear(y[2].Values);
        for (int cell = 0; cell < x[1].Ints.Length; cell++)
        {
            if (x[1].Ints[cell] < 0) continue;
            var slopes = y[2].Values.AsSpan(cell * 4, 4);
            (y[1][cell], T lost) = Cell<T>(
                x[0].Values.AsSpan(cell * 4, 4), x[2].Values.AsSpan((cell / cells * objects + x[1].Ints[cell]) * 4, 4), slopes);
            foreach (ref T slope in slopes) slope *= scale;
            loss += scale * lost;
        }
        y[0][0] = loss;
    }

    /// <summary>IoU, 1 − CIoU, and the slopes of that by the four sides of box p.</summary>
    private static (T IoU, T Loss) Cell<T>(ReadOnlySpan<T> p, ReadOnlySpan<T> truth, Span<T> slopes) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T two = T.One + T.One, four = two + two;
        // By axis, x and then y: the sides of both boxes, of what both cover, of what covers both; and how far the centres are apart.
        Span<T> side = stackalloc T[2], trueSide = stackalloc T[2], both = stackalloc T[2], around = stackalloc T[2], apart = stackalloc T[2];
        for (int a = 0; a < 2; a++)
        {
            side[a] = T.Max(p[a + 2] - p[a], T.Zero);
            trueSide[a] = truth[a + 2] - truth[a];
            both[a] = T.Min(p[a + 2], truth[a + 2]) - T.Max(p[a], truth[a]);
            around[a] = T.Max(p[a + 2], truth[a + 2]) - T.Min(p[a], truth[a]);
            apart[a] = (p[a] - truth[a] + (p[a + 2] - truth[a + 2])) / two;
        }
        bool meets = both[0] >= T.Zero && both[1] >= T.Zero;
        T intersection = meets ? both[0] * both[1] : T.Zero, union = side[0] * side[1] + trueSide[0] * trueSide[1] - intersection;
        T iou = union == T.Zero ? T.Zero : intersection / union;
        T diagonal = around[0] * around[0] + around[1] * around[1];
        T distance = diagonal == T.Zero ? T.Zero : (apart[0] * apart[0] + apart[1] * apart[1]) / diagonal;
        T angle = T.Atan2(trueSide[0], trueSide[1]) - T.Atan2(side[0], side[1]), squares = side[0] * side[0] + side[1] * side[1];
        T v = four / (T.Pi * T.Pi) * angle * angle, alpha = v == T.Zero ? T.Zero : v / (T.One - iou + v);
        for (int k = 0; k < 4; k++)
        {
            // What a step outwards along one axis does: a side grows by it, and so does what both cover or what covers both.
            int a = k % 2, b = 1 - a;
            T step = k < 2 ? -T.One : T.One, beyond = step * (p[k] - truth[k]);
            T outside = beyond > T.Zero ? T.One : beyond < T.Zero ? T.Zero : T.One / two;
            bool hasSide = p[a + 2] >= p[a];
            T dIntersection = meets ? (T.One - outside) * both[b] : T.Zero, dUnion = (hasSide ? side[b] : T.Zero) - dIntersection;
            T dIoU = union == T.Zero ? T.Zero : (dIntersection * union - intersection * dUnion) / (union * union);
            T dDistance = diagonal == T.Zero ? T.Zero : (step * apart[a] - distance * two * around[a] * outside) / diagonal;
            T dAngle = !hasSide || squares == T.Zero ? T.Zero : (a == 0 ? -side[b] : side[b]) / squares;
            T dv = T.CreateChecked(8) / (T.Pi * T.Pi) * angle * dAngle;
            slopes[k] = step * (dDistance + alpha * dv - dIoU);
        }
        return (iou, T.One - iou + distance + alpha * v);
    }
}
