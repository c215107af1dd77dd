namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// y = ln(scale · x + shift): makes logits of votes or shares. With x votes of k for C classes, scale 1 / (k + 1) and shift 1 / (C · (k + 1)), softmax gives
/// back the shares with one more vote spread over all classes (additive smoothing, Laplace), none of them 0. It has no gradient.
/// </summary>
public sealed partial class Log(float scale, float shift) : Op
{
    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs) => [inputs[0]];

    public override void Record(Recorder r) => r.Add(new LogKernels.NaturalLaunch(r.Output().IntLength, r.Output(), r.Input(0), scale, shift));
}
