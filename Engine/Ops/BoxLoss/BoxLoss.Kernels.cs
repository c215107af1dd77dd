using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Kernels.Algorithms;

namespace FcnFromScratch.Engine.Ops;

/// <summary>What the slopes by all four sides of a box have in common.</summary>
internal readonly record struct BoxPair(float Intersection, float Union, float Distance, float Diagonal, float Aspect);

internal static partial class BoxLossKernels
{
    /// <summary>One item for each cell: its share of the loss, its IoU, and the gradient of its box.</summary>
    /// <param name="cellsEach">Of a picture.</param>
    [Kernel]
    internal static void Cells(
        Index1D cell, ArrayView<float> loss, ArrayView<float> iou, ArrayView<PixelBox> dx, ArrayView<PixelBox> boxes, ArrayView<int> assigned,
        ArrayView<PixelBox> truth, ArrayView<float> count, int cellsEach, int objects, float weight)
    {
        int number = assigned[cell];
        float lost = 0f;
        float overlap = 0f;
        PixelBox slopes = new PixelBox(0f, 0f, 0f, 0f);
        if (number >= 0)
        {
            PixelBox p = boxes[cell];
            PixelBox t = truth[cell / cellsEach * objects + number];
            float scale = weight / XMath.Max(count[0], 1f);

            float w = XMath.Max(p.XMax - p.XMin, 0f);
            float h = XMath.Max(p.YMax - p.YMin, 0f);
            float trueW = t.XMax - t.XMin;
            float trueH = t.YMax - t.YMin;
            float bothW = XMath.Min(p.XMax, t.XMax) - XMath.Max(p.XMin, t.XMin);
            float bothH = XMath.Min(p.YMax, t.YMax) - XMath.Max(p.YMin, t.YMin);
            bool meets = bothW >= 0f && bothH >= 0f;
            if (!meets)
            {
                bothW = 0f;
                bothH = 0f;
            }
            float intersection = bothW * bothH;
            float union = w * h + trueW * trueH - intersection;
            overlap = union == 0f ? 0f : intersection / union;

            float aroundW = XMath.Max(p.XMax, t.XMax) - XMath.Min(p.XMin, t.XMin);
            float aroundH = XMath.Max(p.YMax, t.YMax) - XMath.Min(p.YMin, t.YMin);
            float diagonal = aroundW * aroundW + aroundH * aroundH;
            float apartX = 0.5f * (p.XMin - t.XMin + (p.XMax - t.XMax));
            float apartY = 0.5f * (p.YMin - t.YMin + (p.YMax - t.YMax));
            float distance = diagonal == 0f ? 0f : (apartX * apartX + apartY * apartY) / diagonal;

            float angle = XMath.Atan2(trueW, trueH) - XMath.Atan2(w, h);
            float v = 4f / (XMath.PI * XMath.PI) * angle * angle;
            float alpha = v == 0f ? 0f : v / (1f - overlap + v);
            lost = scale * (1f - overlap + distance + alpha * v);

            float squares = w * w + h * h;
            float aspect = squares == 0f ? 0f : alpha * (8f / (XMath.PI * XMath.PI)) * angle / squares;
            BoxPair pair = new BoxPair(intersection, union, distance, diagonal, aspect);
            float areaX = p.XMax >= p.XMin ? h : 0f;
            float areaY = p.YMax >= p.YMin ? w : 0f;
            slopes = new PixelBox(
                -scale * Outwards(pair, t.XMin - p.XMin, areaX, bothH, -apartX, aroundW, -areaX),
                -scale * Outwards(pair, t.YMin - p.YMin, areaY, bothW, -apartY, aroundH, areaY),
                scale * Outwards(pair, p.XMax - t.XMax, areaX, bothH, apartX, aroundW, -areaX),
                scale * Outwards(pair, p.YMax - t.YMax, areaY, bothW, apartY, aroundH, areaY));
        }
        loss[cell] = lost;
        iou[cell] = overlap;
        dx[cell] = slopes;
    }

    /// <summary>What 1 − CIoU gains for each pixel by which one side of the predicted box moves outwards.</summary>
    /// <param name="beyond">How far that side is outside of the true one: from there a step adds to the box around both, before to the intersection.</param>
    /// <param name="area">What a pixel adds to the predicted box's area.</param>
    /// <param name="common">What it adds to the intersection, where it does.</param>
    /// <param name="apart">The distance of the centres along the axis, positive where it grows.</param>
    /// <param name="around">The side of the box around both.</param>
    /// <param name="turn">What it adds to the angle between the proportions, times w² + h².</param>
    private static float Outwards(BoxPair pair, float beyond, float area, float common, float apart, float around, float turn)
    {
        float outside = beyond > 0f ? 1f : beyond < 0f ? 0f : 0.5f;
        float covered = (1f - outside) * common;
        float iou = pair.Union == 0f ? 0f : (covered * (pair.Union + pair.Intersection) - pair.Intersection * area) / (pair.Union * pair.Union);
        float distance = pair.Diagonal == 0f ? 0f : (apart - pair.Distance * 2f * around * outside) / pair.Diagonal;
        return distance + pair.Aspect * turn - iou;
    }
}
