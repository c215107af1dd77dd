namespace FcnFromScratch.Engine;

/// <summary>An op of one output that can apply a pointwise op to it before storing it.</summary>
public interface IAbsorbs
{
    /// <summary>The op that does both, its inputs those of this one; null where it cannot.</summary>
    /// <param name="reader">What alone reads the output; it has no other input.</param>
    Op? With(Op reader);
}
