namespace FcnFromScratch.Engine.Kernels.Runtime;

/// <summary>
/// A kernel parameter that is baked in as a constant when the device compiles the kernel, so that loops unroll and branches vanish.
/// Each distinct value is compiled once and cached.
/// </summary>
public readonly struct SpecializedValue<T>(T value) where T : unmanaged, IEquatable<T>
{
    /// <summary>What is baked in.</summary>
    public T Value { get; } = value;
    public static implicit operator T(SpecializedValue<T> specialized) => specialized.Value;
}

/// <summary>Makes <see cref="SpecializedValue{T}"/>s.</summary>
public static class SpecializedValue
{
    /// <summary>A constant for the compiler.</summary>
    public static SpecializedValue<T> New<T>(T value) where T : unmanaged, IEquatable<T> => new(value);
}
