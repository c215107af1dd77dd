namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// The way back through y = f(z + b), the last line of a convolution: dz = dy · f′(z) and db = Σ over rows of dz.
/// Inputs: dy, y. Outputs: dz (as dy), db [channels].
/// </summary>
internal sealed partial class EpilogueGradient(ActivationKind kind, float slope) : Op
{
    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs)
    {
        Require(inputs[0] == inputs[1], $"dy is {inputs[0]} and y is {inputs[1]}; they must be alike");
        return [inputs[0], new Shape(inputs[0].Shape.Channels)];
    }

    protected override bool HasSimd(IReadOnlyList<TensorSpec> inputs) => true;

    public override void Record(Recorder r)
    {
        var shape = r.OutputShape(0);
        var partial = r.Scratch((long)RowSum.Chunks(shape.Rows) * shape.Channels);
        if (r.Simd is { } width)
        {
            r.Add(new ActivationCpu.Backward(width, r.Output(0), r.Output(1), r.Input(0), r.Input(1), shape.Channels, kind, slope, partial));
            return;
        }
        r.Add(new ActivationKernels.BackwardLaunch(r.Output().IntLength, r.Output(), r.Input(0), r.Input(1), kind, slope));
        RowSum.RecordKernels(r, r.Output(1), r.Output(0), shape, partial);
    }
}
