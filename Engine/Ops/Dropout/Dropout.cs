namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// y = x / (1 − rate) with probability 1 − rate, else 0 (Srivastava et al. 2014, in the scaled form). What is dropped depends on (seed, step, element)
/// alone, by a counter-based generator: no mask is stored, and the gradient is the same op on dy.
/// Inputs: x, step (I32 [1], counts training steps).
/// </summary>
public sealed partial class Dropout(float rate, uint seed) : Op
{
    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs)
    {
        Require(rate is >= 0 and < 1, $"rate is {rate}; it must be at least 0 and below 1");
        Require(inputs[1] == new TensorSpec(new Shape(1), ElementType.I32), $"step is {inputs[1]}; it must be [1] of I32");
        return [inputs[0]];
    }

    public override Tensor?[] Gradient(Graph graph, Node node, IReadOnlyList<Tensor?> dy) =>
        [graph.Apply(new Dropout(rate, seed), $"{node.Name}.grad", dy[0]!, node.Inputs[1]), null];

    public override void Record(Recorder r) =>
        r.Add(new DropoutKernels.ForwardLaunch(r.Output().IntLength, r.Output(), r.Input(0), r.IntInput(1), rate, seed));
}
