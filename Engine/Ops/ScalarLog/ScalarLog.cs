namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// log[step mod length] = value: keeps the losses of the last steps on the device, so that the host need not wait for each.
/// Inputs: value [1], step (I32 [1]), log [length]. Updates log in place.
/// </summary>
public sealed class ScalarLog : Op
{
    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs)
    {
        Require(inputs[0].Shape.Count == 1, $"the value is {inputs[0]}; it must be [1]");
        return [inputs[2]];
    }

    public override int InPlaceInput(int output) => 2;

    public override void Record(Recorder r) => r.Add(new ScalarLogKernels.StoreLaunch(1, r.Input(2), r.Input(0), r.IntInput(1), r.Input(2).IntLength));

    public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
    {
        x[2].Values.CopyTo(y[0].Values, 0);
        y[0][x[1].Ints[0] % x[2].Values.Length] = x[0][0];
    }
}
