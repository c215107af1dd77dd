using System.Text.Json.Nodes;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;
using Onnx;

namespace FcnFromScratch.Export;

/// <summary>
/// KNearest: distances by one matrix product, the k nearest by TopK, which takes the first of equals as we do, and their labels counted. A query with values
/// that are no bytes, whose votes are no numbers with us, is not told apart there.
/// </summary>
internal sealed class KNearestRow : GroupRow<KNearest>
{
    public override int InputCount => 3;

    protected override JsonObject Settings(KNearest op) => new() { ["k"] = op.K, ["classes"] = op.Classes, ["ties"] = (int)op.Ties };

    /// <summary>A file may ask for any number of classes; each is a number of the group.</summary>
    private const int MostClasses = 1 << 16;

    protected override KNearest Make(Func<string, double> setting) =>
        new((int)setting("k"), (int)Math.Min(setting("classes"), MostClasses), (TieRule)(int)setting("ties"));

    protected override string Input(Node node, int input, OnnxWriter w) => input switch
    {
        0 => w.Name(node.Inputs[0]),
        1 => w.Samples(node.Inputs[1]),
        _ => w.Vector(node.Inputs[2]),
    };

    protected override void WriteNodes(KNearest op, Shape x, string output, IReadOnlyList<string> inputs, OnnxNodes nodes)
    {
        string queries = nodes.Add("Flatten", $"{output}/Flatten", [inputs[0]], Attribute.Of("axis", 1));
        string distances = Distances(output, queries, inputs[1], addsRows: false, nodes);
        string nearest = $"{output}/nearest";
        nodes.Add("TopK", $"{output}/least", [distances, nodes.Longs($"{output}/k", [op.K])], Attribute.Of("axis", 1), Attribute.Of("largest", 0));
        nodes.Nodes[^1].Output.Add(nearest);
        string labels = nodes.Add("Gather", $"{output}/Gather", [inputs[2], nearest]);
        string column = nodes.Add("Unsqueeze", $"{output}/Unsqueeze", [labels, nodes.Longs($"{output}/column", [2])]);
        float[] classes = [.. Enumerable.Range(0, op.Classes).Select(c => (float)c)];
        string equal = nodes.Add("Equal", $"{output}/Equal", [column, nodes.Floats($"{output}/classes", classes, op.Classes)]);
        string isOfClass = nodes.Add("Cast", $"{output}/each", [equal], Attribute.Of("to", (long)TensorProto.Types.DataType.Float));
        string neighbours = nodes.Longs($"{output}/neighbours", [1]);
        string sum = op.Ties == TieRule.Nearest ? $"{output}/votes" : output;
        nodes.Add("ReduceSum", sum, [isOfClass, neighbours], Attribute.Of("keepdims", 0));
        if (op.Ties != TieRule.Nearest) return;
        // Less than a vote, the more the nearer a class' nearest neighbour is.
        float[] shares = [.. Enumerable.Range(0, op.K).Select(rank => (KNearest.MaxK - rank) / (2f * KNearest.MaxK))];
        string weighed = nodes.Add("Mul", $"{output}/Mul", [isOfClass, nodes.Floats($"{output}/shares", shares, op.K, 1)]);
        string best = nodes.Add("ReduceMax", $"{output}/ReduceMax", [weighed], Attribute.Of("axes", [1]), Attribute.Of("keepdims", 0));
        nodes.Add("Add", output, [sum, best]);
    }
}
