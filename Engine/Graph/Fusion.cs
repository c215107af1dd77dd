using FcnFromScratch.Engine.Ops;

namespace FcnFromScratch.Engine;

/// <summary>
/// Joins a convolution and the pointwise function that alone reads it into one node, so that the activation costs no trip through memory.
/// Runs before differentiation: the gradient of the joint node needs its output only.
/// (Softmax with its loss and gradient, and Adam over all parameters, are one op each from the start.)
/// </summary>
public static class Fusion
{
    public static void Apply(Graph graph, IReadOnlyCollection<Tensor> keep)
    {
        foreach (var reader in graph.Nodes.ToArray())
        {
            if (reader.Op is not Activation activation || reader.Inputs[0].Producer is not { } producer) continue;
            if (producer.Op is not IFusesActivation fusable || fusable.Activation != ActivationKind.None) continue;
            if (keep.Contains(producer.Output) || graph.Nodes.Count(n => n.Inputs.Contains(producer.Output)) != 1) continue;
            graph.Fuse(producer, reader, fusable.With(activation.Kind, activation.Slope));
        }
    }
}

/// <summary>An op that can apply a pointwise function to its first output before storing it.</summary>
public interface IFusesActivation
{
    ActivationKind Activation { get; }
    Op With(ActivationKind activation, float slope);
}
