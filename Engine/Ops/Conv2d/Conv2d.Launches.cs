using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Kernels.Runtime;

namespace FcnFromScratch.Engine.Ops;

/// <summary>The passes of a convolution as <see cref="Conv2dKernels.ImplicitGemm"/> numbers them.</summary>
public enum ConvPass { Forward = 0, InputGradient = 1, WeightGradient = 2 }

public static partial class Conv2dKernels
{
    internal static IReadOnlyList<string> Versions(Device device) => device.Kind switch
    {
        DeviceKind.Cpu => ["simd", "naive"],
        _ when device.HasFastBarriers => ["tiled", "naive"],
        _ => ["naive", "tiled"],
    };

    internal static long MultiplyAdds(ConvGeometry g) =>
        (long)g.Batch * g.OutHeight * g.OutWidth * g.OutChannels * g.KernelHeight * g.KernelWidth * g.InChannels;

    /// <summary>How many runs of pixels the weight gradient sums apart: enough items to fill a device, each sum short enough to be exact.</summary>
    internal static int WeightGradientSlices(ConvGeometry g, bool tiled)
    {
        long pixels = (long)g.Batch * g.OutHeight * g.OutWidth;
        long weights = (long)g.KernelHeight * g.KernelWidth * g.InChannels * g.OutChannels;
        long groups = tiled ? (weights / g.OutChannels + TileRows - 1) / TileRows * ((g.OutChannels + TileColumns - 1) / TileColumns) : Math.Max(1, weights / 256);
        // About 1000 groups fill a large GPU; 512 pixels a slice keep the partial sums cheap beside the product.
        return (int)Math.Clamp(Math.Min(1024 / groups, pixels / 512), 1, 256);
    }

    internal static int PixelsPerSlice(ConvGeometry g, int slices) => (g.Batch * g.OutHeight * g.OutWidth + slices - 1) / slices;

    internal static ImplicitGemmLaunch Tiled(
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
        return new ImplicitGemmLaunch(
            new KernelConfig(grid, TileThreads), c, a, b, OrDummy(bias, b), bias.Length > 0 ? 1 : 0, g, rows, columns, depth,
            (depth + slices - 1) / slices, (int)activation, slope, SpecializedValue.New((int)pass), SpecializedValue.New(tapChannels));
    }

    /// <summary>A pointer argument must point somewhere: an absent bias becomes another argument that is not read.</summary>
    internal static ArrayView<float> OrDummy(ArrayView<float> bias, ArrayView<float> other) => bias.Length > 0 ? bias : other;
}
