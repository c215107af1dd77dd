using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Kernels.Runtime;

namespace FcnFromScratch.Engine.Ops;

/// <summary>The passes of a convolution as <see cref="Conv2dKernels.Tiled"/> numbers them.</summary>
internal enum ConvPass { Forward = 0, InputGradient = 1, WeightGradient = 2 }

internal static partial class Conv2dKernels
{
    /// <summary>The kernels of a version begin with its name: <see cref="NaiveForward"/>, <see cref="Tiled"/>, <see cref="Blocked"/>.</summary>
    internal static IReadOnlyList<string> Versions(Device device) => device.Kind switch
    {
        DeviceKind.Cpu => [.. SimdWidth.Versions, "naive", "blocked"],
        _ when device.HasFastBarriers => ["tiled", "naive", "blocked"],
        _ => ["blocked", "naive", "tiled"],
    };

    internal static long MultiplyAdds(ConvGeometry g) =>
        (long)g.Batch * g.OutHeight * g.OutWidth * g.OutChannels * g.KernelHeight * g.KernelWidth * g.InChannels;

    /// <summary>How many runs of pixels the weight gradient sums apart: enough items to fill a device, each sum short enough to be exact.</summary>
    internal static int WeightGradientSlices(ConvGeometry g, bool tiled)
    {
        long pixels = (long)g.Batch * g.OutHeight * g.OutWidth;
        long weights = (long)g.KernelHeight * g.KernelWidth * g.InChannels * g.OutChannels;
        long groups = tiled ? (weights / g.OutChannels + TileRows - 1) / TileRows * ((g.OutChannels + TileColumns - 1) / TileColumns)
            : Math.Max(1, weights / 256);
        // About 1000 groups fill a large GPU; 512 pixels a slice keep the partial sums cheap beside the product.
        return (int)Math.Clamp(Math.Min(1024 / groups, pixels / 512), 1, 256);
    }

    internal static int PixelsPerSlice(ConvGeometry g, int slices) => (g.Batch * g.OutHeight * g.OutWidth + slices - 1) / slices;

    internal static TiledLaunch LaunchTiled(
        ConvPass pass, ConvGeometry g, ArrayView<float> c, ArrayView<float> a, ArrayView<float> b, ArrayView<float> bias,
        ActivationKind activation, float slope, int slices)
    {
        int taps = g.KernelHeight * g.KernelWidth;
        var (rows, columns, depth, tapChannels) = pass switch
        {
            ConvPass.Forward => (g.Batch * g.OutHeight * g.OutWidth, g.OutChannels, taps * g.InChannels, g.InChannels),
            ConvPass.InputGradient => (g.Batch * g.InHeight * g.InWidth, g.InChannels, taps * g.OutChannels, g.OutChannels),
            _ => (taps * g.InChannels, g.OutChannels, g.Batch * g.OutHeight * g.OutWidth, g.InChannels),
        };
        var grid = new Index3D((rows + TileRows - 1) / TileRows, (columns + TileColumns - 1) / TileColumns, slices);
        return new TiledLaunch(
            new KernelConfig(grid, TileThreads), c, a, b, OrDummy(bias, b), bias.Length > 0 ? 1 : 0, g, rows, columns, depth,
            (depth + slices - 1) / slices, activation, slope, SpecializedValue.New((int)pass), SpecializedValue.New(tapChannels));
    }

    /// <summary>The launch that computes <see cref="Recorder.Output"/> by blocks; what it needs before is added to the recorder.</summary>
    internal static BlockedLaunch LaunchBlocked(Recorder r, ConvPass pass, ConvGeometry g, ActivationKind activation, float slope) =>
        LaunchBlocked(pass, g, r.Output(), r.Input(0), BlockedWeights(r, pass, g, r.Input(1)), r.Input(2), activation, slope);

