using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Training;

namespace FcnFromScratch.Export;

/// <summary>A network as it is after training, not yet fused, with the values of its variables: what files are written from.</summary>
/// <param name="Image">[N, H, W, C], normalised pixels.</param>
/// <param name="Output">[N, h, w, channels], or [N, 1, 1, channels] of a network that takes a picture as a whole.</param>
/// <param name="Values">Of each variable by its name, in the variable's own layout.</param>
/// <param name="TakesAnySize">Whether height and width are open; then the shapes are those of one size among many.</param>
public sealed record TrainedNetwork(Graph Graph, Tensor Image, Tensor Output, IReadOnlyDictionary<string, float[]> Values, bool TakesAnySize)
{
    public static TrainedNetwork Of(Weights weights)
    {
        var (graph, image, output) = weights.Model.Network(batch: 1, training: false, weights.Settings);
        return new(graph, image, output, graph.Variables.ToDictionary(v => v.Name, v => weights.Variables[v.Name]), weights.Model.Field is not null);
    }

    /// <summary>Batch norms that stand for themselves.</summary>
    public int Norms => Graph.Nodes.Count(node => node.Op is BatchNorm2dInference);

    /// <summary>Pixels of the picture from one element of a tensor to the next.</summary>
    internal int Pixels(Tensor tensor) => tensor.Producer is not { } from ? 1 : from.Op switch
    {
        MaxPool2d pool => Pixels(from.Inputs[0]) * pool.Stride,
        Conv2d conv => Pixels(from.Inputs[0]) * conv.StrideY,
        ConvTranspose2d up => Pixels(from.Inputs[0]) / up.Stride,
        _ => Pixels(from.Inputs[0]),
    };

    /// <summary>Throws unless a crop leaves as many places as the picture has at that scale: that can be written for pictures of any size.</summary>
    /// <returns>Pixels from one place to the next.</returns>
    /// <exception cref="EngineException">It leaves others.</exception>
    internal int ExpectPictureSize(Node crop)
    {
        var op = (PadCrop2d)crop.Op;
        int pixels = Pixels(crop.Inputs[0]);
        var to = crop.Output.Shape;
        return op.Top == 0 && op.Left == 0 && (to.Height, to.Width) == (Places(Image.Shape.Height), Places(Image.Shape.Width)) ? pixels
            : throw new EngineException(
                $"node '{crop.Name}' makes {to} of {crop.Inputs[0].Shape}, which is not the picture's own size at {pixels} pixels "
                + "a place; for pictures of any size it cannot be written");

        int Places(int side) => (side + pixels - 1) / pixels;
    }
}
