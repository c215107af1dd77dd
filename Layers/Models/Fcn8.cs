using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;

namespace FcnFromScratch.Layers;

/// <summary>How the members of the family differ. Widths are settable so that tests can check small nets of the same form.</summary>
public sealed record Fcn8Options
{
    public int[] Filters { get; init; } = [32, 64, 128, 256, 256];

    /// <summary>Kernel size of the blocks' convolutions.</summary>
    public int BlockKernel { get; init; } = 3;

    /// <summary>Filters of the 7×7 and 1×1 convolutions on block 5; 0 bypasses the head: the decoder reads block 5 itself.</summary>
    public int HeadFilters { get; init; } = 512;
    public ActivationKind ScoreActivation { get; init; } = ActivationKind.None;
    public bool TransposedBias { get; init; }

    /// <summary>Carries the decoder on to full resolution with skips from blocks 2 and 1 and the input, instead of one 8×8 step.</summary>
    public bool Fine { get; init; }
}

/// <summary>
/// FCN-8 for pictures of any size (Long, Shelhamer and Darrell 2015, with batch norm): five blocks of two convolutions and a pooling step halve
/// the picture each; a decoder of transposed convolutions brings the scores back up and adds the finer scores of earlier blocks on its way.
/// </summary>
public static class Fcn8
{
    private const int Stride = 32;
    private const float Slope = 0.3f;

    // Batch norm makes a block blind to the scale of its weights, but Adam's steps have a size of their own: at He's scale the first steps at 0.001
    // turn the deep layers over, and two runs that differ in the last bit part within ten steps. Larger weights turn more slowly.
    private const float BlockGain = 8;

    private static readonly Fcn8Options Reference = new();

    /// <summary>The family, the most accurate first.</summary>
    public static IReadOnlyList<(string Name, string Description, Fcn8Options Options)> Family { get; } =
    [
        ("fcn8-fine", "FCN-8 whose decoder goes on to full resolution", Reference with { Fine = true }),
        ("fcn8", "FCN-8 with its 7×7 head", Reference),
        ("fcn8-slim", "FCN-8 whose decoder reads block 5 directly", Reference with { HeadFilters = 0 }),
        ("fcn8-2x2", "FCN-8 with 2×2 blocks, rectified scores and transposed biases",
            Reference with { BlockKernel = 2, ScoreActivation = ActivationKind.Relu, TransposedBias = true }),
    ];

    /// <summary>A member of the family, for pictures of M2NIST's size.</summary>
    public static Model Variant(string name, string description, Fcn8Options options) =>
        new(name, "segment", description, new InputSize(64, 84), (graph, image, settings) => Build(graph, image, options, settings))
        {
            Field = new ReceptiveField(Stride, Radius(options)),
        };

    /// <summary>
    /// How far the logits of a pixel see. A block at 1/s of the picture's height adds a pixel of its own, s of the picture's, for each convolution and pooling
    /// step; the 7×7 head three at 1/32. A transposed convolution reads its neighbours at the coarser of its two scales, the last step of 8 its own cell alone.
    /// </summary>
    private static int Radius(Fcn8Options options)
    {
        int encoder = (2 * (options.BlockKernel / 2) + 1) * (1 + 2 + 4 + 8 + 16), head = options.HeadFilters > 0 ? 3 * Stride : 0;
        return encoder + head + 32 + 16 + (options.Fine ? 8 + 4 + 2 : 8);
    }

    /// <param name="x">[N, H, W, 1], normalised pixels, −1 … 1. Zeros, which are grey, make both sides multiples of 32 at the bottom and the right: so is
    /// M2NIST trained, 12 columns of 96. Pictures of other sizes had better come with their ground continued so far; see Inference.</param>
    /// <returns>Logits [N, H, W, classes].</returns>
    public static Tensor Build(Graph graph, Tensor x, Fcn8Options options, NetworkSettings settings)
    {
        var picture = graph.Apply(PadCrop2d.ToMultiple(x.Shape, Stride), "pad", x);

        var blocks = new Tensor[5];
        for (int i = 0; i < 5; i++)
        {
            string name = $"block{i + 1}";
            var h = i == 0 ? picture : blocks[i - 1];
            for (int j = 1; j <= 2; j++)
                h = graph.Conv2d(h, $"{name}.conv{j}", options.Filters[i], options.BlockKernel, ActivationKind.LeakyRelu, Slope,
                    new Initializer.HeNormal(options.BlockKernel * options.BlockKernel * h.Shape.Channels, Slope, BlockGain));
            blocks[i] = graph.BatchNorm2d(graph.MaxPool2d(h, $"{name}.pool"), $"{name}.norm");
        }

        // What makes scores of features starts at zero, as in the paper (section 4.3): the first loss is that of the class prior, and no random
        // score has to be unlearnt. A rectified score at zero would pass no gradient, so those start at random.
        bool rectified = options.ScoreActivation != ActivationKind.None;
        var zeros = rectified ? null : Initializer.Zeros;
        var prior = settings.ClassPrior is { } shares ? new Initializer.Values([.. shares.Select(p => MathF.Log(p))]) : null;
        Tensor Score(Tensor from, string name, int kernel = 1, Initializer? biases = null) =>
            graph.Conv2d(from, name, settings.Classes, kernel, options.ScoreActivation, weights: zeros, biases: biases);
        Tensor Up(Tensor from, string name, int kernel, int stride, int crop, Initializer? biases = null) =>
            graph.ConvTranspose2d(from, name, settings.Classes, kernel, stride, crop,
                from.Shape.Channels == settings.Classes ? null : zeros, options.TransposedBias ? biases ?? Initializer.Zeros : null);

        var top = blocks[4];
        if (options.HeadFilters > 0)
        {
            top = graph.Dropout(graph.Conv2d(top, "conv6", options.HeadFilters, 7, ActivationKind.Relu), "drop6", settings.Dropout, seed: 6);
            top = graph.Dropout(graph.Conv2d(top, "conv7", options.HeadFilters, 1, ActivationKind.Relu), "drop7", settings.Dropout, seed: 7);
            top = Score(top, "score5");
        }
        var scores = graph.Apply(new SkipAdd(), "skip4", Up(top, "up2a", 4, 2, 1), Score(blocks[3], "score4"));
        // The prior belongs into the last bias; where up8 has none, interpolation carries it there from score3.
        scores = graph.Apply(new SkipAdd(), "skip3", Up(scores, "up2b", 4, 2, 1), Score(blocks[2], "score3", biases: options.Fine || rectified ? null : prior));
        if (options.Fine)
        {
            scores = graph.Apply(new SkipAdd(), "skip2", Up(scores, "up2c", 4, 2, 1), Score(blocks[1], "score2"));
            scores = graph.Apply(new SkipAdd(), "skip1", Up(scores, "up2d", 4, 2, 1), Score(blocks[0], "score1"));
            scores = graph.Apply(new SkipAdd(), "skip0", Up(scores, "up2e", 4, 2, 1), Score(picture, "score0", 3, prior));
        }
        else scores = Up(scores, "up8", 8, 8, 0, prior);
        return graph.Apply(PadCrop2d.Crop(0, scores.Shape.Height - x.Shape.Height, 0, scores.Shape.Width - x.Shape.Width), "logits", scores);
    }
}
