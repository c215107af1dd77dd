namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// ring[step mod length] = value: keeps the losses of the last steps on the device, so that the host need not wait for each.
/// Inputs: value [1], step (I32 [1]), ring [length]. Updates the ring in place.
/// </summary>
public sealed partial class RingWrite : Op
{
    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs)
    {
        Require(inputs[0].Shape.Count == 1, $"the value is {inputs[0]}; it must be [1]");
        return [inputs[2]];
    }

    public override int InPlaceInput(int output) => 2;

    public override void Record(Recorder r) => r.Add(new RingWriteKernels.StoreLaunch(1, r.Input(2), r.Input(0), r.IntInput(1), r.Input(2).IntLength));
}
