using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;

namespace FcnFromScratch.Layers;

/// <summary>
/// Networks that find digits in pictures of any size. Each cell of 4×4 pixels says how far the four sides of a digit around it are, and which digit it is:
/// one stage, without anchors, as FCOS (Tian et al. 2019), but from a single map: the largest digit is no more than a few times the smallest, and what sees
/// further comes down to that map as in a feature pyramid (Lin et al. 2017).
/// </summary>
public static class Detectors
{
    /// <summary>Pixels along a cell's side.</summary>
    public const int Cell = 4;

    /// <summary>Channels of a cell before its classes: distances to the left, upper, right and lower side.</summary>
    public const int Sides = 4;

    /// <summary>Pixels from one value of the deepest block to the next.</summary>
    private const int Stride = 16;

    /// <summary>
    /// How far a cell sees: a block at 1/s of the picture's height three pixels of its own, s of the picture's (two convolutions and pooling); the way down
    /// from 1/16 and 1/8 one each; the two convolutions at 1/4 two.
    /// </summary>
    private const int Radius = 3 * (1 + 2 + 4 + 8) + 16 + 8 + 2 * Cell;

    /// <summary>How sure of each class the first answers are: most cells have none (Lin et al. 2017, "Focal loss", section 3.3).</summary>
    private const float Prior = 0.01f;

    /// <summary>The first distances: those of the sides of a digit of MNIST's size from its middle, ln(e^2.5 − 1) for 10 pixels.</summary>
    private const float FirstDistance = 2.41f;

    /// <summary>The family, the quickest first.</summary>
    public static IReadOnlyList<Model> Family { get; } =
    [
        Variant("grid", "a box and a class for each 4×4 pixels, from three slim blocks on a stem", [16, 32, 64, 128], 48, hasStem: true),
        Variant("grid-wide", "the same from the blocks of the classifier cnn, and one more", [32, 64, 128, 128], 64, hasStem: false),
    ];

    private static Model Variant(string name, string description, int[] filters, int head, bool hasStem) =>
        new(name, "detect", description, new InputSize(100, 100), (graph, image, settings) => Build(graph, image, filters, head, hasStem, settings.Classes))
        {
            Field = new ReceptiveField(Stride, Radius, Cell),
            Backbone = Backbone.Prefixes(hasStem),
        };

    /// <param name="x">[N, H, W, 1], normalised pixels. Zeros make both sides multiples of 8 at the bottom and the right.</param>
    /// <param name="filters">Of the four blocks.</param>
    /// <param name="head">Filters of the map that answers come from.</param>
    /// <returns>[N, H/4, W/4, 4 + classes]: distances before softplus, in cells, and logits.</returns>
    private static Tensor Build(Graph graph, Tensor x, int[] filters, int head, bool hasStem, int classes)
    {
        int height = Cells(x.Shape.Height), width = Cells(x.Shape.Width);
        x = Padded(graph, x, "pad", 8);
        var block1 = Backbone.First(graph, x, filters[0], hasStem);
        var block2 = Backbone.Block(graph, block1, 2, filters[1]);
        var block3 = Backbone.Block(graph, block2, 3, filters[2]);
        var block4 = Backbone.Block(graph, Padded(graph, block3, "pad3", 2), 4, filters[3]);
        var map = Down(block4, block3, "down3");
        map = Down(map, block2, "down2");
        for (int i = 1; i <= 2; i++) map = Backbone.Rectified(graph, Backbone.Convolved(graph, map, $"head.conv{i}", head), $"head.norm{i}");
        float[] biases = [.. Enumerable.Repeat(FirstDistance, Sides), .. Enumerable.Repeat(-MathF.Log((1 - Prior) / Prior), classes)];
        map = graph.Conv2d(map, "answers", Sides + classes, 1, biases: new Initializer.Values(biases));
        return Cropped(map, height, width, "crop");

        // What sees far, twice as large, and what sees sharply.
        Tensor Down(Tensor far, Tensor near, string name)
        {
            var up = graph.ConvTranspose2d(far, $"{name}.up", head, 4, 2, 1);
            var across = graph.Conv2d(near, $"{name}.across", head, 1, biased: false);
            up = Cropped(up, across.Shape.Height, across.Shape.Width, $"{name}.crop");
            return Backbone.Rectified(graph, graph.Apply(new SkipAdd(), $"{name}.sum", up, across), $"{name}.norm");
        }

        Tensor Cropped(Tensor from, int rows, int columns, string name) => (from.Shape.Height, from.Shape.Width) == (rows, columns) ? from
            : graph.Apply(PadCrop2d.Crop(0, from.Shape.Height - rows, 0, from.Shape.Width - columns), name, from);
    }

    /// <summary>Cells that cover so many pixels.</summary>
    public static int Cells(int pixels) => (pixels + Cell - 1) / Cell;

    private static Tensor Padded(Graph graph, Tensor x, string name, int multiple) =>
        x.Shape.Height % multiple + x.Shape.Width % multiple == 0 ? x : graph.Apply(PadCrop2d.ToMultiple(x.Shape, multiple), name, x);
}
