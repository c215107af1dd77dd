using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Layers;
using Xunit;

namespace FcnFromScratch.Kernels.Tests;

/// <summary>What compiling leaves out, and what it must keep: nodes, and memory that is still needed.</summary>
public sealed class CompiledGraphTests : IDisposable
{
    private readonly CpuDevice _device = new(1);

    public void Dispose() => _device.Dispose();

    [Fact]
    public void Nodes_that_nothing_needs_are_left_out_and_those_that_update_variables_stay()
    {
        var graph = new Graph(training: true);
        var x = graph.Input("x", new Shape(2, 4, 4, 3));
        var y = graph.Apply(new SkipAdd(), "y", x, x);
        graph.MaxPool2d(graph.Activate(y, "idle", ActivationKind.Relu), "idle.pool");
        // Its moving averages are in place, though nobody reads what it gives.
        graph.BatchNorm2d(x, "norm");
        using var variables = new VariableStore(_device, graph, seed: 1);
        using var compiled = new CompiledGraph(graph, variables, [y]);
        Assert.Equal(["y", "norm"], compiled.Nodes.Select(n => n.Node.Name));
    }

    [Fact]
    public void A_training_step_has_no_gradient_that_no_parameter_needs()
    {
        var graph = new Graph(training: true);
        var x = graph.Input("x", new Shape(1, 4, 4, 3));
        var logits = graph.Conv2d(x, "conv", 5, 3);
        var loss = graph.Apply(new SoftmaxCrossEntropy(), "loss", logits, graph.Input("labels", new TensorSpec(new Shape(1, 4, 4), ElementType.I32)));
        using var variables = new VariableStore(_device, graph, seed: 1);
        using var compiled = new CompiledGraph(graph, variables, [], loss, new Sgd());
        // The gradient of the image is what is missing.
        Assert.Equal(["conv", "loss", "conv.grad.bias", "conv.grad.weight", "sgd"], compiled.Nodes.Select(n => n.Node.Name));
    }

    /// <summary>Updated in place, and asked for when all has run, or read when much has run.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Memory_that_is_updated_in_place_is_kept_until_its_last_reader(bool asked)
    {
        var graph = new Graph(training: false);
        var x = graph.Input("x", new Shape(4));
        var ring = graph.Apply(new SkipAdd(), "ring", x, x);
        var updated = graph.Apply(new RingWrite(), "updated", graph.Input("value", new Shape(1)), graph.Step, ring);
        // Of the ring's size: they would take its place.
        var other = x;
        for (int i = 0; i < 4; i++) other = graph.Apply(new SkipAdd(), $"other{i}", other, x);
        var sum = graph.Apply(new SkipAdd(), "sum", other, asked ? x : updated);
        using var variables = new VariableStore(_device, graph, seed: 1);
        using var compiled = new CompiledGraph(graph, variables, asked ? [updated, sum] : [sum]);
        compiled.Upload<float>(x, [1, 2, 3, 4]);
        compiled.Upload<float>(graph.Inputs.Single(i => i.Name == "value"), [100]);
        compiled.BeginStep(6, 0);
        compiled.Run();
        if (asked) Assert.Equal([2, 4, 100, 8], compiled.Download<float>(updated));
        else Assert.Equal([5 + 2, 10 + 4, 15 + 100, 20 + 8], compiled.Download<float>(sum));
    }

    [Fact]
    public void Memory_that_is_asked_for_outlives_its_readers()
    {
        var graph = new Graph(training: false);
        var x = graph.Input("x", new Shape(4));
        var asked = graph.Apply(new SkipAdd(), "asked", x, x);
        // Of its size: they would take its place.
        var last = asked;
        for (int i = 0; i < 4; i++) last = graph.Apply(new SkipAdd(), $"after{i}", last, x);
        using var variables = new VariableStore(_device, graph, seed: 1);
        using var compiled = new CompiledGraph(graph, variables, [asked, last]);
        compiled.Upload<float>(x, [1, 2, 3, 4]);
        compiled.Run();
        Assert.Equal([2, 4, 6, 8], compiled.Download<float>(asked));
        Assert.Equal([6, 12, 18, 24], compiled.Download<float>(last));
    }

    [Fact]
    public void Blocks_that_live_at_one_time_lie_apart_and_aligned_and_others_share()
    {
        var random = new Random(5);
        for (int round = 0; round < 50; round++)
        {
            var blocks = Enumerable.Range(0, 40).Select(_ =>
            {
                int first = random.Next(30);
                return new MemoryPlan.Block(random.Next(1, 1000), first, first + random.Next(6));
            }).ToArray();
            var (offsets, bytes) = MemoryPlan.Place(blocks, 64);
            for (int i = 0; i < blocks.Length; i++)
            {
                Assert.Equal(0, offsets[i] % 64);
                Assert.InRange(offsets[i] + blocks[i].Bytes, 1, bytes);
                for (int j = 0; j < i; j++)
                    if (blocks[i].First <= blocks[j].Last && blocks[j].First <= blocks[i].Last)
                        Assert.True(offsets[i] + blocks[i].Bytes <= offsets[j] || offsets[j] + blocks[j].Bytes <= offsets[i], $"{blocks[i]} and {blocks[j]}");
            }
            Assert.True(bytes < blocks.Sum(b => b.Bytes) / 2, $"{bytes} of {blocks.Sum(b => b.Bytes)}");
        }
    }
}
