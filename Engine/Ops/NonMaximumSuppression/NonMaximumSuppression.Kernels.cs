using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Kernels.Algorithms;

namespace FcnFromScratch.Engine.Ops;

internal static partial class NonMaximumSuppressionKernels
{
    /// <summary>Items of the group that sweeps, one for each word of a row.</summary>
    public const int Items = NonMaximumSuppression.MaxBoxes / 32;

    private const float Thinnest = 1e-18f;

    [Kernel]
    internal static void Areas(Index1D i, ArrayView<float> areas, ArrayView<PixelBox> boxes)
    {
        PixelBox box = boxes[i];
        areas[i] = (box.XMax - box.XMin) * (box.YMax - box.YMin);
    }

    /// <summary>
    /// One item for each box and each word of 32: bit b of word w of row i is set if box 32 · w + b comes after i, has its class, and overlaps it too much.
    /// Words before i's own, and rows without a box, are not written, and not read.
    /// </summary>
    [Kernel]
    internal static void Overlaps(
        Index1D item, ArrayView<uint> fells, ArrayView<PixelBox> boxes, ArrayView<float> areas, ArrayView<int> classes, int count, int words,
        float threshold, float onePlusThreshold)
    {
        int i = item / words;
        int first = item % words * 32;
        int kind = classes[i];
        if (kind >= 0 && first + 31 >= i)
        {
            PixelBox box = boxes[i];
            float area = areas[i];
            uint bits = 0u;
            for (int j = Math.Max(first, i + 1); j < Math.Min(first + 32, count); j++)
            {
                if (classes[j] != kind) continue;
                PixelBox other = boxes[j];
                float width = XMath.Min(box.XMax, other.XMax) - XMath.Max(box.XMin, other.XMin);
                float height = XMath.Min(box.YMax, other.YMax) - XMath.Max(box.YMin, other.YMin);
                bool meets = width > Thinnest && height > Thinnest;
                if (meets && width * height * onePlusThreshold > threshold * (area + areas[j])) bits |= 1u << (j - first);
            }
            fells[item] = bits;
        }
    }

    /// <summary>One group. Each item owns a word, boxes 32 · w … 32 · w + 31, and knows which of them have fallen.</summary>
    [Kernel]
    public static void Sweep(ArrayView<int> kept, ArrayView<uint> fells, ArrayView<int> classes, int count, int words)
    {
        ArrayView<uint> standing = SharedMemory.Allocate<uint>(Items);
        // The last item has the first word: a device that runs items in order would not be wrong without the barrier otherwise, and nothing would tell.
        int own = Items - 1 - Group.IdxX;
        uint fallen = 0u;
        for (int b = 0; b < 32; b++)
        {
            int box = own * 32 + b;
            bool isBox = box < count && classes[Math.Min(box, count - 1)] >= 0;
            if (!isBox) fallen |= 1u << b;
        }
        for (int w = 0; w < words; w++)
        {
            int end = Math.Min(w * 32 + 32, count);
            if (own == w)
            {
                // All that stood before have been heard: what is left is among these 32. Rows of the fallen are read too: no load waits for a test.
                for (int box = w * 32; box < end; box++)
                {
                    uint row = fells[box * words + w];
                    if ((fallen >> (box - w * 32) & 1u) == 0u) fallen |= row;
                }
                standing[w] = ~fallen;
            }
            // Each word has its own place, so the next owner may write before all have read this one.
            Group.Barrier();
            if (own > w && own < words)
            {
                uint stand = standing[w];
                for (int box = w * 32; box < end; box++)
                {
                    if ((stand >> (box - w * 32) & 1u) != 0u) fallen |= fells[box * words + own];
                }
            }
        }
        for (int b = 0; b < 32; b++)
        {
            int box = own * 32 + b;
            if (box < count) kept[box] = (int)(~fallen >> b & 1u);
        }
    }

    /// <summary>The same by one item, for devices that run items one by one.</summary>
    [Kernel]
    public static void SweepAlone(Index1D i, ArrayView<int> kept, ArrayView<uint> fallen, ArrayView<uint> fells, ArrayView<int> classes, int count, int words)
    {
        for (int w = 0; w < words; w++) fallen[w] = 0u;
        for (int box = 0; box < count; box++)
        {
            bool stands = classes[box] >= 0 && (fallen[box / 32] >> box % 32 & 1u) == 0u;
            kept[box] = stands ? 1 : 0;
            if (stands)
            {
                for (int w = box / 32; w < words; w++) fallen[w] |= fells[box * words + w];
            }
        }
    }
}
