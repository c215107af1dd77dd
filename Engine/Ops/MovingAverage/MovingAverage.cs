namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// One step of a moving average of all parameters at once: a += share · (p − a). Inputs: a, p of one shape, rates [5], of which the fourth is the share,
/// 0 … 1. Updates a in place.
/// </summary>
public sealed partial class MovingAverage : Op
{
    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs)
    {
        Require(inputs[1] == inputs[0], $"the average is {inputs[0]}, the parameters are {inputs[1]}; they must be alike");
        return [inputs[0]];
    }

    public override int InPlaceInput(int output) => 0;

    protected override bool HasSimd(IReadOnlyList<TensorSpec> inputs) => true;

    public override void Record(Recorder r) =>
        r.Add(r.Simd is { } width
            ? new MovingAverageCpu(width, r.Input(0), r.Input(1), r.Input(2))
            : new MovingAverageKernels.StepLaunch(r.Input(0).IntLength, r.Input(0), r.Input(1), r.Input(2)));
}

/// <summary>
/// An optimizer that also keeps an average of the parameters of all steps, the later the heavier, which generalises better than those of the last step
/// (Polyak and Juditsky 1992): after each update average += (1 − dₜ)(p − average), dₜ = min(decay, (t − 1) / (t + 8)). The second, TensorFlow's warm-up,
/// keeps the average to about the last tenth of the steps while these are few; with d₁ = 0 what it began with never counts.
/// In floats it follows to within 2⁻²⁴ / (1 − decay) of a parameter, 6e-5 of it at 0.999: a smaller difference is rounded away.
/// </summary>
/// <param name="optimizer">Does not use the fourth of the rates.</param>
public sealed class Averaged(IOptimizer optimizer, double decay) : IOptimizer
{
    /// <summary>The moment that is the average.</summary>
    public const string Moment = "average";

    public IReadOnlyList<string> Moments { get; } = [.. optimizer.Moments, Moment];

    public void Apply(Graph graph, Tensor parameters, Tensor gradients, IReadOnlyList<Tensor> moments, Tensor rates)
    {
        optimizer.Apply(graph, parameters, gradients, moments, rates);
        graph.Apply(new MovingAverage(), Moment, moments[^1], parameters, rates);
    }

    public void Rates(Span<float> rates, int step, double learningRate)
    {
        optimizer.Rates(rates, step, learningRate);
        rates[3] = (float)(1 - Math.Min(decay, (step - 1) / (step + 8.0)));
    }
}
