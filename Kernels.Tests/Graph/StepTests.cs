using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Layers;
using FcnFromScratch.Training;
using Xunit;

namespace FcnFromScratch.Kernels.Tests;

/// <summary>What a compiled graph is told before a training step, and how the backward pass begins.</summary>
public sealed class StepTests
{
    [Fact]
    public void Beginning_a_step_tells_the_graph_and_the_optimizer_and_allocates_nothing()
    {
        var graph = new Graph(training: true);
        var x = graph.Input("x", new Shape(1, 1, 1, 4));
        var loss = graph.Apply(new SoftmaxCrossEntropy(), "loss", graph.Linear(graph.Dropout(x, "drop", 0.5f, seed: 1), "linear", 3),
            graph.Input("labels", new TensorSpec(new Shape(1), ElementType.I32)));
        using var device = new CpuDevice(1);
        using var variables = new VariableStore(device, graph, seed: 1);
        using var compiled = new CompiledGraph(graph, variables, [], loss, new Sgd(0));
        compiled.Upload<float>(x, [1, 2, 3, 4]);
        compiled.BeginStep(1, 0);
        float[] start = variables["linear.weight"];
        compiled.Run();
        Assert.Equal(start, variables["linear.weight"]);

        long before = GC.GetAllocatedBytesForCurrentThread();
        compiled.BeginStep(7, 0.5);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal([7], compiled.Download<int>(graph.Step));
        compiled.Run();
        Assert.NotEqual(start, variables["linear.weight"]);
    }

    [Fact]
    public void A_graph_that_asks_for_no_step_has_no_input_for_it()
    {
        var graph = new Graph(training: false);
        graph.Linear(graph.Input("x", new Shape(1, 1, 1, 4)), "linear", 3);
        Assert.Equal(["x"], graph.Inputs.Select(i => i.Name));
    }

    [Fact]
    public void A_loss_that_is_no_scalar_is_refused()
    {
        var graph = new Graph(training: true);
        var y = graph.Linear(graph.Input("x", new Shape(1, 1, 1, 4)), "linear", 3);
        using var device = new CpuDevice(1);
        using var variables = new VariableStore(device, graph, seed: 1);
        Assert.Equal("the loss 'linear' is [1,1,1,3]; it must be a scalar [1]",
            Assert.Throws<ShapeException>(() => new CompiledGraph(graph, variables, [], y)).Message);
    }

    [Fact]
    public void A_loss_at_the_root_is_not_scaled_and_one_below_it_is()
    {
        static string[] Ops(bool isOne)
        {
            var graph = new Graph(training: true);
            var logits = graph.Parameter("logits", new Shape(2, 3), Initializer.Zeros);
            var loss = graph.Apply(new SoftmaxCrossEntropy(), "loss", logits, graph.Input("labels", new TensorSpec(new Shape(2), ElementType.I32)));
            graph.Gradients(new Dictionary<Tensor, Tensor> { [loss] = new("dy", loss.Spec, TensorRole.Bound) { IsOne = isOne } }, [logits]);
            return [.. graph.Nodes.Select(n => n.Op.Name)];
        }
        Assert.Equal(["SoftmaxCrossEntropy"], Ops(isOne: true));
        Assert.Equal(["SoftmaxCrossEntropy", "ScaleBy"], Ops(isOne: false));
    }

    [Fact]
    public void A_batch_fills_each_input_with_its_own_target()
    {
        var spec = new SampleSpec(1, 1, 2, new("kind", TargetType.Int32), new("left", TargetType.Float32), new("right", TargetType.Float32, 1));
        var batch = new Batch(spec, 2);
        batch.Read(new Counted(spec), 0, [3, 5]);
        var graph = new Graph(training: false);
        var image = graph.Input("image", new Shape(2, 1, 1, 2));
        var targets = TrainingStep.Targets(graph, spec, 2);
        Assert.Equal(["kind [2] of I32", "left [2]", "right [2,1]"], targets.Select(t => $"{t}"));
        var read = graph.Apply(new SkipAdd(), "read", image, image);
        using var device = new CpuDevice(1);
        using var variables = new VariableStore(device, graph, seed: 1);
        using var compiled = new CompiledGraph(graph, variables, [read]);
        TrainingStep.Upload(compiled, batch, image, targets);
        Assert.Equal([3, 5], compiled.Download<int>(targets[0]));
        Assert.Equal([30, 50], compiled.Download<float>(targets[1]));
        Assert.Equal([-3, -5], compiled.Download<float>(targets[2]));
        Assert.Equal(batch.Images, compiled.Download<float>(image));
    }

    private sealed class Counted(SampleSpec spec) : ISampleSource
    {
        public int Count => 9;
        public SampleSpec Spec => spec;

        public void Read(int epoch, int position, Sample sample)
        {
            sample.Pixels.Fill((byte)position);
            sample.Ints(0)[0] = position;
            sample.Floats(1)[0] = 10 * position;
            sample.Floats(2)[0] = -position;
        }
    }

    [Fact]
    public void What_is_asked_for_or_read_twice_is_not_fused_away()
    {
        static string[] Nodes(bool asked, bool readTwice)
        {
            var graph = new Graph(training: false);
            var x = graph.Input("x", new Shape(1, 4, 4, 3));
            var sum = graph.Conv2d(x, "conv", 3, 3);
            var y = graph.Activate(sum, "conv", ActivationKind.Relu);
            if (readTwice) y = graph.Apply(new SkipAdd(), "add", y, sum);
            Fusion.Apply(graph, asked ? [sum, y] : [y]);
            return [.. graph.Nodes.Select(n => n.Op.Name)];
        }
        Assert.Equal(["Conv2d"], Nodes(asked: false, readTwice: false));
        Assert.Equal(["Conv2d", "Relu"], Nodes(asked: true, readTwice: false));
        Assert.Equal(["Conv2d", "Relu", "SkipAdd"], Nodes(asked: false, readTwice: true));
    }

    public static TheoryData<string, Op> Absorbing => new() { { "conv", new Conv2d(Padding.Valid) }, { "transposed", new ConvTranspose2d(1) } };

    [Theory]
    [MemberData(nameof(Absorbing))]
    public void An_activation_that_is_fused_keeps_its_slope(string name, Op op)
    {
        var graph = new Graph(training: false);
        var x = graph.Input("x", new Shape(1, 1, 2, 1));
        var y = graph.Activate(
            graph.Apply(op, name, x, graph.Parameter("weight", new Shape(1, 1, 1, 1), Initializer.Ones)), name, ActivationKind.LeakyRelu, 0.25f);
        using var device = new CpuDevice(1);
        using var variables = new VariableStore(device, graph, seed: 1);
        using var compiled = new CompiledGraph(graph, variables, [y]);
        Assert.Single(graph.Nodes);
        compiled.Upload<float>(x, [-2, 3]);
        compiled.Run();
        Assert.Equal([-0.5f, 3], compiled.Download<float>(y));
    }
}
