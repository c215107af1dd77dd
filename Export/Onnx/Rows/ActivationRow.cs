using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;

namespace FcnFromScratch.Export;

/// <summary>Activation ↔ Relu, LeakyRelu, Sigmoid.</summary>
internal sealed class ActivationRow : OnnxRow
{
    public override Type Op => typeof(Activation);
    public override IReadOnlyList<string> Reads => ["Relu", "LeakyRelu", "Sigmoid"];

    public override void Write(Node node, OnnxWriter w)
    {
        var f = (Activation)node.Op;
        string from = w.Name(node.Inputs[0]);
        if (w.IsFlat(node.Inputs[0])) w.SetFlat(node.Output);
        switch (f.Kind)
        {
            case ActivationKind.Relu: w.Add("Relu", node, [from]); break;
            case ActivationKind.LeakyRelu: w.Add("LeakyRelu", node, [from], Attribute.Of("alpha", f.Slope)); break;
            case ActivationKind.Sigmoid: w.Add("Sigmoid", node, [from]); break;
            default: throw new EngineException($"node '{node.Name}' is a {f.Kind}, for which there is no ONNX");
        }
    }

    /// <summary>Functions are nodes of their own in a network that was not fused.</summary>
    public static void ExpectNone(Node node, ActivationKind kind)
    {
        if (kind != ActivationKind.None) throw new ArgumentException($"node '{node.Name}' is fused with {kind}; networks are written before that");
    }

    public override Operand Read(OnnxNode node)
    {
        var x = node.Value(0);
        Op op = node.Type switch
        {
            "Relu" => new Activation(ActivationKind.Relu),
            "LeakyRelu" => new Activation(ActivationKind.LeakyRelu, node.Number("alpha", 0.01f)),
            _ => new Activation(ActivationKind.Sigmoid),
        };
        return node.Give(op, x.Dims, [x.Tensor]);
    }
}
