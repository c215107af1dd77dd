using System.Numerics;

namespace FcnFromScratch.Engine;

/// <summary>A tensor of the reference: a plain array. Integer tensors hold their values in <see cref="Ints"/>.</summary>
public sealed class ReferenceTensor<T>(TensorSpec spec) where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Shape and type.</summary>
    public TensorSpec Spec { get; } = spec;

    /// <summary>Sizes, outermost first.</summary>
    public Shape Shape => Spec.Shape;

    /// <summary>Of a tensor of floats, row by row.</summary>
    public T[] Values { get; } = spec.Type == ElementType.F32 ? new T[spec.Shape.Count] : [];

    /// <summary>Of a tensor of integers, row by row.</summary>
    public int[] Ints { get; } = spec.Type == ElementType.I32 ? new int[spec.Shape.Count] : [];

    /// <summary>A float by its place in the row-major order.</summary>
    public ref T this[long i] => ref Values[i];

    /// <summary>An element of a picture [n, h, w, c].</summary>
    public ref T this[int n, int h, int w, int c] =>
        ref Values[((n * (long)Shape[1] + h) * Shape[2] + w) * Shape[3] + c];

    /// <summary>Where in a picture element <paramref name="i"/> is.</summary>
    public (int N, int H, int W, int C) Place(long i)
    {
        long pixel = i / Shape.Channels, row = pixel / Shape.Width;
        return ((int)(row / Shape.Height), (int)(row % Shape.Height), (int)(pixel % Shape.Width), (int)(i % Shape.Channels));
    }

    /// <summary>Takes the elements of a tensor of the same shape.</summary>
    public void CopyFrom(ReferenceTensor<T> other)
    {
        other.Values.CopyTo(Values, 0);
        other.Ints.CopyTo(Ints, 0);
    }
}
