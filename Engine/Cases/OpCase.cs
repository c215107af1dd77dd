using FcnFromScratch.Engine.Devices;

namespace FcnFromScratch.Engine;

/// <summary>How a case fills an input.</summary>
public abstract record Fill
{
    /// <summary>Uniform in [low, high).</summary>
    public sealed record Uniform(float Low = -1, float High = 1) : Fill;

    /// <summary>Distinct values in random order, at least <paramref name="Gap"/> apart: no ties for max-pooling, no kink within a difference step.</summary>
    public sealed record Distinct(float Gap = 0.01f) : Fill;

    /// <summary>Integers in [low, high), as labels, indices or pixels; in a float tensor as floats.</summary>
    public sealed record Integers(int Low, int High) : Fill;

    /// <summary>For each element [n, oy, ox, c] a random place iy·W + ix inside its pooling window.</summary>
    public sealed record PoolIndices(int InWidth, int Kernel, int Stride) : Fill;

    /// <summary>Boxes [..., 4] as xmin, ymin, xmax, ymax in a square [0, extent], with sides in [least, most).</summary>
    public sealed record Boxes(float Extent, float Least, float Most, bool Square = false) : Fill;

    /// <summary>These values, as many as there are elements.</summary>
    public sealed record Given(params float[] Values) : Fill;

    /// <summary>The same value everywhere.</summary>
    public sealed record Same(float Value) : Fill;

    /// <summary>What a case takes unless it says otherwise.</summary>
    public static Fill Default { get; } = new Uniform();
}

/// <summary>
/// One case of an op: data that four verbs read. <c>test</c> runs it on every device against the double reference, <c>check</c> holds the
/// gradient against central differences, <c>bench</c> times it, <c>support</c> says which device runs what.
/// </summary>
/// <param name="Name">Unique among all cases, such as <c>conv2d 3x3 same bias relu</c>.</param>
/// <param name="ReductionLength">Terms in the longest sum of one result; the tolerance grows with its square root.</param>
public sealed record OpCase(string Name, Op Op, IReadOnlyList<TensorSpec> Inputs, IReadOnlyList<Fill> Fills, int ReductionLength)
{
    /// <summary>Whether <c>check</c> differentiates it: the op has a gradient, and its inputs keep away from kinks.</summary>
    public bool HasGradient { get; init; } = true;

    /// <summary>Float inputs that the op passes no gradient to: targets, class weights, moving averages. Every other must get one.</summary>
    public IReadOnlyList<int> Constants { get; init; } = [];

    /// <summary>Large shapes that only <c>bench</c> runs.</summary>
    public bool IsBenchmark { get; init; }

    /// <summary>How many times the rounding errors of plain sums are allowed: more than 1 where a version goes another way, as Winograd's does.</summary>
    public double Slack { get; init; } = 1;

    /// <summary>The emulator takes a second or two for a million multiply-adds: what is larger is left to the other devices.</summary>
    public bool RunsOn(Device device) => device.Kind != DeviceKind.Emulator || Op.MultiplyAdds(Inputs) <= 1_000_000;

    /// <summary>
    /// |a − r| ≤ Absolute + Relative · |r| for each element. Inputs are of size 1, so a sum of K products has rounding errors of the order
    /// 2⁻²⁴ · √K if they are random; eight of these deviations are allowed, and a few ulps for exp and log. Benchmarks have long sums: there the
    /// roundings of partial sums, which grow with the sum itself, show, so that the deviations are counted in units of the output's own size.
    /// </summary>
    /// <param name="size">Root mean square of the output.</param>
    public double AbsoluteTolerance(double size) =>
        8 * Math.Pow(2, -24) * Math.Sqrt(ReductionLength) * (IsBenchmark ? size : Slack) + 1e-6;

    /// <summary>How far from the reference an element may be, relative to the largest sum that leads to it: it grows with the length of the sums.</summary>
    public double RelativeTolerance => 2e-6 + 4 * Math.Pow(2, -24) * Math.Sqrt(ReductionLength);

    /// <summary>Bytes that must move at least: each input and output once.</summary>
    public long Bytes => Inputs.Sum(i => i.Bytes) + Op.Infer(Inputs).Sum(o => o.Bytes);

    public override string ToString() => Name;

    /// <summary>A case whose inputs say how each is filled.</summary>
    public static OpCase Of(string name, Op op, int reduction, params (TensorSpec Spec, Fill Fill)[] inputs) =>
        new(name, op, [.. inputs.Select(i => i.Spec)], [.. inputs.Select(i => i.Fill)], reduction);
}

/// <summary>Inputs that an op must refuse, and a part of the message it must give.</summary>
public sealed record BadCase(string Name, Op Op, IReadOnlyList<TensorSpec> Inputs, string Message)
{
    public override string ToString() => Name;
}
