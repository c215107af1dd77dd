using System.Globalization;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;

namespace FcnFromScratch.Export;

/// <summary>Lines of a Python class for a network, op by op by <see cref="TorchTable"/>, and its tensors by the names that PyTorch gives them.</summary>
internal sealed class TorchWriter
{
    private readonly Dictionary<Tensor, string> _names = [];
    private readonly HashSet<Tensor> _flat = [];
    private readonly HashSet<string> _containers = [];

    public TorchWriter(TrainedNetwork network)
    {
        Network = network;
        _names[network.Image] = "image";
        foreach (var node in network.Graph.Nodes) TorchTable.Write(node, this);
        Forward.Add($"return {Name(network.Output)}");
    }

    public TrainedNetwork Network { get; }

    /// <summary>Lines of the constructor.</summary>
    public List<string> Constructor { get; } = [];

    /// <summary>Lines of <c>forward</c>.</summary>
    public List<string> Forward { get; } = [];

    public List<SafetensorsTensor> Tensors { get; } = [];

    public string Name(Tensor tensor) => _names[tensor];

    /// <summary>A tensor as [N, C·H·W].</summary>
    public string Flat(Tensor tensor) => _flat.Contains(tensor) ? Name(tensor) : $"torch.flatten({Name(tensor)}, 1)";

    /// <summary>A node's output.</summary>
    /// <param name="isFlat">Whether it is [N, C]; null where it is as the input is.</param>
    public void Give(Node node, string value, bool? isFlat = null)
    {
        if (isFlat ?? _flat.Contains(node.Inputs[0])) _flat.Add(node.Output);
        Forward.Add($"{_names[node.Output] = $"h{_names.Count}"} = {value}");
    }

    /// <summary>A layer of torch.nn and its tensors, which bear the names of its variables.</summary>
    /// <param name="make">What makes it.</param>
    /// <param name="isMatrix">Whether its weights are [out, in].</param>
    /// <returns>How it is called; null where the variables are not named as those of a layer.</returns>
    public string? Layer(Node node, string make, bool isMatrix = false)
    {
        if (!node.Inputs[1].Name.EndsWith(".weight", StringComparison.Ordinal)) return null;
        foreach (var variable in node.Inputs.Skip(1)) Add(variable, isMatrix);
        string[] path = node.Inputs[1].Name.Split('.')[..^1];
        for (int depth = 1; depth < path.Length; depth++)
            if (string.Join('.', path[..depth]) is var container && _containers.Add(container)) Constructor.Add($"self.{container} = nn.Module()");
        string layer = $"self.{string.Join('.', path)}";
        Constructor.Add($"{layer} = {make}");
        return layer;
    }

    /// <summary>A tensor that is no layer's.</summary>
    public string Buffer(Tensor variable, bool isMatrix = false)
    {
        var tensor = Add(variable, isMatrix);
        string type = tensor.Type == TensorType.I8 ? ", dtype=torch.int8" : "";
        Constructor.Add($"self.register_buffer(\"{variable.Name}\", torch.zeros({string.Join(", ", tensor.Shape)}{type}))");
        return $"self.{variable.Name}";
    }

    public static string Text(float number) => number.ToString("R", CultureInfo.InvariantCulture);

    private SafetensorsTensor Add(Tensor variable, bool isMatrix)
    {
        float[] values = Network.Values[variable.Name];
        var s = variable.Shape;
        var tensor = variable.Whole == WholeNumbers.SignedBytes
            ? SafetensorsTensor.From<sbyte>(variable.Name, Array.ConvertAll(values, v => checked((sbyte)v)), [.. s.Sizes.ToArray()])
            : s.Rank < 4 ? SafetensorsTensor.From<float>(variable.Name, values, [.. s.Sizes.ToArray()])
            : SafetensorsTensor.From<float>(variable.Name, Layout.Outward(values, s), isMatrix ? [s[3], s[2] * s[0] * s[1]] : [s[3], s[2], s[0], s[1]]);
        Tensors.Add(tensor);
        return tensor;
    }
}
