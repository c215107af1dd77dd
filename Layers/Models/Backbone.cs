using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;

namespace FcnFromScratch.Layers;

/// <summary>
/// What sees strokes, whether one digit is to be read or several to be found. The names of its variables are the same in all networks, so that what one has
/// learned another can begin with.
/// </summary>
internal static class Backbone
{
    /// <summary>
    /// Two 3×3 convolutions, each normalised and rectified, pooled by 2: small filters, one on another, as in Simonyan and Zisserman 2015. The second is
    /// pooled first: a quarter of the values is left to normalise. x [N, H, W, C] → [N, H/2, W/2, filters].
    /// </summary>
    /// <param name="number">From 1: "block1", …</param>
    public static Tensor Block(Graph graph, Tensor x, int number, int filters)
    {
        string name = $"block{number}";
        var h = Rectified(graph, Convolved(graph, x, $"{name}.conv1", filters), $"{name}.norm1");
        return Rectified(graph, graph.MaxPool2d(Convolved(graph, h, $"{name}.conv2", filters), $"{name}.pool"), $"{name}.norm2");
    }

    /// <summary>
    /// A first block for large pictures: one 3×3 convolution, pooled by 2, normalised and rectified. At full size nothing else is done, since there a
    /// second convolution would take a third of the network's time. x [N, H, W, C] → [N, H/2, W/2, filters].
    /// </summary>
    private static Tensor Stem(Graph graph, Tensor x, int filters) =>
        Rectified(graph, graph.MaxPool2d(Convolved(graph, x, "stem.conv", filters), "stem.pool"), "stem.norm");

    /// <summary>The first block: block 1, or a stem in its place.</summary>
    public static Tensor First(Graph graph, Tensor x, int filters, bool isStem) => isStem ? Stem(graph, x, filters) : Block(graph, x, 1, filters);

    /// <summary>What the variables of the first three blocks begin with.</summary>
    public static IReadOnlyList<string> Prefixes(bool hasStem) => [hasStem ? "stem." : "block1.", "block2.", "block3."];

    /// <summary>A 3×3 convolution for <see cref="Rectified"/>, without the bias that it would take away.</summary>
    public static Tensor Convolved(Graph graph, Tensor x, string name, int filters) =>
        graph.Conv2d(x, name, filters, 3, weights: new Initializer.HeNormal(9 * x.Shape.Channels), biased: false);

    /// <summary>Normalised over the batch, and rectified.</summary>
    public static Tensor Rectified(Graph graph, Tensor x, string name) => graph.Activate(graph.BatchNorm2d(x, name), name, ActivationKind.Relu);
}
