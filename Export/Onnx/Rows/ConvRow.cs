using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;

namespace FcnFromScratch.Export;

/// <summary>
/// Conv2d ↔ Conv. A convolution whose kernel covers a picture that is taken as a whole is a linear layer, and written as one: Flatten and Gemm, which
/// <see cref="LinearRow"/> reads.
/// </summary>
internal sealed class ConvRow : OnnxRow
{
    public override Type Op => typeof(Conv2d);
    public override IReadOnlyList<string> Reads => ["Conv"];

    public override void Write(Node node, OnnxWriter w)
    {
        var conv = (Conv2d)node.Op;
        Shape x = node.Inputs[0].Shape, weight = node.Inputs[1].Shape;
        ActivationRow.ExpectNone(node, conv.Activation);
        var (top, bottom) = conv.Padding.Along(vertical: true, x.Height, weight[0], conv.StrideY);
        var (left, right) = conv.Padding.Along(vertical: false, x.Width, weight[1], conv.StrideX);
        string[] bias = node.Inputs.Count > 2 ? [w.Vector(node.Inputs[2])] : [];
        if (!w.Network.TakesAnySize && (x.Height, x.Width) == (weight[0], weight[1]) && top + bottom + left + right == 0)
        {
            string flat = w.Flat(node.Inputs[0]);
            w.Add("Gemm", node, [flat, w.Weights(node.Inputs[1], isMatrix: true), .. bias], Attribute.Of("transB", 1));
            w.SetFlat(node.Output);
            return;
        }
        // With strides the amounts of "same" padding depend on the size; without, they do not.
        bool isOpen = w.Network.TakesAnySize && conv.Padding == Padding.Same && (conv.StrideY > 1 || conv.StrideX > 1);
        w.Add("Conv", node, [w.Name(node.Inputs[0]), w.Weights(node.Inputs[1]), .. bias],
            Attribute.Of("kernel_shape", weight[0], weight[1]), Attribute.Of("strides", conv.StrideY, conv.StrideX),
            isOpen ? Attribute.Of("auto_pad", "SAME_UPPER") : Attribute.Of("pads", top, left, bottom, right));
    }

    public override Operand Read(OnnxNode node)
    {
        var x = node.Picture(0);
        var weight = node.Weights(1);
        node.Expect("group", 1);
        node.Expect("dilations", 1);
        node.ExpectKernel(weight.Shape[0], weight.Shape[1]);
        long[] strides = node.Sides("strides", 2, 1);
        string rule = node.Text("auto_pad", "NOTSET");
        long[] pads = node.Sides("pads", 4, 0);
        var padding = rule switch
        {
            "NOTSET" => Padding.Explicit((int)pads[0], (int)pads[2], (int)pads[1], (int)pads[3]),
            "VALID" => Padding.Valid,
            "SAME_UPPER" => Padding.Same,
            "SAME_LOWER" => Lower(),
            _ => throw node.Refused($"auto_pad is {Data.ForeignText.Quoted(rule)}"),
        };
        return node.Give(new Conv2d(padding, (int)strides[0], (int)strides[1]), [x, weight, .. node.Bias(2, weight.Shape[3])]);

        // An odd rest goes to the top and the left.
        Padding Lower()
        {
            var (top, bottom) = Padding.Same.Along(vertical: true, x.Shape.Height, weight.Shape[0], (int)strides[0]);
            var (left, right) = Padding.Same.Along(vertical: false, x.Shape.Width, weight.Shape[1], (int)strides[1]);
            return Padding.Explicit(bottom, top, right, left);
        }
    }
}
