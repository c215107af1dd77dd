using FcnFromScratch.Engine.Devices;

namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// loss = Σ weight[label] · (log Σ e^x − x[label]) / Σ weight[label] over the rows whose label is not negative, and the gradient of that loss
/// in the same pass: dx = weight[label] · (softmax(x) − onehot(label)) / Σ weight.
/// Inputs: logits [..., C], labels (I32 [...]; −1 is ignored), and optionally class weights [C]. Outputs: loss [1], dx as the logits.
/// </summary>
public sealed class SoftmaxCrossEntropy : Op
{
    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs)
    {
        var logits = inputs[0].Shape;
        Require(inputs[1].Type == ElementType.I32 && inputs[1].Shape.Count == logits.Rows, $"logits are {logits}, labels are {inputs[1]}; there must be one I32 label for each row of logits");
        Require(inputs.Count < 3 || inputs[2].Shape.Equals(new Shape(logits.Channels)), $"logits have {logits.Channels} classes, the class weights are {(inputs.Count < 3 ? null : inputs[2].Shape)}");
        return [new Shape(1), inputs[0]];
    }

    public override Tensor?[] Gradient(Graph graph, Node node, IReadOnlyList<Tensor?> dy)
    {
        // As the root of the backward pass the loss has gradient 1, and dx is ready.
        var dx = dy[0]!.IsOne ? node.Outputs[1] : graph.Apply(new ScaleBy(), $"{node.Name}.grad", node.Outputs[1], dy[0]!);
        return node.Inputs.Count > 2 ? [dx, null, null] : [dx, null];
    }

    public override IReadOnlyList<string> Versions(Device device, IReadOnlyList<TensorSpec> inputs) =>
        device.Kind == DeviceKind.Cpu && inputs[0].Shape.Channels <= 16 ? ["simd", "kernel"] : ["kernel"];

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
        if (r.Version == "simd") r.Add(new SoftmaxCrossEntropyCpu(rowLoss, r.Output(1), r.Input(0), r.IntInput(1), rowWeight, total, logits.Channels));
        else r.Add(new SoftmaxCrossEntropyKernels.RowsLaunch(rows, rowLoss, r.Output(1), r.Input(0), r.IntInput(1), rowWeight, total, logits.Channels));
        r.Add(new RowSumKernels.PartialLaunch(chunks, partial, rowLoss, rows, 1, RowSum.RowsPerChunk));
        r.Add(new RowSumKernels.CombineLaunch(1, r.Output(0), partial, chunks, 1, 1f));
    }

    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        int channels = x[0].Shape.Channels;
        T total = T.Zero, loss = T.Zero;
        T Weight(int label) => label < 0 ? T.Zero : x.Count > 2 ? x[2][label] : T.One;
        foreach (int label in x[1].Ints) total += Weight(label);
        if (total == T.Zero) total = T.One;
        for (int row = 0; row < x[0].Shape.Rows; row++)
        {
            int label = x[1].Ints[row];
            T weight = Weight(label) / total;
            var logits = x[0].Values.AsSpan(row * channels, channels);
            var dx = y[1].Values.AsSpan(row * channels, channels);
            Softmax.Row<T>(logits, dx);
            if (label >= 0)
            {
                // log softmax by its own formula: the logarithm of a probability that rounds to 0 would be infinite.
                T max = logits[0], sum = T.Zero;
                foreach (T value in logits) max = T.Max(max, value);
                foreach (T value in logits) sum += T.Exp(value - max);
                loss += weight * (T.Log(sum) + max - logits[label]);
                dx[label] -= T.One;
            }
            for (int c = 0; c < channels; c++) dx[c] *= weight;
        }
        y[0][0] = loss;
    }
}
