using System.Numerics;

namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// What a detector's grid says about places, in pixels: each cell tells how far it is from its centre to the four sides of a box (FCOS: Tian et al. 2019).
/// The centre of cell (row i, column j) is (cx, cy) = ((j + ½)·stride, (i + ½)·stride), and with d = stride · softplus(t) = stride · ln(1 + e^t)
/// the box of channels t₀ … t₃ is (cx − d₀, cy − d₁, cx + d₂, cy + d₃): it always holds the centre, and is never inside out.
/// Input: x [N, H, W, 4 + C], of which the last C channels are not read. Output: xmin, ymin, xmax, ymax [N, H, W, 4].
/// <para>
/// Softplus instead of FCOS' exponential: it cannot overflow, and far from 0 its slope is 1, so that one step moves a side of a large box as far as that of a
/// small one. Where t is so low that 1 + e^t rounds to 1 (−17), d is 0 and the gradient is still positive.
/// </para>
/// </summary>
public sealed partial class DecodeBoxes(int stride) : Op
{
    /// <summary>Coordinates up to here, and their halves, are exact in float.</summary>
    internal const int MaxExtent = 1 << 22;

    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs)
    {
        var x = inputs[0].Shape;
        Require(stride >= 1, $"the stride is {stride}; it must be 1 or more");
        Require(x.Rank == 4 && x.Channels >= 4, $"x is {x}; it must be [batch, height, width, 4 or more]");
        Require(Math.Max(x.Height, x.Width) * (long)stride <= MaxExtent, $"x is {x} in steps of {stride} pixels; no side may have more than {MaxExtent}");
        return [new Shape(x.Batch, x.Height, x.Width, 4)];
    }

    public override Tensor?[] Gradient(Graph graph, Node node, IReadOnlyList<Tensor?> dy) =>
        [graph.Apply(new DecodeBoxesGradient(stride), $"{node.Name}.grad", dy[0]!, node.Inputs[0])];

    public override void Record(Recorder r)
    {
        var x = r.InputShape(0);
        r.Add(new DecodeBoxesKernels.CellsLaunch(x.Rows, r.Output().Cast<PixelBox>(), r.Input(0), x.Height, x.Width, x.Channels, stride));
    }

    /// <summary>ln(1 + e^t) for any t.</summary>
    internal static T Softplus<T>(T t) where T : IFloatingPointIeee754<T> => T.Max(t, T.Zero) + T.Log(T.One + T.Exp(-T.Abs(t)));

    /// <summary>1 / (1 + e^−t), the slope of softplus.</summary>
    internal static T Sigmoid<T>(T t) where T : IFloatingPointIeee754<T> => T.One / (T.One + T.Exp(-t));
}

/// <summary>
/// dx = ∓ stride · σ(x) · dy in the four channels of the sides, 0 in all others. Inputs: dy [N, H, W, 4], x [N, H, W, 4 + C]. Output: dx as x.
/// </summary>
internal sealed partial class DecodeBoxesGradient(int stride) : Op
{
    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs) => [inputs[1]];

    public override void Record(Recorder r)
    {
        var x = r.InputShape(1);
        r.Add(new DecodeBoxesKernels.CellGradientsLaunch(x.Rows, r.Output(), r.Input(0).Cast<PixelBox>(), r.Input(1), x.Channels, stride));
    }
}
