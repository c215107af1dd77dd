using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Ops;

namespace FcnFromScratch.Layers;

/// <summary>A network that can be asked for by name.</summary>
/// <param name="Input">Height and width it is trained at.</param>
public sealed record Model(string Name, string Task, string Description, (int Height, int Width) Input, Fcn8Options Options)
{
    public Tensor Build(Graph graph, Tensor x, Fcn8Options options) => Fcn8.Build(graph, x, options);

    /// <summary>A graph over a batch of pictures, its input named "image".</summary>
    public (Graph Graph, Tensor Image, Tensor Logits) Network(int batch, bool training, Fcn8Options? options = null)
    {
        var graph = new Graph(training);
        var image = graph.Input("image", new Shape(batch, Input.Height, Input.Width, 1));
        return (graph, image, Build(graph, image, options ?? Options));
    }
}

/// <summary>The table of networks.</summary>
public static class Models
{
    private static readonly Fcn8Options Reference = new();

    public static IReadOnlyList<Model> All { get; } =
    [
        new("fcn8", "segment", "FCN-8 with its 7×7 head", (64, 84), Reference),
        new("fcn8-slim", "segment", "FCN-8 whose decoder reads block 5 directly", (64, 84), Reference with { HeadFilters = 0 }),
        new("fcn8-2x2", "segment", "FCN-8 with 2×2 blocks, rectified scores and transposed biases", (64, 84),
            Reference with { BlockKernel = 2, ScoreActivation = ActivationKind.Relu, TransposedBias = true }),
        new("fcn8-fine", "segment", "FCN-8 whose decoder goes on to full resolution", (64, 84), Reference with { Fine = true }),
    ];

    /// <exception cref="EngineException">There is no such model; lists those there are.</exception>
    public static Model Find(string name) => All.FirstOrDefault(m => m.Name == name)
        ?? throw new EngineException($"there is no model '{name}'; there are {string.Join(", ", All.Select(m => m.Name))}");
}
