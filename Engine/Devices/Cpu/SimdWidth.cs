using System.Runtime.Intrinsics;

namespace FcnFromScratch.Engine.Devices.Cpu;

/// <summary>Which registers SIMD code computes with. Each width of the machine is a version of an op, the widest first: that one networks run on.</summary>
internal readonly record struct SimdWidth(int Bits)
{
    /// <summary>The widths that this machine runs natively, widest first.</summary>
    public static IReadOnlyList<SimdWidth> Available { get; } =
    [
        .. Vector512.IsHardwareAccelerated ? [new SimdWidth(512)] : Array.Empty<SimdWidth>(),
        .. Vector256.IsHardwareAccelerated ? [new SimdWidth(256)] : Array.Empty<SimdWidth>(),
        new SimdWidth(128),
    ];

    /// <summary>As versions: <c>simd</c>, then those that are narrower, such as <c>simd256</c>.</summary>
    public static IReadOnlyList<string> Versions { get; } = ["simd", .. Available.Skip(1).Select(width => $"simd{width.Bits}")];

    /// <summary>The width of a version, or null if that is no SIMD code.</summary>
    public static SimdWidth? Of(string version) =>
        !version.StartsWith("simd", StringComparison.Ordinal) ? null : version == "simd" ? Available[0] : new SimdWidth(int.Parse(version.AsSpan(4)));

    /// <summary>Of the instances of a generic method the one for this width.</summary>
    public Action<int> Choose(Action<int> bits512, Action<int> bits256, Action<int> bits128) => Bits switch
    {
        512 => bits512,
        256 => bits256,
        _ => bits128,
    };
}
