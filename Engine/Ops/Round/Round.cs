namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// y = ⌊scale · x + shift + ½⌋, the nearest integer: takes a normalised picture back to its pixels. Values within a rounding error of a half
/// may fall either way, and on another device the other; of integers that were scaled once none is near a half. It has no gradient.
/// </summary>
public sealed partial class Round(float scale, float shift) : Op
{
    public float Scale { get; } = scale;
    public float Shift { get; } = shift;

    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs) => [inputs[0]];

    public override void Record(Recorder r) => r.Add(new RoundKernels.NearestLaunch(r.Output().IntLength, r.Output(), r.Input(0), Scale, Shift + 0.5f));
}
