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

    /// <summary>What it does.</summary>
    public Op Op { get; }

    /// <summary>Unique in its graph; variables of its layer begin with it.</summary>
    public string Name { get; }

    /// <summary>What it reads.</summary>
    public IReadOnlyList<Tensor> Inputs { get; }

    /// <summary>What it makes.</summary>
    public IReadOnlyList<Tensor> Outputs { get; }

    /// <summary>The first of what it makes.</summary>
    public Tensor Output => Outputs[0];

    public override string ToString() => $"{Name}: {Op.Name}({string.Join(", ", Inputs)}) -> {string.Join(", ", Outputs)}";
}
