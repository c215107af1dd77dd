using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine;

/// <summary>The memory of a tensor: a range of a buffer. Without a buffer it stands for memory not planned yet.</summary>
public readonly record struct Storage(MemoryBuffer? Buffer, long OffsetInBytes, TensorSpec Spec)
{
    /// <summary>The memory as elements.</summary>
    public ArrayView<T> View<T>() where T : unmanaged => new(Buffer, OffsetInBytes, Spec.Shape.Count);
}
