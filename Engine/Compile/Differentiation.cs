using FcnFromScratch.Engine.Ops;

namespace FcnFromScratch.Engine;

/// <summary>The backward pass, which is more nodes of the same graph.</summary>
public static class Differentiation
{
    /// <summary>
    /// Adds the nodes that compute the gradients of <paramref name="targets"/>, given those of some tensors (a loss: a tensor that holds 1).
    /// Reverse-mode differentiation: nodes are visited last first, and gradients that meet are added.
    /// </summary>
    /// <returns>One gradient for each target, null where nothing depends on it.</returns>
    public static IReadOnlyList<Tensor?> Gradients(this Graph graph, IReadOnlyDictionary<Tensor, Tensor> seeds, IReadOnlyList<Tensor> targets)
    {
        var gradients = new Dictionary<Tensor, Tensor>(seeds);
        var wanted = DependsOn(graph, targets);
        for (int i = graph.Nodes.Count - 1; i >= 0; i--)
        {
            var node = graph.Nodes[i];
            if (!node.Outputs.Any(o => gradients.ContainsKey(o) && wanted.Contains(o))) continue;
            var dx = node.Op.Gradient(graph, node, [.. node.Outputs.Select(o => gradients.GetValueOrDefault(o))]);
            for (int j = 0; j < node.Inputs.Count; j++)
            {
                if (dx[j] is not { } gradient || !wanted.Contains(node.Inputs[j])) continue;
                var input = node.Inputs[j];
                gradients[input] = gradients.TryGetValue(input, out var other)
                    ? graph.Apply(new SkipAdd(), $"{input.Name}.grad.sum", other, gradient)
                    : gradient;
            }
        }
        return [.. targets.Select(t => gradients.GetValueOrDefault(t))];
    }

    /// <summary>The targets and every tensor that is computed from one of them.</summary>
    private static HashSet<Tensor> DependsOn(Graph graph, IEnumerable<Tensor> targets)
    {
        var found = new HashSet<Tensor>(targets);
        foreach (var node in graph.Nodes)
            if (node.Inputs.Any(found.Contains))
                found.UnionWith(node.Outputs);
        return found;
    }
}
