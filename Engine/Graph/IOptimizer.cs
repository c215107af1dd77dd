namespace FcnFromScratch.Engine;

/// <summary>Makes the nodes that update all parameters at once; see <see cref="CompiledGraph"/>.</summary>
public interface IOptimizer
{
    /// <summary>Numbers that an update may need to know.</summary>
    public const int RateCount = 5;

    /// <summary>Vectors as long as all parameters that the optimizer keeps between steps, such as Adam's moments.</summary>
    IReadOnlyList<string> Moments { get; }

    /// <summary>Adds the update. <paramref name="rates"/> [<see cref="RateCount"/>] is filled before each step by <see cref="Rates"/>.</summary>
    void Apply(Graph graph, Tensor parameters, Tensor gradients, IReadOnlyList<Tensor> moments, Tensor rates);

    /// <summary>What the update needs to know about step <paramref name="step"/> (from 1) at a learning rate.</summary>
    void Rates(Span<float> rates, int step, double learningRate);
}
