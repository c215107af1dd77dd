using System.Text.Json.Nodes;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;

namespace FcnFromScratch.Export;

/// <summary>
/// PairwiseLogits: the softplus of what each machine says against its first class and against its second, and a product with a matrix of −1 where a class is
/// that one and 0 elsewhere.
/// </summary>
internal sealed class PairwiseLogitsRow : GroupRow<PairwiseLogits>
{
    protected override JsonObject Settings(PairwiseLogits op) => new() { ["classes"] = op.Classes, ["slope"] = op.Slope };

    protected override PairwiseLogits Make(Func<string, double> setting) => new((int)setting("classes"), (float)setting("slope"));

    protected override string Input(Node node, int input, OnnxWriter w) => w.Flat(node.Inputs[0]);

    protected override void WriteNodes(PairwiseLogits op, Shape x, string output, IReadOnlyList<string> inputs, OnnxNodes nodes)
    {
        int pairs = x.Channels;
        var classes = new float[2 * pairs * op.Classes];
        for (int a = 0, pair = 0; a < op.Classes; a++)
            for (int b = a + 1; b < op.Classes; b++, pair++) classes[pair * op.Classes + a] = classes[(pairs + pair) * op.Classes + b] = -1;
        string second = nodes.Add("Mul", $"{output}/Mul", [inputs[0], nodes.Floats($"{output}/slope", [op.Slope])]);
        string both = nodes.Add("Concat", $"{output}/Concat", [nodes.Add("Neg", $"{output}/Neg", [second]), second], Attribute.Of("axis", 1));
        string against = nodes.Add("Softplus", $"{output}/Softplus", [both]);
        nodes.Add("MatMul", output, [against, nodes.Floats($"{output}/classes", classes, 2 * pairs, op.Classes)]);
    }
}
