using FcnFromScratch.Engine.Devices;

namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// y[n,h,w,c] = x[n, h − Top, w − Left, c] inside x, 0 outside. Positive amounts pad a side with zeros, negative amounts crop it;
/// so zero-padding and cropping are each other's gradients. Input: x [N, H, W, C].
/// </summary>
public sealed partial class PadCrop2d(int top, int bottom, int left, int right) : Op
{
    public int Top { get; } = top;
    public int Bottom { get; } = bottom;
    public int Left { get; } = left;
    public int Right { get; } = right;

    /// <summary>What both sides are padded to multiples of, and in pictures of another size will be; 1 where the amounts alone count.</summary>
    public int Multiple { get; private init; } = 1;

    /// <summary>Zeros at the bottom and the right that make both sides multiples.</summary>
    public static PadCrop2d ToMultiple(Shape x, int multiple)
    {
        return new(0, Missing(x.Height), 0, Missing(x.Width)) { Multiple = multiple };

        int Missing(int side) => (multiple - side % multiple) % multiple;
    }

    /// <summary>Adds rows and columns of zeros.</summary>
    public static PadCrop2d ZeroPad(int top, int bottom, int left, int right) => new(top, bottom, left, right);

    /// <summary>Leaves out rows and columns.</summary>
    public static PadCrop2d Crop(int top, int bottom, int left, int right) => new(-top, -bottom, -left, -right);

    public override string Name => Top + Bottom + Left + Right >= 0 ? "ZeroPad2d" : "Crop2d";

    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs)
    {
        var x = inputs[0].Shape;
        Require(x.Rank == 4, $"input is {x}; it must be [batch, height, width, channels]");
        int height = x.Height + Top + Bottom, width = x.Width + Left + Right;
        Require(height > 0 && width > 0, $"{Top},{Bottom},{Left},{Right} leaves nothing of {x}");
        return [new Shape(x.Batch, height, width, x.Channels)];
    }

    public override Tensor?[] Gradient(Graph graph, Node node, IReadOnlyList<Tensor?> dy) =>
        [graph.Apply(new PadCrop2d(-Top, -Bottom, -Left, -Right), $"{node.Name}.grad", dy[0]!)];

    /// <summary>The cpu device's rows are copied by the runtime, which knows no widths.</summary>
    public override IReadOnlyList<string> Versions(Device device, IReadOnlyList<TensorSpec> inputs) =>
        device.Kind == DeviceKind.Cpu ? ["simd", "kernel"] : ["kernel"];

    public override void Record(Recorder r)
    {
        Shape x = r.InputShape(0), y = r.OutputShape(0);
        if (r.Version == "simd") r.Add(new PadCrop2dCpu(r.Output(), r.Input(0), x, y, Top, Left));
        else r.Add(new PadCrop2dKernels.CopyLaunch(r.Output().IntLength, r.Output(), r.Input(0), y.Height, y.Width, x.Height, x.Width, x.Channels, Top, Left));
    }
}
