using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Ops;

namespace FcnFromScratch.Stranger;

/// <summary>y = x². Input: x of any shape.</summary>
public sealed class Square : Op
{
    public static OpCase Case { get; } = OpCase.Of("square 3x5x7", new Square(), 1, (new Shape(3, 5, 7), Fill.Default));

    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs) => [inputs[0]];

    // dx = 2 · x · dy
    public override Tensor?[] Gradient(Graph graph, Node node, IReadOnlyList<Tensor?> dy) =>
        [graph.Apply(new SquareGradient(), $"{node.Name}.grad", dy[0]!, node.Inputs[0])];

    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        for (int i = 0; i < y[0].Values.Length; i++) y[0][i] = x[0][i] * x[0][i];
    }

    public override void Record(Recorder r) => r.Add(new SquareKernels.ForwardLaunch(r.Output().IntLength, r.Output(), r.Input(0)));
}

/// <summary>dx = 2 · x · dy. Inputs: dy, x.</summary>
public sealed class SquareGradient : Op
{
    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs) => [inputs[1]];

    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        for (int i = 0; i < y[0].Values.Length; i++) y[0][i] = (x[1][i] + x[1][i]) * x[0][i];
    }

    public override void Record(Recorder r) =>
        r.Add(new SquareKernels.BackwardLaunch(r.Output().IntLength, r.Output(), r.Input(0), r.Input(1)));
}

public static partial class SquareKernels
{
    [Kernel]
    public static void Forward(Index1D i, ArrayView<float> y, ArrayView<float> x)
    {
        y[i] = x[i] * x[i];
    }

    [Kernel]
    public static void Backward(Index1D i, ArrayView<float> dx, ArrayView<float> dy, ArrayView<float> x)
    {
        dx[i] = 2.0f * x[i] * dy[i];
    }
}
