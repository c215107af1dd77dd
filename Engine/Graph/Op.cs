using System.Numerics;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.Cpu;

namespace FcnFromScratch.Engine;

/// <summary>
/// What a node computes. An op knows its shape rule, its gradient in terms of other ops, its reference in plain loops,
/// and how to record its kernels on a device. It holds settings (strides, slopes) but no data.
/// </summary>
public abstract class Op
{
    /// <summary>As it is called in summaries and errors.</summary>
    public virtual string Name => GetType().Name;

    /// <summary>The shapes of the outputs, from those of the inputs.</summary>
    /// <exception cref="ShapeException">The inputs do not fit; says which, and what would.</exception>
    public abstract TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs);

    /// <summary>The input whose memory output <paramref name="output"/> must be (an update in place), or −1.</summary>
    public virtual int InPlaceInput(int output) => -1;

    /// <summary>
    /// Adds the nodes that carry the gradient back. <paramref name="dy"/> has one gradient for each output, null where the loss does
    /// not depend on it; the result has one for each input, null where there is none to give.
    /// </summary>
    public virtual Tensor?[] Gradient(Graph graph, Node node, IReadOnlyList<Tensor?> dy) =>
        throw new EngineException($"node '{node.Name}': {Name} has no gradient");

    /// <summary>The op in plain loops: the definition that kernels are held against, in float or double.</summary>
    public abstract void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y)
        where T : unmanaged, IFloatingPointIeee754<T>;

    /// <summary>The versions that can run on a device, the one to use first; tests run each. Mostly SIMD code, where there is any, and kernels.</summary>
    public virtual IReadOnlyList<string> Versions(Device device, IReadOnlyList<TensorSpec> inputs) =>
        device.Kind == DeviceKind.Cpu && HasSimd(inputs) ? [.. SimdWidth.Versions, "kernel"] : ["kernel"];

    /// <summary>Whether the op brings SIMD code for the cpu device.</summary>
    protected virtual bool HasSimd(IReadOnlyList<TensorSpec> inputs) => false;

    /// <summary>Records the launches that compute the outputs.</summary>
    public abstract void Record(Recorder r);

    /// <summary>Multiply-adds of one run, for summaries and benchmarks; 0 for ops that only move or compare.</summary>
    public virtual long MultiplyAdds(IReadOnlyList<TensorSpec> inputs) => 0;

    /// <summary>Throws unless a shape rule holds.</summary>
    protected void Require(bool holds, string message)
    {
        if (!holds) throw new ShapeException($"{Name}: {message}");
    }
}
