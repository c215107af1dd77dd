using FcnFromScratch.Engine.Devices;

namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// Of several boxes for the same thing the best: from the first to the last, a box is kept unless a kept one before it has its class and an IoU with it
/// above the threshold. Only kept boxes fell others: where b falls to a, c stands although b overlaps it.
/// Inputs: boxes [K, 4] as xmin, ymin, xmax, ymax, by falling score, equals in the order that is to decide; classes (I32 [K]), negative for a row without
/// a box. Output: I32 [K], 1 for a box that is kept, 0 for one that is not or is none. It has no gradient.
/// <para>
/// Two passes. The first, parallel in all pairs, writes a matrix of bits: which later boxes of its class each box would fell. The second walks down the
/// rows and joins those of the boxes still standing. On devices with groups that is one group, each item of which owns a word of 32 boxes: the owner of
/// the next word settles its boxes among themselves, and after one barrier all others read which of them stand.
/// </para>
/// <para>
/// All devices give the same result, to the bit. IoU &gt; t is asked as I · (1 + t) &gt; t · (A + B), for intersection I and areas A and B, without the
/// division that devices round differently; and areas come from memory, so that nowhere a product is added to anything, which some would do in one rounding
/// and some in two. An overlap less than 10⁻¹⁸ pixels wide or high is none: its area could be one of the smallest numbers, which some devices take for 0.
/// An IoU within a few 10⁻⁷ of the threshold may be taken for above or not. A box with a coordinate that is no number overlaps nothing: it is kept, to be seen.
/// </para>
/// <para>Memory: K² / 8 bytes, 8 MB for the most boxes.</para>
/// </summary>
/// <param name="threshold">0 … 1.</param>
public sealed partial class NonMaximumSuppression(float threshold) : Op
{
    /// <summary>Boxes that it takes at most.</summary>
    public const int MaxBoxes = 8192;

    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs)
    {
        var boxes = inputs[0].Shape;
        Require(threshold is >= 0 and <= 1, $"the threshold is {threshold}; it must be from 0 to 1");
        Require(boxes.Rank == 2 && boxes.Channels == 4 && boxes[0] is >= 1 and <= MaxBoxes, $"boxes are {boxes}; they must be [1 … {MaxBoxes}, 4]");
        Require(inputs[1] == new TensorSpec(new Shape(boxes[0]), ElementType.I32),
            $"boxes are {boxes}, classes are {inputs[1]}; they must be [{boxes[0]}] of I32");
        return [inputs[1]];
    }

    public override IReadOnlyList<string> Versions(Device device, IReadOnlyList<TensorSpec> inputs) =>
        device.Kind == DeviceKind.Cpu ? ["alone"] : ["group", "alone"];

    public override void Record(Recorder r)
    {
        int count = r.InputShape(0)[0], words = (count + 31) / 32;
        var boxes = r.Input(0).Cast<PixelBox>();
        var areas = r.Scratch(count);
        var fells = r.Scratch((long)count * words).Cast<uint>();
        r.Add(new NonMaximumSuppressionKernels.AreasLaunch(count, areas, boxes));
        r.Add(new NonMaximumSuppressionKernels.OverlapsLaunch(count * words, fells, boxes, areas, r.IntInput(1), count, words, threshold, 1f + threshold));
        if (r.Version == "alone")
            r.Add(new NonMaximumSuppressionKernels.SweepAloneLaunch(1, r.IntOutput(0), r.Scratch(words).Cast<uint>(), fells, r.IntInput(1), count, words));
        else
            r.Add(new NonMaximumSuppressionKernels.SweepLaunch(
                new KernelConfig(1, NonMaximumSuppressionKernels.Items), r.IntOutput(0), fells, r.IntInput(1), count, words));
    }
}
