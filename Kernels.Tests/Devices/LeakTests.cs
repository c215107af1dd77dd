using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Layers;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Devices;

/// <summary>
/// What fails half-way gives back what it had: every allocation is made to fail once. Buffers are counted process-wide, so these tests run alone.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class LeakTests
{
    /// <summary>Counts do not show whether the memory itself went back.</summary>
    [Fact]
    public void Memory_that_is_disposed_of_goes_back_to_the_system()
    {
        const int megabytes = 64, times = 40;
        using var device = new CpuDevice(1);
        long before = Environment.WorkingSet;
        for (int i = 0; i < times; i++)
            using (var buffer = device.Allocate(megabytes << 20, "large")) new ArrayView<byte>(buffer, 0, megabytes << 20).AsSpan().Fill(1);
        Assert.InRange(Environment.WorkingSet - before, long.MinValue, (megabytes * times / 4L) << 20);
    }

    /// <summary>Makes something with memory for 0, 1, 2 … buffers, until there are enough.</summary>
    /// <returns>How many that is.</returns>
    private static int FailAtEach(Action<Device> make)
    {
        using var device = new CpuDevice(1);
        long before = MemoryBuffer.Live;
        for (int buffers = 0; ; buffers++)
        {
            try
            {
                make(new FewBuffers(device, buffers));
                Assert.Equal(before, MemoryBuffer.Live);
                return buffers;
            }
            catch (DeviceMemoryException)
            {
                Assert.Equal(before, MemoryBuffer.Live);
            }
        }
    }

    private static (Graph Graph, Tensor Loss) Network()
    {
        var graph = new Graph(training: true);
        var x = graph.BatchNorm2d(graph.Input("x", new Shape(2, 4, 4, 3)), "norm");
        var labels = graph.Input("labels", new TensorSpec(new Shape(2, 4, 4), ElementType.I32));
        return (graph, graph.Apply(new SoftmaxCrossEntropy(), "loss", graph.Conv2d(x, "conv", 5, 3), labels));
    }

    [Fact]
    public void A_buffer_that_is_disposed_of_twice_is_freed_once()
    {
        long before = MemoryBuffer.Live;
        var buffer = new HostBuffer(64, "buffer");
        buffer.Dispose();
        buffer.Dispose();
        Assert.Equal(before, MemoryBuffer.Live);
    }

    [Fact]
    public void Variables() => Assert.Equal(2, FailAtEach(device => new VariableStore(device, Network().Graph, seed: 1).Dispose()));

    [Fact]
    public void A_variable_that_cannot_be_filled()
    {
        using var device = new CpuDevice(1);
        long before = MemoryBuffer.Live;
        var graph = new Graph(training: true);
        graph.Parameter("weight", new Shape(2), new Initializer.Values([1, 2, 3]));
        Assert.Throws<ArgumentException>(() => new VariableStore(device, graph, seed: 1));
        Assert.Equal(before, MemoryBuffer.Live);
    }

    [Fact]
    public void A_compiled_graph() =>
        // Two of the variables; the loss' gradient, those of the parameters, two moments, the rates, three inputs, the arena.
        Assert.Equal(11, FailAtEach(device =>
        {
            var (graph, loss) = Network();
            using var variables = new VariableStore(device, graph, seed: 1);
            using var compiled = new CompiledGraph(graph, variables, [], loss, new Adam());
        }));

    [Fact]
    public void A_prepared_case()
    {
        var testCase = OpCases.Find("softmax_cross_entropy class weights");
        // Three inputs, two outputs, four pieces of scratch.
        Assert.Equal(9, FailAtEach(device => new PreparedCase(testCase, device, "kernel").Dispose()));
    }

    [Fact]
    public void A_case_whose_kernels_the_device_refuses()
    {
        using var device = new CpuDevice(1);
        long before = MemoryBuffer.Live;
        Assert.Throws<EngineException>(() => new PreparedCase(OpCases.Find("conv2d one pixel"), device, "tiled"));
        Assert.Equal(before, MemoryBuffer.Live);
    }

    /// <summary>Whoever called and whoever closes: the caller's own thread may live on.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Local_memory_of_the_cpu_device_ends_with_it_and_is_used_again_by_each_item(int threads)
    {
        long before = MemoryBuffer.Live, most = 0;
        var device = new CpuDevice(threads);
        int apart = 0;
        var caller = new Thread(() =>
        {
            using var list = device.Prepare([new TextLaunch("", KernelFeatures.None, LaunchSize.Explicit(new KernelConfig(400, 50)), null, () =>
            {
                ArrayView<float> a = LocalMemory.Allocate<float>(16), b = LocalMemory.Allocate<float>(16);
                a[15] = 1;
                b[0] = 2;
                if (a[15] == 1) Interlocked.Increment(ref apart);
            })]);
            list.Run();
            most = MemoryBuffer.Live - before;
        });
        caller.Start();
        caller.Join();
        device.Dispose();
        Assert.Equal(20_000, apart);
        Assert.InRange(most, 1, threads);
        Assert.Equal(before, MemoryBuffer.Live);
    }
}
