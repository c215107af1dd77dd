using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Kernels.Tests.Training;
using FcnFromScratch.Layers;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Tasks.Segment;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Ops;

/// <summary>Nodes of a compiled graph run one by one, held against the reference.</summary>
public sealed class VerifyTests
{
    /// <summary>Its kernel is that of a ReLU, its reference says sigmoid.</summary>
    private sealed class Wrong : Op
    {
        private readonly Activation _kernel = new(ActivationKind.Relu, 0), _reference = new(ActivationKind.Sigmoid, 0);

        public override TensorSpec[] Infer(IReadOnlyList<TensorSpec> inputs) => _kernel.Infer(inputs);
        public override IReadOnlyList<string> Versions(Device device, IReadOnlyList<TensorSpec> inputs) => _kernel.Versions(device, inputs);
        public override Tensor?[] Gradient(Graph graph, Node node, IReadOnlyList<Tensor?> dy) => _kernel.Gradient(graph, node, dy);
        public override void Record(Recorder r) => _kernel.Record(r);
        public override void Reference<T>(IReadOnlyList<ReferenceTensor<T>> x, IReadOnlyList<ReferenceTensor<T>> y) => _reference.Reference(x, y);
    }

    [Fact]
    public void Right_nodes_hold_and_a_wrong_one_is_named_with_its_worst_element()
    {
        var graph = new Graph(training: false);
        var x = graph.Input("x", new Shape(1, 4, 4, 3));
        var convolved = graph.Conv2d(x, "conv", 16, 3);
        var y = graph.Apply(new Wrong(), "wrong", convolved);
        using var device = new CpuDevice(1);
        using var variables = new VariableStore(device, graph, seed: 1);
        using var compiled = new CompiledGraph(graph, variables, [y]);
        compiled.Upload<float>(x, [.. Enumerable.Range(0, (int)x.Shape.Count).Select(i => MathF.Sin(i))]);

        Assert.Equal(["conv", "wrong"], compiled.Nodes.Select(n => n.Node.Name));
        Assert.True(compiled.Nodes[0].RunVerified(1e-5).Holds);
        var comparison = compiled.Nodes[1].RunVerified(1e-5);
        Assert.False(comparison.Holds);
        Assert.Matches(@"^output 0 at \[0,\d,\d,\d+\]: .*, expected 0", comparison.Message);

        // Node by node gives what a run gives.
        float[] one = compiled.Download<float>(y);
        compiled.Run();
        Assert.Equal(one, compiled.Download<float>(y));
    }

    /// <summary>Batch norm's averages, a ring and the optimizer's parameters and moments are changed in place: what the reference gets is older.</summary>
    [Fact]
    public void Every_node_of_a_training_step_holds_those_that_work_in_place_too()
    {
        var graph = new Graph(training: true);
        var x = graph.Input("x", new Shape(2, 6, 4, 3));
        var labels = graph.Input("labels", new TensorSpec(new Shape(2, 3, 2), ElementType.I32));
        var features = graph.BatchNorm2d(graph.Conv2d(x, "conv", 5, 3, ActivationKind.Relu), "norm");
        var loss = graph.Apply(new SoftmaxCrossEntropy(), "loss", graph.MaxPool2d(features, "pool"), labels);
        var ring = graph.Apply(new RingWrite(), "ring", loss, graph.Step, graph.Input("losses", new Shape(4)));
        using var device = new CpuDevice(1);
        using var variables = new VariableStore(device, graph, seed: 1);
        using var compiled = new CompiledGraph(graph, variables, [ring], loss, new Adam());
        compiled.Upload<float>(x, [.. Enumerable.Range(0, (int)x.Shape.Count).Select(i => MathF.Sin(i))]);
        compiled.Upload<int>(labels, [.. Enumerable.Range(0, 12).Select(i => i % 5)]);
        compiled.BeginStep(1, learningRate: 0.1);

        string[] inPlace = [.. compiled.Nodes.Where(n => n.Node.Outputs.Select((_, o) => n.Node.Op.InPlaceInput(o)).Any(i => i >= 0)).Select(n => n.Node.Name)];
        Assert.Equal(["norm", "ring", "adam"], inPlace);
        Assert.All(compiled.Nodes, node =>
        {
            var comparison = node.RunVerified(1e-5);
            Assert.True(comparison.Holds, $"{node.Node.Name}: {comparison.Message}");
        });
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(1, false)]
    public void A_run_that_verifies_stops_at_the_first_wrong_kernel_and_names_it(int nodes, bool stops)
    {
        // The convolution is right and the first; the second node is not.
        var model = new Model("wrong", "segment", "wrong", new InputSize(64, 84), (graph, image, settings) =>
            graph.Apply(new Wrong(), "wrong", graph.Conv2d(image, "conv", settings.Classes, 1)));
        using var device = new CpuDevice(1);
        var arguments = new Arguments(new SegmentTask([model])).On(device).With(Parameters.Model, "wrong").With(Parameters.Batch, 1)
            .With(Parameters.Steps, 2).With(SegmentParameters.Augment, 0).With(Parameters.VerifyKernels, nodes);
        using var trainer = new Trainer(arguments, SmallRuns.Open(arguments), device);
        void Run() => trainer.Run(new SmallRuns.Observer());
        if (!stops) Run();
        else
            Assert.Matches(@"^--verify-kernels: Wrong 'wrong' on cpu is wrong at step 1: output 0 at \[0,\d+,\d+,\d+\]: .*, expected .*; "
                + "compare with --device cpu, and run 'fcn check --device cpu'$", Assert.Throws<EngineException>(Run).Message);
    }
}
