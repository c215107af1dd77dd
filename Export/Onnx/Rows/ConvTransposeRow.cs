using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;

namespace FcnFromScratch.Export;

/// <summary>ConvTranspose2d ↔ ConvTranspose: our crops are its pads.</summary>
internal sealed class ConvTransposeRow : OnnxRow
{
    public override Type Op => typeof(ConvTranspose2d);
    public override IReadOnlyList<string> Reads => ["ConvTranspose"];

    public override void Write(Node node, OnnxWriter w)
    {
        var up = (ConvTranspose2d)node.Op;
        var weight = node.Inputs[1].Shape;
        ActivationRow.ExpectNone(node, up.Activation);
        string[] bias = node.Inputs.Count > 2 ? [w.Vector(node.Inputs[2])] : [];
        w.Add("ConvTranspose", node, [w.Name(node.Inputs[0]), w.Weights(node.Inputs[1]), .. bias],
            Attribute.Of("kernel_shape", weight[0], weight[1]), Attribute.Of("strides", up.Stride, up.Stride),
            Attribute.Of("pads", up.CropTop, up.CropLeft, up.CropBottom, up.CropRight));
    }

    public override Operand Read(OnnxNode node)
    {
        var x = node.Picture(0);
        var weight = node.Weights(1);
        node.Expect("group", 1);
        node.Expect("dilations", 1);
        node.Expect("output_padding", 0);
        node.ExpectKernel(weight.Shape[0], weight.Shape[1]);
        if (node.Text("auto_pad", "NOTSET") is not ("NOTSET" or "VALID")) throw node.Refused("auto_pad is not NOTSET");
        long[] strides = node.Sides("strides", 2, 1), crops = node.Sides("pads", 4, 0);
        if (strides[0] != strides[1]) throw node.Refused($"strides are {strides[0]} and {strides[1]}; they must be the same");
        if (Math.Max(x.Shape.Height, x.Shape.Width) * strides[0] > int.MaxValue / 2)
            throw node.Refused($"it makes more pixels of {x.Shape} than can be counted");
        var op = new ConvTranspose2d((int)strides[0], (int)crops[0], (int)crops[2], (int)crops[1], (int)crops[3]);
        return node.Give(op, [x, weight, .. node.Bias(2, weight.Shape[2])]);
    }
}
