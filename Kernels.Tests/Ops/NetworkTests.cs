using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Layers;
using Xunit;

namespace FcnFromScratch.Kernels.Tests;

/// <summary>Whole networks: the references' exact sizes, gradients of every parameter, and each device against the double reference.</summary>
public sealed class NetworkTests
{
    private const int Batch = 2;

    public static TheoryData<string> Segmenters() => [.. Models.All.Where(m => m.Task == "segment").Select(m => m.Name)];

    public static TheoryData<string, string> SegmentersOnDevices()
    {
        var rows = new TheoryData<string, string>();
        foreach (var device in TestDevices.All)
            foreach (var model in Models.All.Where(m => m.Task == "segment")) rows.Add(model.Name, device.Name);
        return rows;
    }

    [Theory]
    [InlineData("fcn8", 9_061_985, 9_060_513)]
    [InlineData("fcn8-slim", 2_413_766, 2_412_294)]
    [InlineData("fcn8-2x2", 7_756_258, 7_754_786)]
    public void The_references_have_their_exact_sizes(string model, long total, long trainable)
    {
        var (graph, _, logits) = Models.All.Single(m => m.Name == model).Network(1, training: true, new NetworkSettings { Classes = 11 });
        Assert.Equal(total, graph.Variables.Sum(v => v.Shape.Count));
        Assert.Equal(trainable, graph.Parameters.Sum(v => v.Shape.Count));
        Assert.Equal(new Shape(1, 64, 84, 11), logits.Shape);
    }

    [Theory]
    [MemberData(nameof(Segmenters))]
    public void Gradients_of_every_parameter_match_central_differences(string model)
    {
        var (graph, loss) = Small(model);
        var comparison = GradientCheck.Check(graph, loss, runner => Prepare(graph, runner));
        Assert.True(comparison.Holds, comparison.Message);
    }

    [Theory]
    [MemberData(nameof(SegmentersOnDevices))]
    public void Loss_and_gradients_on_the_device_match_the_double_reference(string model, string device)
    {
        var (reference, referenceLoss) = Small(model);
        var parameters = reference.Parameters.ToArray();
        var one = reference.Input("loss.gradient", referenceLoss.Spec);
        var gradients = reference.Gradients(new Dictionary<Tensor, Tensor> { [referenceLoss] = one }, parameters);
        var runner = new ReferenceRunner<double>(reference, seed: 1);
        Prepare(reference, runner);
        runner[one].Values[0] = 1;
        runner.Run();

        var (graph, loss) = Small(model);
        using var variables = new VariableStore(TestDevices.Find(device), graph, seed: 1);
        using var compiled = new CompiledGraph(graph, variables, [], loss);
        foreach (var parameter in parameters) variables[parameter.Name] = Array.ConvertAll(runner[parameter].Values, v => (float)v);
        foreach (var input in graph.Inputs)
        {
            var value = runner[reference.Inputs.First(i => i.Name == input.Name)];
            if (input.Spec.Type == ElementType.I32) compiled.Upload<int>(input, value.Ints);
            else compiled.Upload<float>(input, Array.ConvertAll(value.Values, v => (float)v));
        }
        for (int run = 0; run < 2; run++)
        {
            compiled.Run();
            var lossComparison = Comparison.Of(compiled.Download<float>(loss), runner[referenceLoss].Values, loss.Shape, 1e-6, 1e-5, "loss");
            Assert.True(lossComparison.Holds, lossComparison.Message);
            for (int i = 0; i < parameters.Length; i++)
            {
                // Gradients of early layers pass some twenty ops; errors are measured against the size of the whole gradient.
                double[] expected = runner[gradients[i]!].Values;
                double size = Math.Sqrt(expected.Average(v => v * v));
                var tensor = compiled.ParameterGradients[parameters[i].Name];
                var comparison = Comparison.Of(compiled.Download<float>(tensor), expected, tensor.Shape, 2e-3 * size + 1e-6, 2e-3, parameters[i].Name);
                Assert.True(comparison.Holds, comparison.Message);
            }
        }
    }

