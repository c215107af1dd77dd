namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// Sets slanted ink upright: shears each picture along its rows so that ink does not move to the side as it goes down, the covariance of its columns and rows
/// being 0 (as LeCun et al. 1998 did, section III). Columns are shifted about the ink's middle row and read between pixels; what comes in from
/// beyond the edge is ground.
/// <para>Input: x [N, H, W, 1]. Output: the same shape. No gradient. A picture without ink, or with ink in a single row, stays as it is.</para>
/// </summary>
/// <param name="ground">The value of no ink; ink is what lies above.</param>
public sealed partial class Deskew(float ground) : Op
{
    /// <summary>The least variance of ink over rows, in rows², that has a slant.</summary>
    internal const float LeastVariance = 1e-3f;

    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs)
    {
        Require(inputs[0].Shape is { Rank: 4, Channels: 1 }, $"x is {inputs[0].Shape}; it must be pictures of one channel, [N, H, W, 1]");
        return [inputs[0]];
    }

    public override void Record(Recorder r)
    {
        var x = r.InputShape(0);
        var slants = r.Scratch(2L * x.Batch);
        r.Add(new DeskewKernels.SlantsLaunch(x.Batch, slants, r.Input(0), x.Height, x.Width, ground));
        r.Add(new DeskewKernels.ShearLaunch(r.Output().IntLength, r.Output(), r.Input(0), slants, x.Height, x.Width, ground));
    }
}
