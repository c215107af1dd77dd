using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;

namespace FcnFromScratch.Export;

/// <summary>A network of ours as a file gives it, for one size of its inputs.</summary>
/// <param name="Inputs">With the dimensions that they have in the file.</param>
/// <param name="Outputs">By name, with the dimensions that they have in the file.</param>
/// <param name="Values">Of each variable by its name.</param>
public sealed record ImportedNetwork(
    Graph Graph, IReadOnlyList<(Tensor Tensor, int[] Dims)> Inputs, IReadOnlyList<(string Name, Tensor Tensor, int[] Dims)> Outputs,
    IReadOnlyDictionary<string, float[]> Values)
{
    /// <summary>Runs it once.</summary>
    /// <param name="inputs">Elements in the order of the file.</param>
    /// <returns>Those of each output, in the order of the file.</returns>
    /// <exception cref="EngineException">It is too large for the memory.</exception>
    public float[][] Run(Device device, params IReadOnlyList<float[]> inputs)
    {
        try
        {
            return RunOnce(device, inputs);
        }
        catch (Exception e) when (e is OutOfMemoryException or OverflowException)
        {
            throw new EngineException("the network's tensors do not fit in memory; give it fewer or smaller pictures", e);
        }
    }

    private float[][] RunOnce(Device device, IReadOnlyList<float[]> inputs)
    {
        using var variables = new VariableStore(device, Graph, seed: null);
        foreach (var (name, values) in Values) variables[name] = values;
        using var compiled = new CompiledGraph(Graph, variables, [.. Outputs.Select(output => output.Tensor)]);
        foreach (var (input, values) in Inputs.Zip(inputs)) compiled.Upload<float>(input.Tensor, Layout.ChannelsLast(values, input.Tensor.Shape));
        compiled.Run();
        return [.. Outputs.Select(output => Layout.ChannelsFirst(compiled.Download<float>(output.Tensor), output.Tensor.Shape))];
    }
}
