using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;

namespace FcnFromScratch.Export;

/// <summary>
/// PadCrop2d ↔ Pad and Slice. Where height and width are open, the nodes before them compute the amounts: zeros up to the next multiple
/// (<see cref="PadCrop2d.Multiple"/>), and a crop to what the picture itself has at that scale.
/// </summary>
internal sealed class PadCropRow : OnnxRow
{
    public override Type Op => typeof(PadCrop2d);
    public override IReadOnlyList<string> Reads => ["Pad", "Slice"];

    public override void Write(Node node, OnnxWriter w)
    {
        var op = (PadCrop2d)node.Op;
        string x = w.Name(node.Inputs[0]), output = w.Name(node.Output);
        if (!w.Network.TakesAnySize)
        {
            w.Add("Pad", node, [x, w.Nodes.Longs($"{output}/pads", [0, 0, op.Top, op.Left, 0, 0, op.Bottom, op.Right])]);
            return;
        }
        if (op.Multiple > 1)
        {
            string sides = Sides(x, $"{output}/sides"), multiple = w.Nodes.Longs($"{output}/multiple", [op.Multiple]);
            string missing = w.Nodes.Add("Mod", $"{output}/Mod", [w.Nodes.Add("Neg", $"{output}/Neg", [sides]), multiple]);
            string pads = w.Nodes.Add("Concat", $"{output}/pads", [w.Nodes.Longs($"{output}/zeros", new long[6]), missing], Attribute.Of("axis", 0));
            w.Add("Pad", node, [x, pads]);
            return;
        }
        int pixels = w.Network.ExpectPictureSize(node);
        string ends = Sides(OnnxWriter.Image, $"{output}/sides");
        if (pixels > 1)
        {
            ends = w.Nodes.Add("Add", $"{output}/up", [ends, w.Nodes.Longs($"{output}/rest", [pixels - 1])]);
            ends = w.Nodes.Add("Div", $"{output}/ends", [ends, w.Nodes.Longs($"{output}/pixels", [pixels])]);
        }
        w.Add("Slice", node, [x, w.Nodes.Longs($"{output}/starts", [0, 0]), ends, w.Nodes.Longs($"{output}/axes", [2, 3])]);

        string Sides(string of, string name) => w.Nodes.Add("Shape", name, [of], Attribute.Of("start", 2), Attribute.Of("end", 4));
    }

    public override Operand Read(OnnxNode node)
    {
        var x = node.Picture(0);
        if (node.Type == "Slice") return Cropped(node, x);
        if (node.Text("mode", "constant") != "constant") throw node.Refused("its mode is not constant");
        long[] pads = node.Longs(1);
        if (node.Has(2) && node.Constant(2) is var filler && filler.Floats is not [0] && filler.Longs is not [0])
            throw node.Refused("it pads with something else than 0");
        if (pads.Length != 8 || pads[0] != 0 || pads[1] != 0 || pads[4] != 0 || pads[5] != 0)
            throw node.Refused($"its pads are [{string.Join(",", pads)}]; they must be those of height and width, [0,0,top,left,0,0,bottom,right]");
        return Given(node, x, pads[2], pads[6], pads[3], pads[7]);
    }

    private static Operand Cropped(OnnxNode node, Tensor x)
    {
        long[] starts = node.Longs(1), ends = node.Longs(2);
        long[] axes = node.Has(3) ? node.Longs(3) : [.. Enumerable.Range(0, starts.Length).Select(i => (long)i)];
        if (node.Has(4) && node.Longs(4).Any(step => step != 1)) throw node.Refused("its steps are not 1");
        if (ends.Length != starts.Length || axes.Length != starts.Length) throw node.Refused("its starts, ends and axes differ in number");
        int[] sizes = [x.Shape.Batch, x.Shape.Channels, x.Shape.Height, x.Shape.Width];
        var (first, last) = (new long[4], Array.ConvertAll(sizes, size => (long)size));
        foreach (var ((start, end), named) in starts.Zip(ends).Zip(axes))
        {
            long axis = named < 0 ? named + 4 : named;
            if (axis is < 0 or > 3) throw node.Refused($"axis {named} is none of 4");
            first[axis] = Math.Clamp(start < 0 ? start + sizes[axis] : start, 0, sizes[axis]);
            last[axis] = Math.Clamp(end < 0 ? end + sizes[axis] : end, 0, sizes[axis]);
        }
        if (first[0] != 0 || first[1] != 0 || last[0] != sizes[0] || last[1] != sizes[1])
            throw node.Refused("it takes part of the pictures or of the channels");
        return Given(node, x, -first[2], last[2] - sizes[2], -first[3], last[3] - sizes[3]);
    }

    private static Value Given(OnnxNode node, Tensor x, long top, long bottom, long left, long right)
    {
        foreach (long amount in (ReadOnlySpan<long>)[top, bottom, left, right])
            if (Math.Abs(amount) > OnnxNode.LargestSide) throw node.Refused($"it pads by {amount}; the limit is {OnnxNode.LargestSide}");
        return node.Give(new PadCrop2d((int)top, (int)bottom, (int)left, (int)right), [x]);
    }
}
