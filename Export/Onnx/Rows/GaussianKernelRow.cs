using System.Text.Json.Nodes;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;
using Onnx;

namespace FcnFromScratch.Export;

/// <summary>GaussianKernel: e^(−γ d²) of exact squared distances d².</summary>
internal sealed class GaussianKernelRow : GroupRow<GaussianKernel>
{
    public override int InputCount => 3;

    protected override JsonObject Settings(GaussianKernel op) => [];

    protected override GaussianKernel Make(Func<string, double> setting) => new();

    protected override string Input(Node node, int input, OnnxWriter w) => input switch
    {
        0 => w.Name(node.Inputs[0]),
        1 => w.Samples(node.Inputs[1]),
        _ => w.Vector(node.Inputs[2]),
    };

    protected override void WriteNodes(GaussianKernel op, Shape x, string output, IReadOnlyList<string> inputs, OnnxNodes nodes)
    {
        string rows = nodes.Add("Flatten", $"{output}/Flatten", [inputs[0]], Attribute.Of("axis", 1));
        string distances = Distances(output, rows, inputs[1], addsRows: true, nodes);
        string floats = nodes.Add("Cast", $"{output}/floats", [distances], Attribute.Of("to", (long)TensorProto.Types.DataType.Float));
        string scaled = nodes.Add("Mul", $"{output}/Mul", [floats, nodes.Add("Neg", $"{output}/Neg", [inputs[2]])]);
        nodes.Add("Exp", output, [scaled]);
    }
}
