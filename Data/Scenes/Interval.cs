using System.Numerics;

namespace FcnFromScratch.Data;

/// <summary>From one number to another, both ends inside; in words "1..10", or "3" where both are one.</summary>
public readonly record struct Interval<T>(T Low, T High) where T : struct, INumber<T>
{
    public Interval(T only) : this(only, only) { }

    public override string ToString() => Low == High ? FormattableString.Invariant($"{Low}") : FormattableString.Invariant($"{Low}..{High}");
}
