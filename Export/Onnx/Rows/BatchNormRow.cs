using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;

namespace FcnFromScratch.Export;

/// <summary>BatchNorm2dInference ↔ BatchNormalization after training.</summary>
internal sealed class BatchNormRow : OnnxRow
{
    public override Type Op => typeof(BatchNorm2dInference);
    public override IReadOnlyList<string> Reads => ["BatchNormalization"];

    public override void Write(Node node, OnnxWriter w) =>
        w.Add("BatchNormalization", node, [w.Name(node.Inputs[0]), .. node.Inputs.Skip(1).Select(w.Vector)],
            Attribute.Of("epsilon", ((BatchNorm2dInference)node.Op).Epsilon));

    public override Operand Read(OnnxNode node)
    {
        var x = node.Value(0);
        node.ExpectTrained();
        node.Expect("training_mode", 0);
        node.Expect("spatial", 1);
        node.Ignore("momentum"); // of training
        if (x.Dims.Length < 2) throw node.Refused($"its input is {x}; it must have channels, [N, C, …]");
        return node.Give(new BatchNorm2dInference(node.Number("epsilon", 1e-5f)), x.Dims,
            [x.Tensor, .. Enumerable.Range(1, 4).Select(i => node.Vector(i, x.Dims[1]))]);
    }
}
