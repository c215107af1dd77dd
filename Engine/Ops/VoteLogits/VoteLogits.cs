namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// The logits of votes: y = ln((x + 1/C) / (k + 1)) for x votes of k neighbours and C classes, those along the last axis. Softmax gives back the shares with
/// one more vote spread over all classes (additive smoothing, Laplace), none of them 0. It has no gradient.
/// </summary>
/// <param name="neighbours">All votes, k.</param>
public sealed partial class VoteLogits(int neighbours) : Op
{
    public int Neighbours { get; } = neighbours;

    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs)
    {
        Require(Neighbours >= 1, $"{Neighbours} neighbours vote; there must be 1 or more");
        return [inputs[0]];
    }

    public override void Record(Recorder r) =>
        r.Add(new VoteLogitsKernels.SmoothedLaunch(r.Output().IntLength, r.Output(), r.Input(0), 1f / r.InputShape(0).Channels, 1f / (Neighbours + 1)));
}
