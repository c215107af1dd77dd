using System.Collections.Immutable;

namespace FcnFromScratch.Engine;

/// <summary>What the elements of a tensor are.</summary>
public enum ElementType
{
    /// <summary>32-bit floats.</summary>
    F32,

    /// <summary>32-bit integers: labels, places, counts.</summary>
    I32,
}

/// <summary>The sizes of a tensor, outermost first. Pictures are NHWC: [batch, height, width, channels].</summary>
public sealed class Shape : IEquatable<Shape>
{
    private readonly ImmutableArray<int> _sizes;

    /// <summary>Sizes, outermost first; of pictures batch, height, width, channels.</summary>
    public Shape(params ReadOnlySpan<int> sizes)
    {
        long count = 1;
        foreach (int size in sizes)
        {
            if (size < 0) throw new ShapeException($"a shape has the negative size {size}: [{string.Join(",", sizes.ToArray())}]");
            count = checked(count * size);
        }
        _sizes = [.. sizes];
        Count = count;
    }

    /// <summary>How many sizes there are.</summary>
    public int Rank => _sizes.Length;

    /// <summary>Elements in all.</summary>
    public long Count { get; }

    /// <summary>A size.</summary>
    public int this[Index axis] => _sizes[axis];

    /// <summary>Outermost first.</summary>
    public ReadOnlySpan<int> Sizes => _sizes.AsSpan();

    // The axes of a picture.
    /// <summary>The first size of NHWC.</summary>
    public int Batch => _sizes[0];

    /// <summary>The second size of NHWC.</summary>
    public int Height => _sizes[1];

    /// <summary>The third size of NHWC.</summary>
    public int Width => _sizes[2];

    /// <summary>The last size of NHWC.</summary>
    public int Channels => _sizes[^1];

    /// <summary>All elements but the channels: the rows of the picture seen as a matrix [rows, channels].</summary>
    public int Rows => checked((int)(Count / Math.Max(1, Channels)));

    /// <summary>Whether all sizes are the same.</summary>
    public bool Equals(Shape? other) => other is not null && _sizes.AsSpan().SequenceEqual(other._sizes.AsSpan());
    public override bool Equals(object? obj) => Equals(obj as Shape);
    public override int GetHashCode() => _sizes.Aggregate(17, HashCode.Combine);
    public override string ToString() => $"[{string.Join(",", _sizes)}]";
}

/// <summary>Shape and element type: all that shape rules look at.</summary>
public readonly record struct TensorSpec(Shape Shape, ElementType Type = ElementType.F32)
{
    /// <summary>What the elements take in memory.</summary>
    public long Bytes => Shape.Count * 4;

    public static implicit operator TensorSpec(Shape shape) => new(shape);
    public override string ToString() => Type == ElementType.F32 ? $"{Shape}" : $"{Shape} of {Type}";
}

/// <summary>Shapes that do not fit together; the message names the node, the tensors and what would fit.</summary>
public sealed class ShapeException(string message) : EngineException(message);
