namespace FcnFromScratch.Engine.Ops;

/// <summary>y = x · s, s a scalar on the device: how a loss that is not the root passes its gradient on. Inputs: x, s [1].</summary>
public sealed partial class ScaleBy : Op
{
    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs)
    {
        Require(inputs[1].Shape.Count == 1, $"the factor is {inputs[1]}; it must be [1]");
        return [inputs[0]];
    }

    public override void Record(Recorder r) => r.Add(new ScaleByKernels.ScaleLaunch(r.Output().IntLength, r.Output(), r.Input(0), r.Input(1)));
}
