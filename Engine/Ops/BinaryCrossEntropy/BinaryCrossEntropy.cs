namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// loss = mean over all elements of max(x, 0) − x·t + log(1 + e^−|x|): the cross-entropy of σ(x) against targets t in [0, 1], in the form
/// that cannot overflow. Its gradient comes in the same pass: dx = (σ(x) − t) / count.
/// Inputs: logits, targets of the same shape. Outputs: loss [1], dx.
/// </summary>
public sealed partial class BinaryCrossEntropy : Op
{
    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs)
    {
        Require(inputs[0] == inputs[1], $"logits are {inputs[0]}, targets are {inputs[1]}; they must be alike");
        return [new Shape(1), inputs[0]];
    }

    public override Tensor?[] Gradient(Graph graph, Node node, IReadOnlyList<Tensor?> dy) =>
        [dy[0]!.IsOne ? node.Outputs[1] : graph.Apply(new ScaleBy(), $"{node.Name}.grad", node.Outputs[1], dy[0]!), null];

    public override void Record(Recorder r)
    {
        int count = r.Input(0).IntLength, chunks = RowSum.Chunks(count);
        var each = r.Scratch(count);
        var partial = r.Scratch(chunks);
        r.Add(new BinaryCrossEntropyKernels.ElementsLaunch(count, each, r.Output(1), r.Input(0), r.Input(1), count));
        r.Add(new RowSumKernels.PartialLaunch(chunks, partial, each, count, 1, RowSum.RowsPerChunk));
        r.Add(new RowSumKernels.CombineLaunch(1, r.Output(0), partial, chunks, 1, 1f / count));
    }
}
