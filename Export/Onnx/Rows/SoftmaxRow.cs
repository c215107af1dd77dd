using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;

namespace FcnFromScratch.Export;

/// <summary>Softmax ↔ Softmax over the channels.</summary>
internal sealed class SoftmaxRow : OnnxRow
{
    public override Type Op => typeof(Softmax);
    public override IReadOnlyList<string> Reads => ["Softmax"];

    public override void Write(Node node, OnnxWriter w)
    {
        w.Add("Softmax", node, [w.Name(node.Inputs[0])], Attribute.Of("axis", 1));
        if (w.IsFlat(node.Inputs[0])) w.SetFlat(node.Output);
    }

    public override Operand Read(OnnxNode node)
    {
        var x = node.Value(0);
        // Before opset 13 it was over all axes from this one on.
        long axis = node.Whole("axis", node.Opset < 13 ? 1 : -1), from = axis < 0 ? axis + x.Dims.Length : axis;
        bool isOfChannels = from == 1 && x.Tensor.Shape.Channels == x.Dims[1] && (node.Opset >= 13 || x.Dims.Length == 2);
        return isOfChannels ? node.Give(new Softmax(), x.Dims, [x.Tensor]) : throw node.Refused($"it is over axis {axis} of {x}; it must be over the channels");
    }
}
