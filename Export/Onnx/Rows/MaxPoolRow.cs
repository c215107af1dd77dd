using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;

namespace FcnFromScratch.Export;

/// <summary>MaxPool2d ↔ MaxPool, of square windows that lie in the picture. Where the maximum was is not written: only training reads it.</summary>
internal sealed class MaxPoolRow : OnnxRow
{
    public override Type Op => typeof(MaxPool2d);
    public override IReadOnlyList<string> Reads => ["MaxPool"];

    public override void Write(Node node, OnnxWriter w)
    {
        var pool = (MaxPool2d)node.Op;
        w.Add("MaxPool", node, [w.Name(node.Inputs[0])],
            Attribute.Of("kernel_shape", pool.Kernel, pool.Kernel), Attribute.Of("strides", pool.Stride, pool.Stride));
    }

    public override Operand Read(OnnxNode node)
    {
        var x = node.Picture(0);
        node.Expect("dilations", 1);
        node.Expect("pads", 0);
        node.Ignore("storage_order"); // of the second output
        long[] kernel = node.Sides("kernel_shape", 2, 0), strides = node.Sides("strides", 2, 1);
        if (node.Text("auto_pad", "NOTSET") is not ("NOTSET" or "VALID")) throw node.Refused("auto_pad is not NOTSET");
        if (kernel[0] != kernel[1] || strides[0] != strides[1])
            throw node.Refused($"its windows are {kernel[0]}×{kernel[1]}, {strides[0]}×{strides[1]} apart; both must be square");
        bool leavesRest = (x.Shape.Height - kernel[0]) % Math.Max(1, strides[0]) + (x.Shape.Width - kernel[0]) % Math.Max(1, strides[0]) != 0;
        if (leavesRest) node.Expect("ceil_mode", 0);
        else node.Ignore("ceil_mode");
        return node.Give(new MaxPool2d((int)kernel[0], (int)strides[0]), [x]);
    }
}
