using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Ops;
using Xunit;

namespace FcnFromScratch.Kernels.Tests;

/// <summary>What graphs, variables and views refuse, and in which words.</summary>
public sealed class RefusalTests : IDisposable
{
    private readonly CpuDevice _device = new(1);
    private readonly Graph _graph = new(training: true);
    private readonly Tensor _x, _y;
    private readonly VariableStore _variables;

    public RefusalTests()
    {
        _x = _graph.Input("x", new Shape(3));
        _y = _graph.Apply(new SkipAdd(), "y", _x, _graph.Parameter("w", new Shape(3), Initializer.Ones));
        _variables = new VariableStore(_device, _graph, seed: 1);
    }

    public void Dispose()
    {
        _variables.Dispose();
        _device.Dispose();
    }

    private static void Refuses<T>(string message, Action action) where T : Exception => Assert.Equal(message, Assert.Throws<T>(action).Message);

    [Fact]
    public void A_graph_takes_each_name_once()
    {
        Refuses<EngineException>("two variables are named 'w'", () => _graph.State("w", new Shape(2), Initializer.Zeros));
        Refuses<ShapeException>("input 'x' is [3] and was asked for as [4]", () => _graph.Input("x", new Shape(4)));
        Assert.Same(_x, _graph.Input("x", new Shape(3)));
        Assert.Equal("y#2", _graph.ApplyNode(new SkipAdd(), "y", _x, _x).Name);
        Refuses<ShapeException>("'sum': SkipAdd: the two sides are [3] and [4]; they must be alike: pad or crop one",
            () => _graph.Apply(new SkipAdd(), "sum", _x, _graph.Input("z", new Shape(4))));
        Refuses<ShapeException>("a shape has the negative size -1: [2,-1]", () => new Shape(2, -1));
    }

    [Fact]
    public void Values_that_do_not_fit_or_are_not_there()
    {
        using var compiled = new CompiledGraph(_graph, _variables, [_y]);
        Refuses<EngineException>("input 'x' [3] takes 3 values and was given 2", () => compiled.Upload<float>(_x, [1, 2]));
        var elsewhere = new Tensor("elsewhere", new Shape(3));
        Refuses<EngineException>("'elsewhere' has no memory in this graph: name it as an output when compiling", () => compiled.Download<float>(elsewhere));
        Refuses<EngineException>("the network has no variable 'v'", () => _ = _variables["v"]);
        Refuses<EngineException>("variable 'w' [3] has 3 values and was given 4", () => _variables["w"] = new float[4]);
        Refuses<EngineException>("variable 'w' [3] has 3 values and was given 2", () => _variables["w"] = new float[2]);
        var other = new Graph(training: false);
        other.Apply(new SkipAdd(), "y", other.Parameter("w", new Shape(4), Initializer.Ones), other.Input("x", new Shape(4)));
        Refuses<EngineException>("variable 'w' [4] is not in the store of this network", () => new CompiledGraph(other, _variables, []));
    }

    [Fact]
    public void A_parameter_that_the_loss_does_not_reach()
    {
        var graph = new Graph(training: true);
        var loss = graph.Apply(new BinaryCrossEntropy(), "loss", graph.Parameter("w", new Shape(2), Initializer.Ones), graph.Input("t", new Shape(2)));
        graph.Parameter("idle", new Shape(1), Initializer.Ones);
        using var variables = new VariableStore(_device, graph, seed: 1);
        Refuses<EngineException>("the loss does not depend on parameter 'idle' through a gradient of its own",
            () => new CompiledGraph(graph, variables, [], loss));
        Refuses<EngineException>("node 'ring': RingWrite has no gradient", () =>
        {
            var ring = graph.Apply(new RingWrite(), "ring", loss, graph.Step, graph.Input("memory", new Shape(1)));
            graph.Gradients(new Dictionary<Tensor, Tensor> { [ring] = loss }, [.. graph.Parameters]);
        });
    }

    [Fact]
    public void Views_outside_their_buffer()
    {
        using var buffer = new HostBuffer(16, "four");
        var view = new ArrayView<int>(buffer, 0, 4);
        Refuses<KernelFaultException>("elements 2 to 5 are outside 'four' of 4 Int32", () => view.SubView(2, 3));
        Refuses<KernelFaultException>("elements -1 to 1 are outside 'four' of 4 Int32", () => view.SubView(-1, 2));
        Refuses<KernelFaultException>("index 4 is outside 'four' of 4 Int32", () => view[4] = 1);
        Refuses<KernelFaultException>("index -1 is outside 'four' of 4 Int32", () => view[-1] = 1);
        Assert.StartsWith("a view of 4 Int32 at byte 4 does not fit in 'four' of 16 bytes",
            Assert.Throws<ArgumentOutOfRangeException>(() => new ArrayView<int>(buffer, 4, 4)).Message);
        Assert.Equal(4, view.SubView(4, 0).OffsetInBytes / 4);
    }

    [Fact]
    public void Settings_and_names_that_there_are_not()
    {
        Refuses<EngineException>("LeakyReLU's slope is -0.5; it must be 0 or more", () => new Activation(ActivationKind.LeakyRelu, -0.5f));
        Refuses<EngineException>("there is no case 'zzz'", () => OpCases.Find("zzz"));
        Refuses<EngineException>("a launch of -1 work items: a tensor has more than 2^31 elements; use a smaller batch", () => LaunchSize.Implicit(-1));
        Assert.StartsWith("several kernels are called 'forward': ActivationKernels.Forward, ",
            Assert.Throws<EngineException>(() => KernelCatalog.Find("forward")).Message);
        Assert.Equal("ActivationKernels.Forward", KernelCatalog.Find("activationkernels.FORWARD").Name);
    }

    /// <summary>Eight deviations of 2⁻²⁴ for each square root of a term, and what exp and log round besides: no more, or faults would pass.</summary>
    [Fact]
    public void Tolerances_grow_with_the_square_root_of_the_terms()
    {
        var testCase = OpCase.Of("sum of 100", new SkipAdd(), 100, (new Shape(1), Fill.Default));
        double rounding = 1 / 16777216.0;
        Assert.Equal(80 * rounding + 1e-6, testCase.AbsoluteTolerance(5), 12);
        Assert.Equal(240 * rounding + 1e-6, (testCase with { Slack = 3 }).AbsoluteTolerance(5), 12);
        Assert.Equal(400 * rounding + 1e-6, (testCase with { IsBenchmark = true }).AbsoluteTolerance(5), 12);
        Assert.Equal(40 * rounding + 2e-6, testCase.RelativeTolerance, 12);
        // 1.5 more than 2 is three quarters of 1 + 0.5 · 2.
        Assert.Equal(0.75, Comparison.Of([3.5f], [2], new Shape(1), 1, 0.5, "y").Share, 12);
        Assert.True(Comparison.Of([4f], [2], new Shape(1), 1, 0.5, "y").Holds);
        Assert.False(Comparison.Of([4.01f], [2], new Shape(1), 1, 0.5, "y").Holds);
        Assert.Equal("y at [1]: 9, expected 3", Comparison.Of([2, 9], [2, 3], new Shape(2), "y").Message);
    }
}
