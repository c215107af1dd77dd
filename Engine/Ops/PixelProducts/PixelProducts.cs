using System.Runtime.Intrinsics.X86;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// Products and squared norms of rows of pixels, which the ops on distances have in common: |a − b|² = |a|² + |b|² − 2 a·b, with the products of all pairs
/// as one matrix product. Values must be integers in −128 … 127 and rows at most <see cref="MaxDepth"/> long: then any partial sum of a product or a norm is
/// at most 2²⁴ and exact in float, in any order and fused or not, and all devices and versions give the same bits.
/// </summary>
internal static class PixelProducts
{
    /// <summary>The longest row whose products are exact: 1024 · 128² = 2²⁴.</summary>
    public const int MaxDepth = 1024;

    /// <summary>The norm of a row where a value is none of those that can be computed with.</summary>
    public const int Unusable = -1;

    /// <summary>Version <c>bytes</c> is the cpu's where it multiplies bytes; kernels differ in the matrix product and go by its name.</summary>
    public static IReadOnlyList<string> Versions(Device device) =>
        device.Kind == DeviceKind.Cpu && AvxVnni.IsSupported ? ["bytes", .. Conv2dKernels.Versions(device)] : Conv2dKernels.Versions(device);

    /// <summary>Whether a version is the cpu's own, not one of kernels.</summary>
    public static bool IsCpu(Recorder r) => r.Simd is not null || r.Version == "bytes";

    /// <summary>
    /// The product of rows and columns as a convolution's way back to its input: "pictures" of one pixel and depth channels, the rows,
    /// times the turned "weights" [1, 1, columns, depth].
    /// </summary>
    private static ConvGeometry Product(int rows, int columns, int depth) => new(rows, 1, 1, columns, 1, 1, depth, 1, 1, 1, 1, 0, 0);

    /// <summary>The columns [columns, depth] as the product of this version takes them; recorded once for any number of products.</summary>
    public static ArrayView<float> Columns(Recorder r, ArrayView<float> columns, int count, int depth) => r.Version == "blocked"
        ? Conv2dKernels.BlockedWeights(r, ConvPass.InputGradient, Product(1, count, depth), columns) : columns;

    /// <summary>products[row, column] = rows[row, ·] · columns[column, ·].</summary>
    /// <param name="columns">From <see cref="Columns"/>.</param>
    public static Launch Multiply(
        string version, ArrayView<float> products, ArrayView<float> rows, ArrayView<float> columns, int rowCount, int columnCount, int depth)
    {
        var g = Product(rowCount, columnCount, depth);
        return version switch
        {
            "naive" => new Conv2dKernels.NaiveInputGradientLaunch(
                g.Batch * g.InChannels, products, rows, columns, columns, 0, g, ActivationKind.None, 0),
            "tiled" => Conv2dKernels.LaunchTiled(ConvPass.InputGradient, g, products, rows, columns, default, ActivationKind.None, 0, 1),
            _ => Conv2dKernels.LaunchBlocked(ConvPass.InputGradient, g, products, rows, columns, default, ActivationKind.None, 0),
        };
    }
}
