namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// Logits of classes from what machines say that tell two classes apart each: logit[n, c] = −Σ ln(1 + e^(−s · f)) over the machines that know class c, where
/// f is what the machine says for c and against the other. So e^logit is the product of the probabilities that c has in each comparison by the logistic
/// function; softmax of the logits weighs narrow decisions less than clear ones, which counting votes does not.
/// <para>
/// Input: x [N, ..., P] with P = C (C − 1) / 2 machines in the order (0, 1), (0, 2) … (C − 2, C − 1); positive values speak for the first of the two.
/// Output: [N, ..., C]. It has no gradient.
/// </para>
/// </summary>
/// <param name="slope">s: how sure a machine is that says 1.</param>
public sealed partial class PairwiseLogits(int classes, float slope) : Op
{
    public int Classes { get; } = classes;
    public float Slope { get; } = slope;

    /// <summary>Machines for that many classes.</summary>
    public static int Pairs(int classes) => classes * (classes - 1) / 2;

    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs)
    {
        var x = inputs[0].Shape;
        Require(Classes >= 2, $"there are {Classes} classes; there must be 2 or more");
        Require(x.Channels == Pairs(Classes), $"x is {x}; {Classes} classes make {Pairs(Classes)} pairs");
        return [new Shape([.. x.Sizes[..^1], Classes])];
    }

    public override void Record(Recorder r) => r.Add(
        new PairwiseLogitsKernels.ForwardLaunch(r.Output().IntLength, r.Output(), r.Input(0), Classes, r.InputShape(0).Channels, Slope));
}
