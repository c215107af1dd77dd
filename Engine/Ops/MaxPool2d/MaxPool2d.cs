namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// y[n,oy,ox,c] = max of x[n, oy·s … oy·s + k − 1, ox·s … ox·s + k − 1, c], and the place of the first maximum in its picture (iy·W + ix),
/// which the backward pass needs. NaN in a window is its maximum, as in PyTorch. Input: x [N, H, W, C].
/// Outputs: y, index (I32), both [N, (H − k)/s + 1, (W − k)/s + 1, C].
/// </summary>
public sealed partial class MaxPool2d(int kernel, int stride) : Op
{
    public int Kernel { get; } = kernel;
    public int Stride { get; } = stride;

    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs)
    {
        var g = Geometry(inputs[0].Shape);
        var y = new Shape(g.Batch, g.OutHeight, g.OutWidth, g.Channels);
        return [y, new TensorSpec(y, ElementType.I32)];
    }

    private PoolGeometry Geometry(Shape x)
    {
        Require(x.Rank == 4, $"input is {x}; it must be [batch, height, width, channels]");
        Require(Kernel > 0 && Stride > 0, $"window {Kernel} and stride {Stride} must be 1 or more");
        Require(x.Height >= Kernel && x.Width >= Kernel, $"a window of {Kernel}×{Kernel} does not fit in {x.Height}×{x.Width}");
        return new PoolGeometry(x.Batch, x.Height, x.Width, (x.Height - Kernel) / Stride + 1, (x.Width - Kernel) / Stride + 1, x.Channels, Kernel, Stride);
    }

    public override Tensor?[] Gradient(Graph graph, Node node, IReadOnlyList<Tensor?> dy) =>
        [graph.Apply(new MaxPool2dGradient(Geometry(node.Inputs[0].Shape)), $"{node.Name}.grad", dy[0]!, node.Outputs[1])];

    protected override bool HasSimd(IReadOnlyList<TensorSpec> inputs) => true;

    public override void Record(Recorder r)
    {
        var g = Geometry(r.InputShape(0));
        r.Add(r.Simd is { } width
            ? new MaxPool2dCpu.Forward(width, g, r.Output(), r.IntOutput(1), r.Input(0))
            : new MaxPool2dKernels.ForwardLaunch(r.Output().IntLength, r.Output(), r.IntOutput(1), r.Input(0), g));
    }
}

/// <summary>dx = dy where the window found its maximum, 0 elsewhere; overlapping windows add up. Inputs: dy, index.</summary>
internal sealed partial class MaxPool2dGradient(PoolGeometry g) : Op
{
    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs) => [new Shape(g.Batch, g.InHeight, g.InWidth, g.Channels)];

    protected override bool HasSimd(IReadOnlyList<TensorSpec> inputs) => g.Stride >= g.Kernel;

    public override void Record(Recorder r) =>
        r.Add(r.Simd is { } width
            ? new MaxPool2dCpu.Backward(width, g, r.Output(), r.Input(0), r.IntInput(1))
            : new MaxPool2dKernels.BackwardLaunch(r.Output().IntLength, r.Output(), r.Input(0), r.IntInput(1), g));
}
