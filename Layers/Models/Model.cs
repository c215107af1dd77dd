using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;

namespace FcnFromScratch.Layers;

/// <summary>The picture a network is trained on: [Height, Width, Channels].</summary>
public readonly record struct InputSize(int Height, int Width, int Channels = 1)
{
    public override string ToString() => $"{Height}x{Width}x{Channels}";
}

/// <summary>What a network is told by its task and its run.</summary>
public sealed record NetworkSettings
{
    /// <summary>How many classes it tells apart.</summary>
    public required int Classes { get; init; }

    /// <summary>What they are called, where that is not the same for all networks of a task.</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>The share of activations that its dropout layers drop while training, 0 … 1.</summary>
    public float Dropout { get; init; } = 0.5f;

    /// <summary>Samples that a model of <see cref="Model.Kept"/> has.</summary>
    public int Kept { get; init; } = 1;

    /// <summary>Neighbours that vote on a class, and which of the classes with equally many votes wins.</summary>
    public int Neighbours { get; init; } = 3;
    public TieRule Ties { get; init; }

    /// <summary>Whether a model that compares pixels sets slanted digits upright first.</summary>
    public bool Deskew { get; init; }

    /// <summary>The share of each class among what is classified: the last biases start at its logarithm, so that training need not first learn it.</summary>
    public float[]? ClassPrior { get; init; }
}

/// <summary>Adds a network to a graph.</summary>
/// <param name="image">[N, H, W, C], normalised pixels.</param>
/// <returns>What the task's loss takes: logits, say.</returns>
public delegate Tensor NetworkBuilder(Graph graph, Tensor image, NetworkSettings settings);

/// <summary>
/// What each element of an output depends on, in pixels of the input: on those at most <paramref name="Radius"/> away, and on where it lies in squares of
/// <paramref name="Stride"/>. So an output's part can be computed from a part of the picture.
/// </summary>
/// <param name="Cell">Pixels along the side of the square that an element of the output is for.</param>
public readonly record struct ReceptiveField(int Stride, int Radius, int Cell = 1);

/// <summary>A network that can be asked for by name.</summary>
/// <param name="Task">The name of the task it is made for.</param>
/// <param name="Input">The picture it is trained on.</param>
public sealed record Model(string Name, string Task, string Description, InputSize Input, NetworkBuilder Build)
{
    /// <summary>
    /// For pictures of any size: of a network with an output for each pixel, or cell of pixels; null for one that takes a picture as a whole.
    /// </summary>
    public ReceptiveField? Field { get; init; }

    /// <summary>
    /// What the names of its first layers' variables begin with, where another network has the same layers and its weights can be begun with; else empty.
    /// </summary>
    public IReadOnlyList<string> Backbone { get; init; } = [];

    /// <summary>
    /// Of a model that keeps samples instead of learning from them: the variable that has them, [samples, …]. How many there are is as a file of it says, or as
    /// its task does (<see cref="NetworkSettings.Kept"/>); null for one whose variables have fixed sizes.
    /// </summary>
    public string? Kept { get; init; }

    /// <summary>Whether it learns by gradient descent; else its task gives it its variables, and epochs, rates and steps mean nothing to it.</summary>
    public bool FollowsGradients => Kept is null;

    /// <summary>Pictures in a batch of an evaluation at most: more are no faster, and need memory beside training's.</summary>
    public int EvaluationBatch { get; init; } = 32;

    /// <summary>For pictures of another size, where it takes any; else as it is.</summary>
    public Model For(int height, int width) =>
        Field is null ? this : this with { Input = Input with { Height = height, Width = width } };

    /// <summary>
    /// For pictures of another size than it was trained on, which are continued at the right and below to multiples of the field's stride: the network itself
    /// would pad them with grey, where it has learnt to see nothing only beside its own pictures.
    /// </summary>
    public Model ForPictures(int height, int width)
    {
        int stride = (height, width) == (Input.Height, Input.Width) || Field is null ? 1 : Field.Value.Stride;
        return this with { Input = Input with { Height = (height + stride - 1) / stride * stride, Width = (width + stride - 1) / stride * stride } };
    }

    /// <summary>A graph over a batch of pictures, its input named "image".</summary>
    public (Graph Graph, Tensor Image, Tensor Output) Network(int batch, bool training, NetworkSettings settings)
    {
        var graph = new Graph(training);
        var image = graph.Input("image", new Shape(batch, Input.Height, Input.Width, Input.Channels));
        return (graph, image, Build(graph, image, settings));
    }
}
