using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;

namespace FcnFromScratch.Layers;

/// <summary>Models that read a single digit of MNIST's form, 28×28, each with the logits [N, 1, 1, classes].</summary>
public static class Classifiers
{
    private const int Side = 28;

    /// <summary>How sure a machine is at its margin. Of 1 … 8 the loss of MNIST's validation digits was least there: 0.0469, and 0.149 with 1.</summary>
    private const float DecisionSlope = 4.5f;

    /// <summary>The family, the most accurate first.</summary>
    public static IReadOnlyList<Model> Family { get; } =
    [
        new("cnn", "classify", "six 3×3 convolutions in three blocks, and a hidden layer", new InputSize(Side, Side),
            (graph, image, settings) => Cnn(graph, image, [32, 64, 128], hidden: 256, hasStem: false, settings)),
        new("cnn-slim", "classify", "the same with half of the filters on a stem: the first layers of the detector grid", new InputSize(Side, Side),
            (graph, image, settings) => Cnn(graph, image, [16, 32, 64], hidden: 128, hasStem: true, settings)),
        new("mlp", "classify", "784-512-512-256-10, fully connected", new InputSize(Side, Side), Mlp),
        new("knn", "classify", "k nearest neighbours among all training digits, by the distance of pixels", new InputSize(Side, Side), Knn)
        {
            Kept = "samples", EvaluationBatch = 500,
        },
        new("svm", "classify", "a support vector machine with a Gaussian kernel for each pair of classes", new InputSize(Side, Side), Svm)
        {
            Kept = "samples", EvaluationBatch = 500,
        },
    ];

    /// <summary>Three blocks, then a hidden layer over the 3×3 places that are left.</summary>
    private static Tensor Cnn(Graph graph, Tensor image, int[] filters, int hidden, bool hasStem, NetworkSettings settings)
    {
        var h = Backbone.First(graph, image, filters[0], hasStem);
        for (int block = 2; block <= filters.Length; block++) h = Backbone.Block(graph, h, block, filters[block - 1]);
        h = graph.Dropout(h, "drop1", settings.Dropout, seed: 1);
        h = graph.Linear(h, "hidden", hidden, ActivationKind.Relu);
        h = graph.Dropout(h, "drop2", settings.Dropout, seed: 2);
        return graph.Linear(h, "logits", settings.Classes);
    }

    private static Tensor Mlp(Graph graph, Tensor image, NetworkSettings settings)
    {
        var h = image;
        foreach (var (layer, units) in new[] { 512, 512, 256 }.Index())
        {
            h = graph.Linear(h, $"hidden{layer + 1}", units, ActivationKind.Relu);
            h = graph.Dropout(h, $"drop{layer + 1}", settings.Dropout, seed: (uint)layer + 1);
        }
        return graph.Linear(h, "logits", settings.Classes);
    }

    /// <summary>Normalised pictures as models take them that compare pixels: integers, pixels less 128, of digits set upright first if so told.</summary>
    public static Tensor Pixels(Graph graph, Tensor image, NetworkSettings settings) => graph.Apply(new Round(127.5f, -0.5f), "pixels",
        settings.Deskew ? graph.Apply(new Deskew(ground: -1), "upright", image) : image);

    /// <summary>
    /// The digits that are most alike vote (Cover and Hart 1967). Distances are between pixels less 128, which normalised pixels are brought back to: so they
    /// are sums of integers, exact, and equal ones are equal on every device. "samples" [samples, pixels] and "labels" [samples] come from the data.
    /// </summary>
    private static Tensor Knn(Graph graph, Tensor image, NetworkSettings settings)
    {
        var samples = graph.State("samples", new Shape(settings.Kept, Side * Side), Initializer.Zeros, WholeNumbers.SignedBytes);
        var labels = graph.State("labels", new Shape(settings.Kept), Initializer.Zeros, new WholeNumbers(0, settings.Classes - 1));
        var pixels = Pixels(graph, image, settings);
        var votes = graph.Apply(new KNearest(settings.Neighbours, settings.Classes, settings.Ties), "votes", pixels, samples, labels);
        return graph.Apply(new VoteLogits(settings.Neighbours), "logits", votes);
    }

    /// <summary>
    /// Machines that tell two classes apart each, f(x) = Σ coefficient · k(x, sample) + offset with the Gaussian kernel (Cortes and Vapnik 1995): the kernels
    /// of all samples, then a linear layer with an output for each pair. "samples" [samples, pixels], "gamma" [1], for pixels less 128, "coefficients"
    /// [1, 1, samples, pairs], which are 0 where a sample is no support vector of a pair, and "offsets" [pairs] come from the solution.
    /// </summary>
    private static Tensor Svm(Graph graph, Tensor image, NetworkSettings settings)
    {
        int pairs = PairwiseLogits.Pairs(settings.Classes);
        var samples = graph.State("samples", new Shape(settings.Kept, Side * Side), Initializer.Zeros, WholeNumbers.SignedBytes);
        var gamma = graph.State("gamma", new Shape(1), Initializer.Zeros);
        var coefficients = graph.State("coefficients", new Shape(1, 1, settings.Kept, pairs), Initializer.Zeros);
        var offsets = graph.State("offsets", new Shape(pairs), Initializer.Zeros);
        var pixels = Pixels(graph, image, settings);
        var kernels = graph.Apply(new GaussianKernel(), "kernels", pixels, samples, gamma);
        var decisions = graph.Apply(new Conv2d(Padding.Valid), "decisions", kernels, coefficients, offsets);
        return graph.Apply(new PairwiseLogits(settings.Classes, DecisionSlope), "logits", decisions);
    }
}
