using FcnFromScratch.Engine.Devices;

namespace FcnFromScratch.Engine.Ops;

/// <summary>
/// y[n, iy·s + ky − crop, ix·s + kx − crop, co] += x[n,iy,ix,ci] · w[ky,kx,co,ci]: each input pixel stamps its kernel, stride apart, onto a larger
/// picture, which is then cropped: (H − 1)·s + k − crops. Inputs: x [N, H, W, Cin], w [kh, kw, Cout, Cin], and optionally b [Cout].
/// It is the input gradient of the convolution that leads from y to x (Dumoulin and Visin 2016, section 4), and runs on the same kernels.
/// </summary>
public sealed partial class ConvTranspose2d(
    int stride, int cropTop = 0, int cropBottom = 0, int cropLeft = 0, int cropRight = 0,
    ActivationKind activation = ActivationKind.None, float slope = 0) : Op, IAbsorbs
{
    public ActivationKind Activation { get; } = activation;
    public float Slope { get; } = slope;
    public int Stride { get; } = stride;
    public int CropTop { get; } = cropTop;
    public int CropBottom { get; } = cropBottom;
    public int CropLeft { get; } = cropLeft;
    public int CropRight { get; } = cropRight;

    Op? IAbsorbs.With(Op reader) =>
        Activation == ActivationKind.None && reader is Activation f
            ? new ConvTranspose2d(Stride, CropTop, CropBottom, CropLeft, CropRight, f.Kind, f.Slope)
            : null;

    public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs)
    {
        var g = Geometry(inputs);
        return [new Shape(g.Batch, g.InHeight, g.InWidth, g.InChannels)];
    }

    /// <summary>The convolution from y to x: its "in" is our output.</summary>
    private ConvGeometry Geometry(IReadOnlyList<TensorSpec> inputs)
    {
        Shape x = inputs[0].Shape, w = inputs[1].Shape;
        Require(x.Rank == 4, $"input is {x}; it must be [batch, height, width, channels]");
        Require(w.Rank == 4, $"weight is {w}; it must be [kernel height, kernel width, out channels, in channels]");
        Require(w[3] == x.Channels, $"input has {x.Channels} channels, weight expects {w[3]} (got {x})");
        Require(inputs.Count < 3 || inputs[2].Shape.Equals(new Shape(w[2])),
            $"bias is {(inputs.Count < 3 ? null : inputs[2].Shape)}, weight gives {w[2]} channels");
        Require(Stride > 0, $"stride is {Stride}; it must be 1 or more");
        Require(CropTop >= 0 && CropBottom >= 0 && CropLeft >= 0 && CropRight >= 0,
            $"crop is {CropTop},{CropBottom},{CropLeft},{CropRight}; it must be 0 or more");
        int height = (x.Height - 1) * Stride + w[0] - CropTop - CropBottom, width = (x.Width - 1) * Stride + w[1] - CropLeft - CropRight;
        Require(height > 0 && width > 0, $"the crop {CropTop},{CropBottom},{CropLeft},{CropRight} leaves nothing of the output");
        return new ConvGeometry(
            x.Batch, height, width, w[2], x.Height, x.Width, x.Channels, w[0], w[1], Stride, Stride, CropTop, CropLeft);
    }

    public override Tensor?[] Gradient(Graph graph, Node node, IReadOnlyList<Tensor?> dy)
    {
        Tensor x = node.Inputs[0], w = node.Inputs[1], dz = dy[0]!;
        bool biased = node.Inputs.Count > 2;
        if (Activation != ActivationKind.None) dz = graph.Apply(new ActivationGradient(Activation, Slope), $"{node.Name}.grad.act", dz, node.Output);
        var g = Geometry([.. node.Inputs.Select(i => i.Spec)]);
        var dw = graph.Apply(new Conv2dWeightGradient(g), $"{node.Name}.grad.weight", dz, x);
        var dx = graph.Apply(new Conv2d(Padding.Explicit(CropTop, CropBottom, CropLeft, CropRight), Stride, Stride), $"{node.Name}.grad.input", dz, w);
        return biased ? [dx, dw, graph.Apply(new RowSum(), $"{node.Name}.grad.bias", dz)] : [dx, dw];
    }

    public override IReadOnlyList<string> Versions(Device device, IReadOnlyList<TensorSpec> inputs) => Conv2dKernels.Versions(device);

    public override void Record(Recorder r) =>
        new Conv2dInputGradient(Geometry(r.InputSpecs), Activation, Slope).Record(r);

    public override long MultiplyAdds(IReadOnlyList<TensorSpec> inputs) => Conv2dKernels.MultiplyAdds(Geometry(inputs));
}
