using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Layers;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Tasks.Segment;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Training;

/// <summary>Training as a whole, on few pictures: repeatable to the bit, learning, and with the memory that it needs.</summary>
public sealed class TrainingTests
{
    private static (List<double> Losses, byte[] Weights) Train(int threads, Func<Arguments, Arguments>? change = null)
    {
        using var device = new CpuDevice(threads);
        var arguments = SmallRuns.Arguments(device, SmallRuns.Wide);
        using var trainer = SmallRuns.Trainer(change?.Invoke(arguments) ?? arguments);
        var observer = new SmallRuns.Observer();
        trainer.Run(observer);
        var bytes = trainer.Variables.Variables.SelectMany(v => trainer.Variables[v.Name]).SelectMany(BitConverter.GetBytes).ToArray();
        return (observer.Losses, bytes);
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits_with_any_number_of_threads()
    {
        var one = Train(1);
        var two = Train(2);
        var five = Train(5);
        Assert.Equal(one.Losses, two.Losses);
        Assert.Equal(one.Weights, two.Weights);
        Assert.Equal(one.Weights, five.Weights);
        Assert.NotEqual(one.Weights, Train(1, a => a.With(Parameters.Seed, 6UL)).Weights);
    }

    [Fact]
    public void Loss_falls()
    {
        var (losses, _) = Train(2, a => a.With(Parameters.Epochs, 8));
        Assert.Equal(8 * 7, losses.Count);
        Assert.True(losses[^7..].Average() < 0.8 * losses[..7].Average(), string.Join(' ', losses));
    }

    [Fact]
    public void A_step_allocates_nothing()
    {
        // One thread, so that this one does all the work and its count is the whole.
        using var device = new CpuDevice(1);
        using var trainer = SmallRuns.Trainer(SmallRuns.Arguments(device));
        for (int i = 0; i < 3; i++) trainer.Step.Compiled.Run();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 5; i++) trainer.Step.Compiled.Run();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Memory_is_shared_and_given_back()
    {
        long live = MemoryBuffer.Live;
        using (var device = new CpuDevice(1))
        using (var trainer = SmallRuns.Trainer(SmallRuns.Arguments(device, SmallRuns.Wide)))
        {
            var compiled = trainer.Step.Compiled;
            Assert.True(compiled.ArenaBytes < 0.7 * compiled.UnsharedBytes, $"{compiled.ArenaBytes} of {compiled.UnsharedBytes}");
        }
        Assert.Equal(live, MemoryBuffer.Live);
    }

    /// <summary>A network of one convolution that notes how it is built.</summary>
    internal static Model Spy(List<(int Batch, bool Training)> built) => new("spy", "segment", "", new InputSize(64, 84), (graph, image, settings) =>
    {
        built.Add((image.Shape.Batch, graph.Training));
        return graph.Conv2d(image, "logits", settings.Classes, 1);
    });

    [Fact]
    public void A_benchmark_times_a_training_step_and_an_inference()
    {
        var built = new List<(int, bool)>();
        using var device = new CpuDevice(1);
        var task = new SegmentTask();
        var result = StepBenchmark.Run(task, Spy(built), device, batch: 2, seconds: 0.01);
        Assert.Equal([(2, true), (2, false)], built);
        // The memory is that of training, the larger.
        using var step = new TrainingStep(Spy([]), task.Settings, task.Samples(2).Spec, task.Loss, new Adam(), 2, device);
        Assert.Equal(step.Compiled.ArenaBytes, result.ArenaMegabytes * (1 << 20), 6);
    }
}
