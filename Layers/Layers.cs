using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;

namespace FcnFromScratch.Layers;

/// <summary>
/// Layers: an op together with the variables it needs, named <c>{name}.weight</c> and so on. Each adds itself to a graph and returns its output.
/// </summary>
public static class LayerExtensions
{
    /// <summary>
    /// 2-D convolution. x [N, H, W, Cin] → [N, H/s, W/s, filters] ("same" padding). Weights start by He's rule for the activation
    /// that follows, or Glorot's where none does.
    /// </summary>
    /// <param name="biased">False leaves the bias out: where batch norm follows, it would take any away again.</param>
    public static Tensor Conv2d(
        this Graph graph, Tensor x, string name, int filters, int kernel, ActivationKind activation = ActivationKind.None, float slope = 0,
        Initializer? weights = null, Initializer? biases = null, bool biased = true)
    {
        int channels = x.Shape.Channels, fanIn = kernel * kernel * channels;
        weights ??= activation == ActivationKind.None
            ? new Initializer.GlorotUniform(fanIn, kernel * kernel * filters)
            : new Initializer.HeNormal(fanIn, slope);
        var w = graph.Parameter($"{name}.weight", new Shape(kernel, kernel, channels, filters), weights);
        Tensor[] inputs = biased ? [x, w, graph.Parameter($"{name}.bias", new Shape(filters), biases ?? Initializer.Zeros)] : [x, w];
        return graph.Activate(graph.Apply(new Conv2d(Padding.Same), name, inputs), name, activation, slope);
    }

    /// <summary>
    /// Transposed 2-D convolution, cropped alike on all sides. x [N, H, W, Cin] → [N, (H − 1)·stride + kernel − 2·crop, …, filters].
    /// From as many channels to as many it starts as interpolation, else by Glorot's rule.
    /// </summary>
    /// <param name="biases">First values of the bias; null leaves the bias out.</param>
    public static Tensor ConvTranspose2d(
        this Graph graph, Tensor x, string name, int filters, int kernel, int stride, int crop = 0, Initializer? weights = null, Initializer? biases = null)
    {
        int channels = x.Shape.Channels;
        weights ??= channels == filters
            ? new Initializer.Bilinear(kernel, stride, filters)
            : new Initializer.GlorotUniform(kernel * kernel * channels / (stride * stride), kernel * kernel * filters / (stride * stride));
        var w = graph.Parameter($"{name}.weight", new Shape(kernel, kernel, filters, channels), weights);
        var op = new ConvTranspose2d(stride, crop, crop, crop, crop);
        return biases is null ? graph.Apply(op, name, x, w) : graph.Apply(op, name, x, w, graph.Parameter($"{name}.bias", new Shape(filters), biases));
    }

    /// <summary>Batch normalization over all but the channels; by the batch's moments while training, by the moving ones after.</summary>
    public static Tensor BatchNorm2d(this Graph graph, Tensor x, string name, float momentum = 0.99f, float epsilon = 1e-3f)
    {
        var channels = new Shape(x.Shape.Channels);
        Tensor[] inputs =
        [
            x,
            graph.Parameter($"{name}.weight", channels, Initializer.Ones),
            graph.Parameter($"{name}.bias", channels, Initializer.Zeros),
            graph.State($"{name}.running_mean", channels, Initializer.Zeros),
            graph.State($"{name}.running_var", channels, Initializer.Ones),
        ];
        return graph.Training
            ? graph.Apply(new BatchNorm2d(momentum, epsilon), name, [.. inputs, graph.Step])
            : graph.Apply(new BatchNorm2dInference(epsilon), name, inputs);
    }

    /// <summary>
    /// Fully connected: a convolution whose kernel covers its whole input (Long, Shelhamer and Darrell 2015, section 3.1). x [N, H, W, Cin] → [N, 1, 1, units].
    /// </summary>
    public static Tensor Linear(this Graph graph, Tensor x, string name, int units, ActivationKind activation = ActivationKind.None)
    {
        var (height, width, channels) = (x.Shape.Height, x.Shape.Width, x.Shape.Channels);
        int fanIn = height * width * channels;
        Initializer weights = activation == ActivationKind.None ? new Initializer.GlorotUniform(fanIn, units) : new Initializer.HeNormal(fanIn);
        var w = graph.Parameter($"{name}.weight", new Shape(height, width, channels, units), weights);
        var b = graph.Parameter($"{name}.bias", new Shape(units), Initializer.Zeros);
        return graph.Activate(graph.Apply(new Conv2d(Padding.Valid), name, x, w, b), name, activation);
    }

    public static Tensor MaxPool2d(this Graph graph, Tensor x, string name, int size = 2) => graph.Apply(new MaxPool2d(size, size), name, x);

    public static Tensor Activate(this Graph graph, Tensor x, string name, ActivationKind activation, float slope = 0) =>
        activation == ActivationKind.None ? x : graph.Apply(new Activation(activation, slope), $"{name}.{activation}", x);

    /// <summary>Drops while training; passes x on otherwise. Which elements depends on <see cref="Graph.Step"/>.</summary>
    public static Tensor Dropout(this Graph graph, Tensor x, string name, float rate, uint seed) =>
        graph.Training && rate > 0 ? graph.Apply(new Dropout(rate, seed), name, x, graph.Step) : x;
}