    /// <summary>Where scores are rectified, the log of a small share would hold them at zero for good.</summary>
    [Theory]
    [MemberData(nameof(Segmenters))]
    public void However_rare_a_class_its_scores_learn_from_the_first_step(string model)
    {
        var (graph, loss) = Small(model, [1e-6f, 1e-6f, 1e-6f, 1e-6f, 1 - 4e-6f]);
        using var device = new CpuDevice(2);
        using var variables = new VariableStore(device, graph, seed: 1);
        using var compiled = new CompiledGraph(graph, variables, [], loss);
        var random = new Random(4);
        foreach (var input in graph.Inputs)
            if (input.Spec.Type == ElementType.I32) compiled.Upload<int>(input, Drawn(input, () => random.Next(5)));
            else compiled.Upload<float>(input, Drawn(input, () => random.NextSingle() * 2 - 1));
        compiled.Run();
        Assert.DoesNotContain(0, compiled.Download<float>(compiled.ParameterGradients["score3.bias"]));

        static T[] Drawn<T>(Tensor input, Func<T> draw) => [.. Enumerable.Range(0, (int)input.Shape.Count).Select(_ => draw())];
    }

    private static (Graph Graph, Tensor Loss) Small(string name, float[]? prior = null)
    {
        var options = Fcn8.Family.Single(member => member.Name == name).Options;
        options = options with { Filters = [3, 4, 5, 6, 7], HeadFilters = options.HeadFilters > 0 ? 8 : 0 };
        var graph = new Graph(training: true);
        var image = graph.Input("image", new Shape(Batch, 32, 44, 1));
        var logits = Fcn8.Build(graph, image, options, new NetworkSettings { Classes = 5, Dropout = 0.25f, ClassPrior = prior });
        var labels = graph.Input("labels", new TensorSpec(new Shape(Batch, 32, 44), ElementType.I32));
        return (graph, graph.Apply(new SoftmaxCrossEntropy(), "loss", logits, labels));
    }

    private static void Prepare(Graph graph, ReferenceRunner<double> runner)
    {
        var random = new Random(4);
        // Away from the symmetric start: zero biases over zero padding would sit exactly on the kinks, and zero scores pass no gradient on.
        foreach (var parameter in graph.Parameters)
            foreach (ref double value in runner[parameter].Values.AsSpan()) value = (float)(value + 0.2 * (random.NextDouble() - 0.5));
        foreach (var input in graph.Inputs)
        {
            var value = runner[input];
            for (int i = 0; i < value.Values.Length; i++) value.Values[i] = (float)(random.NextDouble() * 2 - 1);
            for (int i = 0; i < value.Ints.Length; i++) value.Ints[i] = input == graph.Step ? 3 : random.Next(5);
        }
    }

    [Theory]
    [MemberData(nameof(Segmenters))]
    public void No_two_layers_of_a_network_drop_the_same(string model)
    {
        var (graph, _, _) = Models.All.Single(m => m.Name == model).Network(1, training: true, new NetworkSettings { Classes = 11 });
        // What each drops in a step, of a thousand elements.
        bool[][] dropped = [.. graph.Nodes.Select(n => n.Op).OfType<Dropout>().Select(Dropped)];
        Assert.Equal(dropped.Length, dropped.Select(d => string.Join("", d)).Distinct().Count());

        static bool[] Dropped(Dropout op)
        {
            var (x, step, y) = (new ReferenceTensor<double>(new Shape(1000)), new ReferenceTensor<double>(new TensorSpec(new Shape(1), ElementType.I32)),
                new ReferenceTensor<double>(new Shape(1000)));
            Array.Fill(x.Values, 1);
            step.Ints[0] = 1;
            op.Reference([x, step], [y]);
            return [.. y.Values.Select(v => v == 0)];
        }
    }
}
