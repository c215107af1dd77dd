using FcnFromScratch.Engine.Devices;

namespace FcnFromScratch.Engine;

/// <summary>
/// One node of a compiled graph, with its launches and memory. Run alone, with its memory read before and after, it can be held against the
/// reference or searched for values that are no numbers; <see cref="CompiledGraph.Run"/> is the fast way.
/// </summary>
public sealed class CompiledNode(Device device, Node node, IReadOnlyList<Launch> launches, Storage[] inputs, Storage[] outputs)
{
    /// <summary>What it is made of.</summary>
    public Node Node => node;

    /// <summary>What runs, in order.</summary>
    public IReadOnlyList<Launch> Launches => launches;

    /// <summary>The inputs as they are now. An op that works in place changes them: read them before it runs.</summary>
    public ReferenceTensor<double>[] Inputs() => [.. inputs.Select(Read)];

    /// <summary>Copies the outputs to the host.</summary>
    public ReferenceTensor<double>[] Outputs() => [.. outputs.Select(Read)];

    /// <summary>Runs this node alone, on what its inputs hold.</summary>
    public void Run()
    {
        using var commands = device.Prepare(launches);
        commands.Run();
    }

    /// <summary>
    /// Runs the node and compares each output, element by element, with the double reference on the same inputs. What an element may be off by is a
    /// share of the largest element of its output, since sums over many terms round in proportion to the terms, which cancel.
    /// </summary>
    /// <param name="tolerance">That share.</param>
    public Comparison RunVerified(double tolerance)
    {
        var expected = node.Outputs.Select(o => new ReferenceTensor<double>(o.Spec)).ToArray();
        node.Op.Reference(Inputs(), expected);
        Run();
        var actual = Outputs();
        return Comparison.Worst(expected.Select((e, o) =>
        {
            double largest = e.Values.Length == 0 ? 0 : e.Values.Max(Math.Abs);
            return e.Spec.Type == ElementType.I32
                ? Comparison.Of(actual[o].Ints, e.Ints, e.Shape, $"output {o}")
                : Comparison.Of(Array.ConvertAll(actual[o].Values, v => (float)v), e.Values, e.Shape, tolerance * largest + float.Epsilon, 0, $"output {o}");
        }));
    }

    private ReferenceTensor<double> Read(Storage storage)
    {
        var tensor = new ReferenceTensor<double>(storage.Spec);
        if (storage.Spec.Type == ElementType.I32) device.Download(storage.View<int>(), tensor.Ints.AsSpan());
        else
        {
            var values = new float[tensor.Values.Length];
            device.Download(storage.View<float>(), values.AsSpan());
            for (int i = 0; i < values.Length; i++) tensor.Values[i] = values[i];
        }
        return tensor;
    }
}
