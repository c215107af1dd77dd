namespace FcnFromScratch.Engine.Ops;

/// <summary>The pointwise functions that an op can apply to its output before it is stored.</summary>
public enum ActivationKind
{
    None = 0,
    /// <summary>max(x, 0).</summary>
    Relu = 1,
    /// <summary>x where positive, else slope · x.</summary>
    LeakyRelu = 2,
    /// <summary>1 / (1 + e^−x).</summary>
    Sigmoid = 3,
}
