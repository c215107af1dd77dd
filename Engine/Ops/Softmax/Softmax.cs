namespace FcnFromScratch.Engine.Ops;

/// <summary>y[row, c] = e^(x[row, c] − m) / Σ e^(x[row, ·] − m) over the channels of each row, m the row's maximum. Input: x [..., C].</summary>
public sealed partial class Softmax : Op
{
    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs) => [inputs[0]];

    public override Tensor?[] Gradient(Graph graph, Node node, IReadOnlyList<Tensor?> dy) =>
        [graph.Apply(new SoftmaxGradient(), $"{node.Name}.grad", dy[0]!, node.Output)];

    public override void Record(Recorder r)
    {
        var x = r.InputShape(0);
        r.Add(new SoftmaxKernels.ForwardLaunch(x.Rows, r.Output(), r.Input(0), x.Channels));
    }
}

/// <summary>dx[c] = y[c] · (dy[c] − Σ dy · y) in each row. Inputs: dy, y.</summary>
internal sealed partial class SoftmaxGradient : Op
{
    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs) => [inputs[0]];

    public override void Record(Recorder r)
    {
        var y = r.InputShape(1);
        r.Add(new SoftmaxKernels.BackwardLaunch(y.Rows, r.Output(), r.Input(0), r.Input(1), y.Channels));
    }
}
