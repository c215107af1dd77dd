using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Training.Reports;

namespace FcnFromScratch.Training;

/// <summary>What a node of a network made of a picture.</summary>
/// <param name="Values">[Height, Width, Channels].</param>
public sealed record LayerOutput(string Name, string Op, int Height, int Width, int Channels, float[] Values);

/// <summary>Which pixels speak for a class.</summary>
/// <param name="Score">The network's logit of that class where it is largest, softly: log Σ exp over all places.</param>
/// <param name="Pixels">[height, width] of what the network was given: above 0 ink that speaks for the class, below 0 ink that speaks against it.</param>
public sealed record Evidence(double Score, float[] Pixels)
{
    private static readonly Rgb s_for = new(0xFF, 0x8A, 0x1F), s_against = new(0x1F, 0x8A, 0xFF);

    /// <summary>What the network was given, warm where it speaks for the class, cool where it speaks against it, else grey.</summary>
    public Picture Draw(Picture given)
    {
        // The strongest pixel has the full colour; a single outlier of noise would leave the rest grey, so the strongest hundredth do.
        float[] strengths = [.. Pixels.Select(Math.Abs).Order()];
        float full = Math.Max(strengths[^(1 + strengths.Length / 100)], float.Epsilon);
        var canvas = new Canvas(given.Width, given.Height, Palette.Ground);
        canvas.Paste(0, 0, given.Width, given.Height, 1, i =>
            Rgb.Grey((byte)(given.Pixels[i] / 2)).Towards(Pixels[i] > 0 ? s_for : s_against, Math.Min(1, Math.Abs(Pixels[i]) / full)));
        return canvas.Picture;
    }
}

/// <summary>
/// A network opened up: the output of every node for one picture, and the gradient from a class back to the picture. Compiled for pictures of one size.
/// </summary>
public sealed class Look : IDisposable
{
    private readonly Weights _weights;
    private readonly int _height, _width;
    private readonly CompiledGraph _forward;
    private readonly Tensor _image, _output;
    private readonly Tensor[] _shown;

    /// <exception cref="EngineException">The device has not the memory to keep what all nodes give.</exception>
    public Look(Weights weights, int height, int width)
    {
        (_weights, _height, _width) = (weights, height, width);
        (var graph, _image, _output) = Network();
        _shown = [.. graph.Nodes.Select(node => node.Output).Where(output => output.Spec.Type == ElementType.F32 && output.Shape.Rank == 4)];
        _forward = new CompiledGraph(graph, weights.Variables, _shown);
    }

    public bool IsFor(Picture picture) => (picture.Height, picture.Width) == (_height, _width);

    /// <summary>The outputs of all nodes that have a height and a width, in the order that they run.</summary>
    /// <param name="picture">Grey, light ink on black, of this size.</param>
    public IReadOnlyList<LayerOutput> Layers(Picture picture)
    {
        Run(_forward, _image, picture);
        return [.. _shown.Select(output => new LayerOutput(output.Name, output.Producer!.Op.Name,
            output.Shape.Height, output.Shape.Width, output.Shape.Channels, _forward.Download<float>(output)))];
    }

    /// <summary>The class that the network is surest of anywhere in the picture whose <see cref="Layers"/> were asked for last.</summary>
    /// <param name="classes">How many there are to choose from.</param>
    public int Strongest(int classes)
    {
        float[] logits = _forward.Download<float>(_output);
        int channels = _output.Shape.Channels;
        return Enumerable.Range(0, classes).MaxBy(Most);

        float Most(int classNumber) => Enumerable.Range(0, logits.Length / channels).Max(i => logits[i * channels + _weights.Task.ChannelOf(classNumber)]);
    }

    /// <summary>
    /// Gradient times input (Simonyan, Vedaldi and Zisserman 2014, section 3; Shrikumar et al. 2016, section 2): what a pixel's ink adds to the class's logit
    /// if the network were linear about this picture. A network with logits at many places is asked for the largest of them, softly.
    /// </summary>
    /// <param name="picture">The one whose <see cref="Layers"/> were asked for last.</param>
    /// <returns>Null for a network that has no gradient: one that compares a picture with others.</returns>
    public Evidence? EvidenceOf(int classNumber, Picture picture)
    {
        if (!_weights.Model.FollowsGradients) return null;
        var (graph, image, output) = Network();
        int channels = output.Shape.Channels, channel = _weights.Task.ChannelOf(classNumber);
        // How much each logit counts comes from the logits themselves, so it is put in between.
        float[] logits = _forward.Download<float>(_output);
        double most = double.NegativeInfinity, sum = 0;
        for (int i = channel; i < logits.Length; i += channels) most = Math.Max(most, logits[i]);
        for (int i = channel; i < logits.Length; i += channels) sum += Math.Exp(logits[i] - most);
        var shares = new float[logits.Length];
        for (int i = channel; i < logits.Length; i += channels) shares[i] = (float)(Math.Exp(logits[i] - most) / sum);

        var seed = graph.Input("seed", output.Spec);
        var gradient = graph.Gradients(new Dictionary<Tensor, Tensor> { [output] = seed }, [image])[0]!;
        using var backward = new CompiledGraph(graph, _weights.Variables, [gradient]);
        backward.Upload<float>(seed, shares);
        Run(backward, image, picture);
        float[] gradients = backward.Download<float>(gradient), pixels = new float[picture.Pixels.Length];
        float black = Preprocessing.Normalise(0f);
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = gradients[i / _width * image.Shape.Width + i % _width] * (Preprocessing.Normalise((float)picture.Pixels[i]) - black);
        return new Evidence(most + Math.Log(sum), pixels);
    }

    private (Graph Graph, Tensor Image, Tensor Output) Network() =>
        _weights.Model.ForPictures(_height, _width).Network(1, training: false, _weights.Settings);

    /// <summary>Beyond the picture it is black, as <see cref="Inference"/> has it.</summary>
    private void Run(CompiledGraph compiled, Tensor image, Picture picture)
    {
        var pixels = new float[image.Shape.Count];
        Array.Fill(pixels, Preprocessing.Normalise(0f));
        for (int y = 0; y < _height; y++)
            Preprocessing.Normalise(picture.Pixels.AsSpan(y * _width, _width), pixels.AsSpan(y * image.Shape.Width, _width));
        compiled.Upload<float>(image, pixels);
        compiled.Run();
    }

    public void Dispose() => _forward.Dispose();
}
