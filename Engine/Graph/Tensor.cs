namespace FcnFromScratch.Engine;

/// <summary>Who holds a tensor's memory.</summary>
public enum TensorRole
{
    /// <summary>Lives from the node that makes it to the last that reads it; shares memory with others.</summary>
    Intermediate,
    /// <summary>Written by the host before a step.</summary>
    Input,
    /// <summary>Trained by the optimizer; lives in the <see cref="VariableStore"/>.</summary>
    Parameter,
    /// <summary>Kept between steps but not trained: moving averages. Lives in the <see cref="VariableStore"/>.</summary>
    State,
    /// <summary>Bound to memory by the compiler: flat views over all parameters, optimizer moments.</summary>
    Bound,
}

/// <summary>Whole numbers, both ends inside.</summary>
public readonly record struct WholeNumbers(int Min, int Max)
{
    /// <summary>Pixels less 128, say.</summary>
    public static readonly WholeNumbers SignedBytes = new(sbyte.MinValue, sbyte.MaxValue);

    /// <summary>Whether there is one of them in a float; no NaN is.</summary>
    public bool Has(float value) => value >= Min && value <= Max && float.IsInteger(value);

    public override string ToString() => $"whole numbers from {Min} to {Max}";
}

/// <summary>A value in the graph: a name, a shape, who makes it. Holds no memory.</summary>
public sealed class Tensor(string name, TensorSpec spec, TensorRole role = TensorRole.Intermediate)
{
    /// <summary>Unique in its graph.</summary>
    public string Name { get; } = name;

    /// <summary>Shape and type.</summary>
    public TensorSpec Spec { get; } = spec;

    /// <summary>Sizes, outermost first.</summary>
    public Shape Shape => Spec.Shape;

    /// <summary>Who fills it and how long it lives.</summary>
    public TensorRole Role { get; } = role;

    /// <summary>The node whose output this is; null for inputs and variables.</summary>
    public Node? Producer { get; internal set; }

    /// <summary>First values of a parameter or state.</summary>
    public Initializer? Initializer { get; init; }

    /// <summary>What the elements of a variable may be; null for any number. Files keep what a byte can hold in bytes, and others are refused.</summary>
    public WholeNumbers? Whole { get; init; }

    /// <summary>
    /// Whether it is a scalar [1] that always holds 1: the gradient of the loss by itself, where the backward pass begins. A loss has no need to
    /// scale its gradient by it.
    /// </summary>
    public bool IsOne { get; init; }

    public override string ToString() => $"{Name} {Spec}";
}
