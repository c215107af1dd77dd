using System.Text.Json.Nodes;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;

namespace FcnFromScratch.Export;

/// <summary>VoteLogits: ln((x + 1/C) / (k + 1)) as Add, Mul and Log.</summary>
internal sealed class VoteLogitsRow : GroupRow<VoteLogits>
{
    protected override JsonObject Settings(VoteLogits op) => new() { ["neighbours"] = op.Neighbours };

    protected override VoteLogits Make(Func<string, double> setting) => new((int)setting("neighbours"));

    protected override string Input(Node node, int input, OnnxWriter w) => w.Flat(node.Inputs[0]);

    protected override void WriteNodes(VoteLogits op, Shape x, string output, IReadOnlyList<string> inputs, OnnxNodes nodes)
    {
        string smoothed = nodes.Add("Add", $"{output}/Add", [inputs[0], nodes.Floats($"{output}/share", [1f / x.Channels])]);
        string shares = nodes.Add("Mul", $"{output}/Mul", [smoothed, nodes.Floats($"{output}/scale", [1f / (op.Neighbours + 1)])]);
        nodes.Add("Log", output, [shares]);
    }
}
