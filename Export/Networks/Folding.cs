using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;

namespace FcnFromScratch.Export;

/// <summary>
/// Batch norm after training is y = a·x + b for each channel, with a = γ / √(variance + ε) and b = β − a·mean, and a convolution before it can take
/// both: its weights to a channel times a, its bias times a, plus b. So the network has fewer nodes and gives the same, but for rounding.
/// <para>
/// Between the two there may be steps that a·x + b passes: a crop; a sum, both sides of which take a and one of them b; a max pool, but only where no a is
/// negative, since max(a·x) = a·max(x) for those alone. Where another node reads what is between, where a rectifier bends it (FCN-8's blocks), or where
/// padding zeros would become b, the norm stays.
/// </para>
/// </summary>
public sealed class Folding
{
    private readonly TrainedNetwork _network;
    private readonly Dictionary<Tensor, (double[] Scale, double[] Shift)> _taken = [];
    private readonly HashSet<Node> _folded = [];

    private Folding(TrainedNetwork network) => _network = network;

    /// <summary>The network without the norms that could be folded.</summary>
    /// <returns>It, and the names of the norms that stay.</returns>
    public static (TrainedNetwork Network, IReadOnlyList<string> Kept) Apply(TrainedNetwork network)
    {
        var folding = new Folding(network);
        Node[] norms = [.. network.Graph.Nodes.Where(node => node.Op is BatchNorm2dInference)];
        foreach (var norm in norms) folding.Fold(norm);
        return (folding.Rebuilt(), [.. norms.Except(folding._folded).Select(norm => norm.Name)]);
    }

    private void Fold(Node norm)
    {
        double epsilon = ((BatchNorm2dInference)norm.Op).Epsilon;
        float[] gamma = Values(norm, 1), beta = Values(norm, 2), mean = Values(norm, 3), variance = Values(norm, 4);
        double[] scale = [.. gamma.Zip(variance, (g, v) => g / Math.Sqrt(v + epsilon))];
        double[] shift = [.. beta.Select((b, c) => b - scale[c] * mean[c])];
        if (!CanTake(norm.Inputs[0], hasNegative: scale.Any(a => a < 0), hasShift: true)) return;
        Take(norm.Inputs[0], scale, shift);
        _folded.Add(norm);
    }

    private float[] Values(Node node, int input) => _network.Values[node.Inputs[input].Name];

    private bool CanTake(Tensor x, bool hasNegative, bool hasShift)
    {
        if (x == _network.Output || x.Producer is not { } from || _network.Graph.Nodes.Count(node => node.Inputs.Contains(x)) != 1) return false;
        return from.Op switch
        {
            Conv2d { Activation: ActivationKind.None } or ConvTranspose2d { Activation: ActivationKind.None } => true,
            MaxPool2d => !hasNegative && CanTake(from.Inputs[0], hasNegative, hasShift),
            PadCrop2d pad => (!hasShift || IsCrop(pad)) && CanTake(from.Inputs[0], hasNegative, hasShift),
            SkipAdd => from.Inputs[0] != from.Inputs[1]
                && CanTake(from.Inputs[0], hasNegative, hasShift: false) && CanTake(from.Inputs[1], hasNegative, hasShift),
            _ => false,
        };

        static bool IsCrop(PadCrop2d pad) => pad is { Top: <= 0, Bottom: <= 0, Left: <= 0, Right: <= 0 };
    }

    private void Take(Tensor x, double[] scale, double[] shift)
    {
        var from = x.Producer!;
        if (from.Op is SkipAdd) Take(from.Inputs[1], scale, shift);
        if (from.Op is SkipAdd) Take(from.Inputs[0], scale, new double[shift.Length]);
        else if (from.Op is Conv2d or ConvTranspose2d) _taken[x] = (scale, shift);
        else Take(from.Inputs[0], scale, shift);
    }

    private TrainedNetwork Rebuilt()
    {
        var graph = new Graph(training: false);
        var values = new Dictionary<string, float[]>();
        var image = graph.Input(_network.Image.Name, _network.Image.Spec);
        var now = new Dictionary<Tensor, Tensor> { [_network.Image] = image };
        foreach (var node in _network.Graph.Nodes)
        {
            if (_folded.Contains(node)) now[node.Output] = now[node.Inputs[0]];
            else if (_taken.TryGetValue(node.Output, out var taken)) now[node.Output] = Convolution(node, taken.Scale, taken.Shift);
            else
            {
                var copy = graph.ApplyNode(node.Op, node.Name, [.. node.Inputs.Select(Now)]);
                foreach (var (old, made) in node.Outputs.Zip(copy.Outputs)) now[old] = made;
            }
        }
        return _network with { Graph = graph, Image = image, Output = now[_network.Output], Values = values };

        Tensor Now(Tensor old) => now.TryGetValue(old, out var known) ? known : now[old] = Variable(old.Name, old.Shape, _network.Values[old.Name]);

        Tensor Variable(string name, Shape shape, float[] content)
        {
            values[name] = content;
            return graph.State(name, shape, Initializer.Zeros);
        }

        Tensor Convolution(Node node, double[] scale, double[] shift)
        {
            // [kh, kw, in, out], and [kh, kw, out, in] where transposed: the channel that an element is for.
            bool isTransposed = node.Op is ConvTranspose2d;
            var shape = node.Inputs[1].Shape;
            float[] weights = [.. Values(node, 1).Select((w, i) => (float)(w * scale[isTransposed ? i / shape[3] % shape[2] : i % shape[3]]))];
            double[] biases = [.. shift.Select((b, c) => b + (node.Inputs.Count > 2 ? scale[c] * Values(node, 2)[c] : 0))];
            List<Tensor> inputs = [Now(node.Inputs[0]), Variable(node.Inputs[1].Name, shape, weights)];
            if (node.Inputs.Count > 2 || Array.Exists(biases, b => b != 0))
                inputs.Add(Variable($"{node.Name}.bias", new Shape(biases.Length), Array.ConvertAll(biases, b => (float)b)));
            return graph.Apply(node.Op, node.Name, [.. inputs]);
        }
    }
}
