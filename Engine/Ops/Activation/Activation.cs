using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// y = f(x), element by element: ReLU, LeakyReLU or sigmoid. Behind a convolution it is fused into it (see <see cref="Fusion"/>).
/// Each f has a derivative that its own output determines, so the backward pass keeps y and forgets x.
/// </summary>
public sealed partial class Activation(ActivationKind kind, float slope = 0) : Op
{
    public ActivationKind Kind { get; } = kind;

    /// <summary>LeakyReLU's factor for negative x; must not be negative, or the sign of y would not tell the sign of x.</summary>
    public float Slope { get; } = slope >= 0 ? slope
        : throw new EngineException($"LeakyReLU's slope is {slope}; it must be 0 or more");

    public override string Name => Kind.ToString();

    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs) => [inputs[0]];

    public override Tensor?[] Gradient(Graph graph, Node node, IReadOnlyList<Tensor?> dy) =>
        [graph.Apply(new ActivationGradient(Kind, Slope), $"{node.Name}.grad", dy[0]!, node.Output)];

    protected override bool HasSimd(IReadOnlyList<TensorSpec> inputs) => true;

    public override void Record(Recorder r)
    {
        int count = r.Output().IntLength;
        r.Add(r.Simd is { } width
            ? new ActivationCpu.Forward(width, r.Output(), r.Input(0), Kind, Slope)
            : new ActivationKernels.ForwardLaunch(count, r.Output(), r.Input(0), Kind, Slope));
    }
}

/// <summary>dx = dy · f′(x), from y = f(x). Inputs: dy, y.</summary>
internal sealed partial class ActivationGradient(ActivationKind kind, float slope) : Op
{
    public ActivationKind Kind { get; } = kind;
    public float Slope { get; } = slope;

    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs)
    {
        Require(inputs[0] == inputs[1], $"dy is {inputs[0]} and y is {inputs[1]}; they must be alike");
        return [inputs[0]];
    }

    protected override bool HasSimd(IReadOnlyList<TensorSpec> inputs) => true;

    public override void Record(Recorder r) =>
        r.Add(r.Simd is { } width
            ? new ActivationCpu.Backward(width, r.Output(), ArrayView<float>.Empty, r.Input(0), r.Input(1), r.OutputShape(0).Channels, Kind, Slope, default)
            : new ActivationKernels.BackwardLaunch(r.Output().IntLength, r.Output(), r.Input(0), r.Input(1), Kind, Slope));
}
