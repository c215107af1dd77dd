using FcnFromScratch.Engine;

namespace FcnFromScratch.Export;

/// <summary>A row of <see cref="OnnxTable"/>: how one of our ops is written as ONNX nodes, and which ONNX ops are read, and how.</summary>
internal abstract class OnnxRow
{
    /// <summary>The op of ours that it writes; null for one that only reads.</summary>
    public virtual Type? Op => null;

    /// <summary>The ONNX ops that it reads.</summary>
    public virtual IReadOnlyList<string> Reads => [];

    public virtual void Write(Node node, OnnxWriter w) => throw new NotSupportedException($"{GetType().Name} only reads");

    /// <returns>The node's first output.</returns>
    /// <exception cref="Data.DataException">It asks for what we do not have.</exception>
    public virtual Operand Read(OnnxNode node) => throw new NotSupportedException($"{GetType().Name} only writes");
}
