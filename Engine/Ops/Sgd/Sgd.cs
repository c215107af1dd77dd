namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// Stochastic gradient descent with momentum over all parameters at once: m = µm + g, p −= rate · m, or with Nesterov's look-ahead
/// p −= rate · (g + µm) (Sutskever et al. 2013, section 2, in the form of PyTorch).
/// Inputs: p, g, m of one shape, rates [5] = rate, unused. Updates p, m in place.
/// </summary>
public sealed partial class Sgd(float momentum = 0.9f, bool nesterov = false) : Op, IOptimizer
{
    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs)
    {
        for (int i = 1; i < 3; i++) Require(inputs[i] == inputs[0], $"parameters are {inputs[0]}, input {i} is {inputs[i]}; they must be alike");
        return [inputs[0], inputs[0]];
    }

    public override int InPlaceInput(int output) => output == 0 ? 0 : 2;

    public override void Record(Recorder r) =>
        r.Add(new SgdKernels.StepLaunch(r.Input(0).IntLength, r.Input(0), r.Input(1), r.Input(2), r.Input(3), momentum, nesterov ? 1 : 0));

    IReadOnlyList<string> IOptimizer.Moments => ["sgd.momentum"];

    void IOptimizer.Apply(Graph graph, Tensor parameters, Tensor gradients, IReadOnlyList<Tensor> moments, Tensor rates) =>
        graph.ApplyNode(this, "sgd", parameters, gradients, moments[0], rates);

    void IOptimizer.Rates(Span<float> rates, int step, double learningRate) => rates[0] = (float)learningRate;
}
