using System.Text.Json.Nodes;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;

namespace FcnFromScratch.Export;

/// <summary>Round: ⌊scale · x + shift + ½⌋ as Mul, Add and Floor.</summary>
internal sealed class RoundRow : GroupRow<Round>
{
    protected override bool IsFlat => false;

    protected override JsonObject Settings(Round op) => new() { ["scale"] = op.Scale, ["shift"] = op.Shift };

    protected override Round Make(Func<string, double> setting) => new((float)setting("scale"), (float)setting("shift"));

    protected override void WriteNodes(Round op, Shape x, string output, IReadOnlyList<string> inputs, OnnxNodes nodes)
    {
        string scaled = nodes.Add("Mul", $"{output}/Mul", [inputs[0], nodes.Floats($"{output}/scale", [op.Scale])]);
        string moved = nodes.Add("Add", $"{output}/Add", [scaled, nodes.Floats($"{output}/offset", [op.Shift + 0.5f])]);
        nodes.Add("Floor", output, [moved]);
    }
}
