namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// loss = Σ weight[label] · (log Σ e^x − x[label]) / Σ weight[label] over the rows whose label is not negative, and the gradient of that loss
/// in the same pass: dx = weight[label] · (softmax(x) − onehot(label)) / Σ weight.
/// Inputs: logits [..., C], labels (I32 [...]; −1 is ignored), and optionally class weights [C]. Outputs: loss [1], dx as the logits.
/// </summary>
public sealed partial class SoftmaxCrossEntropy : Op
{
    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs)
    {
        var logits = inputs[0].Shape;
        Require(inputs[1].Type == ElementType.I32 && inputs[1].Shape.Count == logits.Rows,
            $"logits are {logits}, labels are {inputs[1]}; there must be one I32 label for each row of logits");
        Require(inputs.Count < 3 || inputs[2].Shape.Equals(new Shape(logits.Channels)),
            $"logits have {logits.Channels} classes, the class weights are {(inputs.Count < 3 ? null : inputs[2].Shape)}");
        return [new Shape(1), inputs[0]];
    }

    public override Tensor?[] Gradient(Graph graph, Node node, IReadOnlyList<Tensor?> dy)
    {
        // As the root of the backward pass the loss has gradient 1, and dx is ready.
        var dx = dy[0]!.IsOne ? node.Outputs[1] : graph.Apply(new ScaleBy(), $"{node.Name}.grad", node.Outputs[1], dy[0]!);
        return node.Inputs.Count > 2 ? [dx, null, null] : [dx, null];
    }

    protected override bool HasSimd(IReadOnlyList<TensorSpec> inputs) => inputs[0].Shape.Channels <= SoftmaxCrossEntropyCpu.Lanes;

    public override void Record(Recorder r)
    {
        var logits = r.InputShape(0);
        int rows = logits.Rows, chunks = RowSum.Chunks(rows), weighted = r.InputCount > 2 ? 1 : 0;
        var rowWeight = r.Scratch(rows);
        var rowLoss = r.Scratch(rows);
        var partial = r.Scratch(chunks);
        var total = r.Scratch(1);
        var weights = weighted != 0 ? r.Input(2) : r.Input(0);
        r.Add(new SoftmaxCrossEntropyKernels.RowWeightsLaunch(rows, rowWeight, r.IntInput(1), weights, weighted));
        r.Add(new RowSumKernels.PartialLaunch(chunks, partial, rowWeight, rows, 1, RowSum.RowsPerChunk));
        r.Add(new RowSumKernels.CombineLaunch(1, total, partial, chunks, 1, 1f));
        if (r.Simd is { } width) r.Add(new SoftmaxCrossEntropyCpu(width, rowLoss, r.Output(1), r.Input(0), r.IntInput(1), rowWeight, total, logits.Channels));
        else r.Add(new SoftmaxCrossEntropyKernels.RowsLaunch(rows, rowLoss, r.Output(1), r.Input(0), r.IntInput(1), rowWeight, total, logits.Channels));
        r.Add(new RowSumKernels.PartialLaunch(chunks, partial, rowLoss, rows, 1, RowSum.RowsPerChunk));
        r.Add(new RowSumKernels.CombineLaunch(1, r.Output(0), partial, chunks, 1, 1f));
    }
}
