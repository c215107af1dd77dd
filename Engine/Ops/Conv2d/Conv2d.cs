using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// y[n,oy,ox,co] = f( b[co] + Σ over ky, kx, ci of x[n, oy·s + ky − p, ox·s + kx − p, ci] · w[ky,kx,ci,co] ).
/// Inputs: x [N, H, W, Cin], w [kh, kw, Cin, Cout], and optionally b [Cout]. A cross-correlation, as everywhere in deep learning
/// (Dumoulin and Visin 2016, sections 2 and 4). With a 1×1 kernel it is the linear layer.
/// </summary>
public sealed partial class Conv2d(
    Padding padding, int strideY = 1, int strideX = 1, ActivationKind activation = ActivationKind.None, float slope = 0) : Op, IAbsorbs
{
    public Padding Padding { get; } = padding;
    public int StrideY { get; } = strideY;
    public int StrideX { get; } = strideX;
    public ActivationKind Activation { get; } = activation;
    public float Slope { get; } = slope;

    Op? IAbsorbs.With(Op reader) =>
        Activation == ActivationKind.None && reader is Activation f ? new Conv2d(Padding, StrideY, StrideX, f.Kind, f.Slope) : null;

    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs)
    {
        var g = Geometry(inputs);
        return [new Shape(g.Batch, g.OutHeight, g.OutWidth, g.OutChannels)];
    }

    internal ConvGeometry Geometry(IReadOnlyList<TensorSpec> inputs)
    {
        Shape x = inputs[0].Shape, w = inputs[1].Shape;
        Require(x.Rank == 4, $"input is {x}; it must be [batch, height, width, channels]");
        Require(w.Rank == 4, $"weight is {w}; it must be [kernel height, kernel width, in channels, out channels]");
        Require(w[2] == x.Channels, $"input has {x.Channels} channels, weight expects {w[2]} (got {x})");
        Require(inputs.Count < 3 || inputs[2].Shape.Equals(new Shape(w[3])),
            $"bias is {(inputs.Count < 3 ? null : inputs[2].Shape)}, weight gives {w[3]} channels");
        Require(StrideY > 0 && StrideX > 0, $"stride is {StrideY}×{StrideX}; it must be 1 or more");
        var (top, bottom) = Padding.Along(vertical: true, x.Height, w[0], StrideY);
        var (left, right) = Padding.Along(vertical: false, x.Width, w[1], StrideX);
        Require(x.Height + top + bottom >= w[0] && x.Width + left + right >= w[1],
            $"a kernel of {w[0]}×{w[1]} does not fit in {x.Height}×{x.Width} with padding {top},{bottom},{left},{right}");
        return new ConvGeometry(
            x.Batch, x.Height, x.Width, x.Channels,
            (x.Height + top + bottom - w[0]) / StrideY + 1, (x.Width + left + right - w[1]) / StrideX + 1, w[3],
            w[0], w[1], StrideY, StrideX, top, left);
    }

    public override Tensor?[] Gradient(Graph graph, Node node, IReadOnlyList<Tensor?> dy)
    {
        Tensor x = node.Inputs[0], w = node.Inputs[1], dz = dy[0]!;
        bool biased = node.Inputs.Count > 2;
        Tensor? db = null;
        if (Activation != ActivationKind.None && biased)
        {
            var epilogue = graph.ApplyNode(new EpilogueGradient(Activation, Slope), $"{node.Name}.grad.bias", dz, node.Output);
            (dz, db) = (epilogue.Outputs[0], epilogue.Outputs[1]);
        }
        else if (Activation != ActivationKind.None) dz = graph.Apply(new ActivationGradient(Activation, Slope), $"{node.Name}.grad.act", dz, node.Output);
        else if (biased) db = graph.Apply(new RowSum(), $"{node.Name}.grad.bias", dz);
        var g = Geometry([.. node.Inputs.Select(i => i.Spec)]);
        var dw = graph.Apply(new Conv2dWeightGradient(g), $"{node.Name}.grad.weight", x, dz);
        var dx = graph.Apply(new Conv2dInputGradient(g), $"{node.Name}.grad.input", dz, w);
        return biased ? [dx, dw, db] : [dx, dw];
    }

    public override IReadOnlyList<string> Versions(Device device, IReadOnlyList<TensorSpec> inputs) => Conv2dKernels.Versions(device);

    public override void Record(Recorder r)
    {
        var g = Geometry(r.InputSpecs);
        r.Add(r.Version switch
        {
            "naive" => new Conv2dKernels.NaiveForwardLaunch(
                r.Output().IntLength, r.Output(), r.Input(0), r.Input(1), Conv2dKernels.OrDummy(r.Input(2), r.Input(1)),
                r.Input(2).Length > 0 ? 1 : 0, g, Activation, Slope),
            "tiled" => Conv2dKernels.LaunchTiled(ConvPass.Forward, g, r.Output(), r.Input(0), r.Input(1), r.Input(2), Activation, Slope, 1),
            "blocked" => Conv2dKernels.LaunchBlocked(r, ConvPass.Forward, g, Activation, Slope),
            _ => new Conv2dCpu.Forward(
                r.Simd!.Value, g, r.Output(), r.Input(0), r.Input(1), r.Input(2), Activation, Slope, r.Scratch(Conv2dCpu.Forward.ScratchLength(g))),
        });
    }

    public override long MultiplyAdds(IReadOnlyList<TensorSpec> inputs) => Conv2dKernels.MultiplyAdds(Geometry(inputs));
}

