using System.Numerics;

namespace FcnFromScratch.Engine;

/// <summary>
/// Runs a graph by the ops' reference loops, on the host, in float or double: the oracle of the tests.
/// Slow on purpose; nothing is fused or planned.
/// </summary>
public sealed class ReferenceRunner<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Graph _graph;
    private readonly Dictionary<Tensor, ReferenceTensor<T>> _values = [];

    /// <summary>Parameters take their initial values.</summary>
    public ReferenceRunner(Graph graph, ulong seed = 0)
    {
        _graph = graph;
        foreach (var variable in graph.Variables)
        {
            var first = new float[variable.Shape.Count];
            (variable.Initializer ?? Initializer.Zeros).Initialize(first, variable.Name, seed);
            var value = this[variable];
            for (int i = 0; i < first.Length; i++) value.Values[i] = T.CreateChecked(first[i]);
        }
    }

    /// <summary>A tensor's value: set inputs before a run, read any tensor after it.</summary>
    public ReferenceTensor<T> this[Tensor tensor] =>
        _values.TryGetValue(tensor, out var value) ? value : _values[tensor] = new ReferenceTensor<T>(tensor.Spec);

    /// <summary>Runs all nodes, or the first few, in order. Updates in place write through to the variables.</summary>
    public void Run(int nodes = int.MaxValue)
    {
        foreach (var node in _graph.Nodes.Take(nodes))
        {
            var outputs = node.Outputs.Select(o => this[o]).ToArray();
            var inputs = node.Inputs.Select(i => this[i]).ToArray();
            node.Op.Reference<T>(inputs, outputs);
            for (int o = 0; o < outputs.Length; o++)
                if (node.Op.InPlaceInput(o) is >= 0 and var input)
                    inputs[input].CopyFrom(outputs[o]);
        }
    }
}