    /// <param name="w">As <see cref="BlockedWeights"/> gives them.</param>
    internal static BlockedLaunch LaunchBlocked(
        ConvPass pass, ConvGeometry g, ArrayView<float> c, ArrayView<float> a, ArrayView<float> w, ArrayView<float> bias,
        ActivationKind activation, float slope)
    {
        bool turned = pass == ConvPass.InputGradient;
        int pixels = turned
            ? g.Batch * ((g.InHeight + g.StrideY - 1) / g.StrideY) * ((g.InWidth + g.StrideX - 1) / g.StrideX)
            : g.Batch * g.OutHeight * g.OutWidth;
        int items = Blocks(pixels, BlockPixels) * (turned ? g.StrideY * g.StrideX * Blocks(g.InChannels, Lanes) : Blocks(g.OutChannels, Lanes));
        return new BlockedLaunch(items, c, a, w, OrDummy(bias, w), bias.Length > 0 ? 1 : 0, g, activation, slope, SpecializedValue.New(turned ? 1 : 0));
    }

    /// <summary>The weights as rows of whole <see cref="Lanes16"/>, turned for the input gradient; adds the launch that makes them so.</summary>
    internal static ArrayView<float> BlockedWeights(Recorder r, ConvPass pass, ConvGeometry g, ArrayView<float> w)
    {
        int taps = g.KernelHeight * g.KernelWidth;
        return pass == ConvPass.InputGradient
            ? Packed(r, w, taps * g.OutChannels, g.InChannels, g.OutChannels, g.InChannels * g.OutChannels, 1, g.OutChannels)
            : WholeLanes(r, w, taps * g.InChannels, g.OutChannels);
    }

    internal static void RecordBlockedWeightGradient(Recorder r, ConvGeometry g)
    {
        int weights = r.Output().IntLength, rows = g.Batch * g.OutHeight;
        var dz = WholeLanes(r, r.Input(1), rows * g.OutWidth, g.OutChannels);
        // The pixels of a slice are read again for each tap: 256 KB of them stay in a processor's second cache. At least 512, at most 256 slices.
        int pixelsPerSlice = Math.Max(65536 / (g.InChannels + g.OutChannels), 512);
        int rowsPerSlice = Math.Max(Math.Clamp(pixelsPerSlice / g.OutWidth, 1, rows), Blocks(rows, 256));
        int slices = Blocks(rows, rowsPerSlice);
        var partial = slices == 1 ? r.Output() : r.Scratch((long)slices * weights);
        int items = slices * g.KernelHeight * g.KernelWidth * Blocks(g.InChannels, BlockChannels) * Blocks(g.OutChannels, Lanes);
        r.Add(new BlockedWeightGradientLaunch(items, partial, r.Input(0), dz, g, rowsPerSlice));
        if (slices > 1) r.Add(new RowSumKernels.CombineLaunch(weights, r.Output(), partial, slices, weights, 1f));
    }

    private static ArrayView<float> WholeLanes(Recorder r, ArrayView<float> matrix, int rows, int columns) =>
        columns % Lanes == 0 ? matrix : Packed(r, matrix, rows, columns, rows, 0, columns, 1);

    private static ArrayView<float> Packed(
        Recorder r, ArrayView<float> source, int rows, int columns, int rowsPerPlane, int planeStride, int rowStride, int columnStride)
    {
        int vectors = Blocks(columns, Lanes);
        var packed = r.Scratch((long)rows * vectors * Lanes);
        r.Add(new PackLanesLaunch(rows * vectors, packed, source, rows, columns, rowsPerPlane, planeStride, rowStride, columnStride));
        return packed;
    }

    private static int Blocks(int count, int size) => (count + size - 1) / size;

    /// <summary>A pointer argument must point somewhere: an absent bias becomes another argument that is not read.</summary>
    internal static ArrayView<float> OrDummy(ArrayView<float> bias, ArrayView<float> other) => bias.Length > 0 ? bias : other;
}
