using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;

namespace FcnFromScratch.Export;

/// <summary>SkipAdd ↔ Add of two tensors of one shape. Sizes are added too, by <see cref="WholeNumberRow"/>.</summary>
internal sealed class AddRow : OnnxRow
{
    public override Type Op => typeof(SkipAdd);
    public override IReadOnlyList<string> Reads => ["Add"];

    public override void Write(Node node, OnnxWriter w)
    {
        if (w.IsFlat(node.Inputs[0]) != w.IsFlat(node.Inputs[1]))
            throw new EngineException($"node '{node.Name}' adds a picture to what is flat, for which there is no ONNX");
        w.Add("Add", node, [.. node.Inputs.Select(w.Name)]);
        if (w.IsFlat(node.Inputs[0])) w.SetFlat(node.Output);
    }

    public override Operand Read(OnnxNode node)
    {
        if (node.IsOfConstants) return WholeNumberRow.Computed(node);
        Value a = node.Value(0), b = node.Value(1);
        if (!a.Dims.SequenceEqual(b.Dims) || !a.Tensor.Shape.Equals(b.Tensor.Shape)) throw node.Refused($"the two sides are {a} and {b}; they must be alike");
        return node.Give(new SkipAdd(), a.Dims, [a.Tensor, b.Tensor]);
    }
}
