namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// One step of Adam over all parameters at once (Kingma and Ba 2015, algorithm 1):
/// m = β₁m + (1 − β₁)g, v = β₂v + (1 − β₂)g², p −= rate · m̂ / (√v̂ + ε) with m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ).
/// Inputs: p, g, m, v of one shape, rates [5] = learning rate, 1 / (1 − β₁ᵗ), 1 / (1 − β₂ᵗ), unused, the learning rate of what is held back.
/// Updates p, m, v in place.
/// </summary>
/// <param name="held">So many of the first parameters are held back.</param>
/// <param name="share">Of the learning rate, at a step from 1: what they move by. m and v go on whatever it is, so that they are ready when it rises.</param>
public sealed partial class Adam(
    float beta1 = 0.9f, float beta2 = 0.999f, float epsilon = 1e-8f, int held = 0, Func<int, double>? share = null) : Op, IOptimizer
{
    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs)
    {
        for (int i = 1; i < 4; i++) Require(inputs[i] == inputs[0], $"parameters are {inputs[0]}, input {i} is {inputs[i]}; they must be alike");
        return [inputs[0], inputs[0], inputs[0]];
    }

    public override int InPlaceInput(int output) => output == 0 ? 0 : output + 1;

    protected override bool HasSimd(IReadOnlyList<TensorSpec> inputs) => true;

    public override void Record(Recorder r) =>
        r.Add(r.Simd is { } width
            ? new AdamCpu(width, r.Input(0), r.Input(1), r.Input(2), r.Input(3), r.Input(4), beta1, beta2, epsilon, held)
            : new AdamKernels.StepLaunch(r.Input(0).IntLength, r.Input(0), r.Input(1), r.Input(2), r.Input(3), r.Input(4), beta1, beta2, epsilon, held));

    IReadOnlyList<string> IOptimizer.Moments => ["adam.m", "adam.v"];

    void IOptimizer.Apply(Graph graph, Tensor parameters, Tensor gradients, IReadOnlyList<Tensor> moments, Tensor rates) =>
        graph.ApplyNode(this, "adam", parameters, gradients, moments[0], moments[1], rates);

    void IOptimizer.Rates(Span<float> rates, int step, double learningRate)
    {
        rates[0] = (float)learningRate;
        rates[1] = (float)(1 / (1 - Math.Pow(beta1, step)));
        rates[2] = (float)(1 / (1 - Math.Pow(beta2, step)));
        rates[4] = (float)(learningRate * (share?.Invoke(step) ?? 1));
    }
}