/// <summary>
/// dx[n,iy,ix,ci] = Σ of dz[n,oy,ox,co] · w[ky,kx,ci,co] over the taps that touch (iy, ix): a convolution's way back to its input, and, with an
/// optional bias [Cin], the forward pass of the transposed convolution. Inputs: dz [N, Ho, Wo, Cout], w [kh, kw, Cin, Cout], (b).
/// </summary>
internal sealed partial class Conv2dInputGradient(ConvGeometry g, ActivationKind activation = ActivationKind.None, float slope = 0) : Op
{
    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs)
    {
        var expected = new Shape(g.Batch, g.OutHeight, g.OutWidth, g.OutChannels);
        Require(inputs[0].Shape.Equals(expected), $"dz is {inputs[0]}; the convolution gives {expected}");
        return [new Shape(g.Batch, g.InHeight, g.InWidth, g.InChannels)];
    }

    public override IReadOnlyList<string> Versions(Device device, IReadOnlyList<TensorSpec> inputs) => Conv2dKernels.Versions(device);

    public override void Record(Recorder r) => r.Add(r.Version switch
    {
        "naive" => new Conv2dKernels.NaiveInputGradientLaunch(
            r.Output().IntLength, r.Output(), r.Input(0), r.Input(1), Conv2dKernels.OrDummy(r.Input(2), r.Input(1)),
            r.Input(2).Length > 0 ? 1 : 0, g, activation, slope),
        "tiled" => Conv2dKernels.LaunchTiled(ConvPass.InputGradient, g, r.Output(), r.Input(0), r.Input(1), r.Input(2), activation, slope, 1),
        "blocked" => Conv2dKernels.LaunchBlocked(r, ConvPass.InputGradient, g, activation, slope),
        _ => new Conv2dCpu.InputGradient(
            r.Simd!.Value, g, r.Output(), r.Input(0), r.Input(1), r.Input(2), activation, slope, r.Scratch(Conv2dCpu.InputGradient.ScratchLength(g))),
    });

    public override long MultiplyAdds(IReadOnlyList<TensorSpec> inputs) => Conv2dKernels.MultiplyAdds(g);
}

/// <summary>
/// dw[ky,kx,ci,co] = Σ over n, oy, ox of x[n, oy·s + ky − p, ox·s + kx − p, ci] · dz[n,oy,ox,co].
/// Inputs: x, dz. The pixels are summed in fixed chunks that are added in order: no atomics, the same bits every time.
/// </summary>
internal sealed partial class Conv2dWeightGradient(ConvGeometry g) : Op
{
    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs) =>
        [new Shape(g.KernelHeight, g.KernelWidth, g.InChannels, g.OutChannels)];

    public override IReadOnlyList<string> Versions(Device device, IReadOnlyList<TensorSpec> inputs) => Conv2dKernels.Versions(device);

    public override void Record(Recorder r)
    {
        int weights = r.Output().IntLength;
        if (r.Simd is { } width)
        {
            r.Add(new Conv2dCpu.WeightGradient(width, g, r.Output(), r.Input(0), r.Input(1), r.Scratch(Conv2dCpu.WeightGradient.ScratchLength(g))));
            return;
        }
        if (r.Version == "blocked")
        {
            Conv2dKernels.RecordBlockedWeightGradient(r, g);
            return;
        }
        bool tiled = r.Version == "tiled";
        int slices = Conv2dKernels.WeightGradientSlices(g, tiled);
        var partial = r.Scratch((long)slices * weights);
        r.Add(tiled
            ? Conv2dKernels.LaunchTiled(ConvPass.WeightGradient, g, partial, r.Input(0), r.Input(1), default, ActivationKind.None, 0, slices)
            : new Conv2dKernels.NaiveWeightGradientLaunch(slices * weights, partial, r.Input(0), r.Input(1), g, Conv2dKernels.PixelsPerSlice(g, slices)));
        r.Add(new RowSumKernels.CombineLaunch(weights, r.Output(), partial, slices, weights, 1f));
    }

    public override long MultiplyAdds(IReadOnlyList<TensorSpec> inputs) => Conv2dKernels.MultiplyAdds(g);
}
