namespace FcnFromScratch.Engine;

/// <summary>One application of an op.</summary>
public sealed class Node
{
    internal Node(Op op, string name, Tensor[] inputs, Tensor[] outputs)
    {
        Op = op;
        Name = name;
        Inputs = inputs;
        Outputs = outputs;
        foreach (var output in outputs) output.Producer = this;
    }

    public Op Op { get; }
    public string Name { get; }
    public IReadOnlyList<Tensor> Inputs { get; }
    public IReadOnlyList<Tensor> Outputs { get; }
    public Tensor Output => Outputs[0];

    public override string ToString() => $"{Name}: {Op.Name}({string.Join(", ", Inputs)}) -> {string.Join(", ", Outputs)}";
}
