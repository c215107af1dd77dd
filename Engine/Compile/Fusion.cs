namespace FcnFromScratch.Engine;

/// <summary>
/// Joins a node and the pointwise function that alone reads it into one node where its op can (see <see cref="IAbsorbs"/>), so that the function
/// costs no trip through memory. Runs before differentiation: the gradient of the joint node needs its output only.
/// (Softmax with its loss and gradient, and Adam over all parameters, are one op each from the start.)
/// </summary>
public static class Fusion
{
    /// <summary>Rewrites the graph in place.</summary>
    public static void Apply(Graph graph, IReadOnlyCollection<Tensor> keep)
    {
        foreach (var reader in graph.Nodes.ToArray())
        {
            if (reader.Inputs is not [{ Producer: { Outputs: [var output], Op: IAbsorbs op } producer }] || op.With(reader.Op) is not { } joint) continue;
            if (keep.Contains(output) || graph.Nodes.Count(n => n.Inputs.Contains(output)) != 1) continue;
            graph.Fuse(producer, reader, joint);
        }
    }
}
