using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Layers;
using FcnFromScratch.Training;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Training;

/// <summary>Training as a whole, on few pictures: repeatable to the bit, learning, and honest when it fails.</summary>
public sealed class TrainingTests
{
    private static readonly SegmentationData Data = M2nistComposer.Procedural(40, seed: 3);
    private static readonly Split Parts = Split.BySeed(40, seed: 3);

    // A small net keeps the tests quick; its form is that of fcn8.
    private static readonly Model Small = Models.Find("fcn8") with
    {
        Options = Models.Find("fcn8").Options with { Filters = [32, 32, 16, 16, 16], HeadFilters = 16 },
    };

    private static TrainingOptions Options => new() { Model = Small, Batch = 4, Epochs = 2, Seed = 5 };

    private sealed class Silent : ITrainingObserver
    {
        public List<double> Losses { get; } = [];
        public void Steps(int lastStep, int totalSteps, IReadOnlyList<(int Step, double Loss, double Rate)> steps, double imagesPerSecond) =>
            Losses.AddRange(steps.Select(s => s.Loss));
        public void Epoch(EpochResult result, bool isBest) { }
    }

    private static (List<double> Losses, byte[] Weights) Train(int threads, TrainingOptions options)
    {
        using var device = new CpuDevice(threads);
        using var trainer = new SegmentationTrainer(options, Data, Parts, device);
        var observer = new Silent();
        trainer.Run(observer);
        var bytes = trainer.Variables.Variables.SelectMany(v => trainer.Variables[v.Name]).SelectMany(BitConverter.GetBytes).ToArray();
        return (observer.Losses, bytes);
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits_with_any_number_of_threads()
    {
        var one = Train(1, Options);
        var two = Train(2, Options);
        var five = Train(5, Options);
        Assert.Equal(one.Losses, two.Losses);
        Assert.Equal(one.Weights, two.Weights);
        Assert.Equal(one.Weights, five.Weights);
        Assert.NotEqual(one.Weights, Train(1, Options with { Seed = 6 }).Weights);
    }

    [Fact]
    public void Loss_falls()
    {
        var (losses, _) = Train(2, Options with { Epochs = 8 });
        Assert.Equal(8 * 7, losses.Count);
        Assert.True(losses[^7..].Average() < 0.8 * losses[..7].Average(), string.Join(' ', losses));
    }

    [Fact]
    public void A_loss_that_is_not_a_number_stops_the_run_and_names_step_and_rate()
    {
        using var device = new CpuDevice(1);
        using var trainer = new SegmentationTrainer(Options with { LearningRate = 1e30, Schedule = "constant" }, Data, Parts, device);
        var error = Assert.Throws<DivergenceException>(() => trainer.Run(new Silent()));
        Assert.Matches(@"the loss is (NaN|Infinity|-Infinity|∞) after step \d+, learning rate 1E\+30", error.Message);
    }

    [Fact]
    public void A_step_allocates_nothing()
    {
        // One thread, so that this one does all the work and its count is the whole.
        using var device = new CpuDevice(1);
        using var trainer = new SegmentationTrainer(Options, Data, Parts, device);
        for (int i = 0; i < 3; i++) trainer.Compiled.Run();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 5; i++) trainer.Compiled.Run();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_trainer_that_cannot_start_gives_its_memory_back()
    {
        long live = MemoryBuffer.Live;
        using var device = new CpuDevice(1);
        Assert.Throws<DataException>(() => new SegmentationTrainer(Options with { Init = "nothing.safetensors" }, Data, Parts, device));
        Assert.Equal(live, MemoryBuffer.Live);
    }

    [Fact]
    public void Memory_is_shared_and_given_back()
    {
        long live = MemoryBuffer.Live;
        using (var device = new CpuDevice(1))
        using (var trainer = new SegmentationTrainer(Options, Data, Parts, device))
            Assert.True(trainer.Compiled.ArenaBytes < 0.7 * trainer.Compiled.UnsharedBytes, $"{trainer.Compiled.ArenaBytes} of {trainer.Compiled.UnsharedBytes}");
        Assert.Equal(live, MemoryBuffer.Live);
    }

    [Fact]
    public void A_run_leaves_tables_weights_and_a_report_and_its_weights_give_its_figures()
    {
        string path = Path.Combine(Path.GetTempPath(), $"fcn-run-{Guid.NewGuid():N}");
        try
        {
            using var device = new CpuDevice(2);
            using var folder = RunFolder.Create(path, existOk: false);
            folder.Arguments = new JsonObject { ["seed"] = 5 };
            var test = new SegmentationRun(Options, Data, Parts, device, folder).Train(new Silent())!;
            string[] results = File.ReadAllLines(Path.Combine(path, "results.csv")), steps = File.ReadAllLines(Path.Combine(path, "steps.csv"));
            Assert.Equal(RunFolder.ResultsHeader, results[0]);
            Assert.Equal(1 + 2, results.Length);
            Assert.Equal(RunFolder.StepsHeader, steps[0]);
            Assert.Equal(1 + 14, steps.Length);
            var report = JsonNode.Parse(File.ReadAllText(Path.Combine(path, "report.json")))!;
            Assert.Equal(Parts.Train, report["split"]!["train"]!.AsArray().Select(i => (int)i!));
            Assert.Equal(test.MeanIouDigits, (double)report["test"]!["miou_digits"]!, 12);

            var (graph, _, _) = Small.Network(1, training: false);
            using var variables = new VariableStore(device, graph, seed: 99);
            Checkpoint.Load(folder.Best, variables);
            using var network = new SegmentationNetwork(Small, variables, 3);
            var (again, _) = network.Evaluate(new DataSource(Data, Parts.Test));
            Assert.Equal(test.Counts.Cast<long>(), again.Counts.Cast<long>());

            var error = Assert.Throws<EngineException>(() => RunFolder.Create(path, existOk: false));
            Assert.Contains("--exist-ok", error.Message);
        }
        finally
        {
            if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
        }
    }

    [Fact]
    public void Metrics_follow_their_definition()
    {
        var m = new SegmentationMetrics(new long[,] { { 6, 2, 0 }, { 1, 3, 1 }, { 0, 0, 10 } });
        Assert.Equal(6.0 / 9, m.Iou[0], 12);
        Assert.Equal(12.0 / 15, m.Dice[0], 12);
        Assert.Equal(3.0 / 7, m.Iou[1], 12);
        Assert.Equal((6.0 / 9 + 3.0 / 7) / 2, m.MeanIouDigits, 12);
        Assert.Equal(10.0 / 11, m.BackgroundIou, 12);
        Assert.Equal(19.0 / 23, m.PixelAccuracy, 12);
    }

    [Theory]
    [InlineData("constant", 1, 1.0), InlineData("constant", 100, 1.0)]
    [InlineData("one-cycle", 1, 1 / 25.0), InlineData("one-cycle", 101, 1.0), InlineData("one-cycle", 1001, 1 / 250_000.0)]
    [InlineData("cosine", 1, 0.0), InlineData("cosine", 101, 1.0), InlineData("cosine", 551, 0.5), InlineData("cosine", 1001, 0.0)]
    public void Schedules_pass_their_landmarks(string name, int step, double rate) =>
        Assert.Equal(rate, new Schedule(name, 1, [1001]).Rate(step), 9);

    [Fact]
    public void Dropout_drops_its_share_and_keeps_the_mean()
    {
        int dropped = Enumerable.Range(0, 100_000).Count(i => DropoutKernels.Uniform(1, 2, (uint)i) < 0.3f);
        Assert.InRange(dropped, 29_300, 30_700);
    }
}
