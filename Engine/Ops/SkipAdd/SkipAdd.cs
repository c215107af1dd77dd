namespace FcnFromScratch.Engine.Ops;

/// <summary>y = a + b: a skip connection joins the main path, or two gradients meet. Inputs: a, b of one shape.</summary>
public sealed partial class SkipAdd : Op
{
    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs)
    {
        Require(inputs[0] == inputs[1], $"the two sides are {inputs[0]} and {inputs[1]}; they must be alike: pad or crop one");
        return [inputs[0]];
    }

    public override Tensor?[] Gradient(Graph graph, Node node, IReadOnlyList<Tensor?> dy) => [dy[0], dy[0]];

    protected override bool HasSimd(IReadOnlyList<TensorSpec> inputs) => true;

    public override void Record(Recorder r) =>
        r.Add(r.Simd is { } width
            ? new SkipAddCpu(width, r.Output(), r.Input(0), r.Input(1))
            : new SkipAddKernels.AddLaunch(r.Output().IntLength, r.Output(), r.Input(0), r.Input(1)));
}
