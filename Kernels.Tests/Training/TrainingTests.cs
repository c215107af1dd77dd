using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Kernels.Tests.Devices;
using FcnFromScratch.Layers;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Tasks.Segment;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Training;

/// <summary>Training as a whole, on few pictures: repeatable to the bit, learning, and honest when it fails.</summary>
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
    public void A_loss_that_is_not_a_number_stops_the_run_and_names_step_and_rate()
    {
        using var device = new CpuDevice(1);
        using var trainer = SmallRuns.Trainer(SmallRuns.Arguments(device).With(Parameters.LearningRate, 1e30).With(Parameters.Schedule, "constant"));
        var error = Assert.Throws<DivergenceException>(() => trainer.Run(new SmallRuns.Observer()));
        Assert.Matches(@"the loss is (NaN|Infinity|-Infinity|∞) after step \d+, learning rate 1E\+30", error.Message);
    }

    [Fact]
    public void Where_numbers_end_the_layer_that_left_them_is_named()
    {
        using var device = new CpuDevice(1);
        using var trainer = SmallRuns.Trainer(SmallRuns.Arguments(device));
        const string layer = "block3.conv2";
        var weights = trainer.Variables.Variables.ToDictionary(v => v.Name, v => trainer.Variables[v.Name]);
        // Each is a number, and their sum is none: a step with them leaves none in the layers before it either.
        Array.Fill(weights[$"{layer}.weight"], 1e38f);
        Restore();
        var (node, step) = trainer.FirstNonFinite(lastStep: 3, Restore)!.Value;
        Assert.Equal((layer, 1), (node.Node.Name, step));

        void Restore()
        {
            foreach (var (name, values) in weights) trainer.Variables[name] = values;
            trainer.State = TrainingState.Start;
        }
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
    public void A_trainer_that_cannot_start_gives_its_memory_back()
    {
        long live = MemoryBuffer.Live;
        using var device = new CpuDevice(1);
        Assert.Throws<DataException>(() => SmallRuns.Trainer(SmallRuns.Arguments(device).With(Parameters.Init, "nothing.safetensors")));
        Assert.Equal(live, MemoryBuffer.Live);
    }

    [Fact]
    public void A_batch_is_proposed_only_where_one_would_fit()
    {
        using var device = new CpuDevice(1);
        var error = Assert.Throws<DeviceMemoryException>(() => SmallRuns.Trainer(SmallRuns.Arguments(new FewBuffers(device, 1))));
        Assert.EndsWith("; choose a smaller --model or another --device", error.Message);
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

    [Fact]
    public void A_run_leaves_tables_weights_and_a_report_and_its_weights_give_its_figures()
    {
        using var temporary = new TempFolder();
        using var device = new CpuDevice(2);
        using var folder = RunFolder.Create(temporary["run"], existOk: false);
        var arguments = SmallRuns.Arguments(device);
        var data = SmallRuns.Open(arguments);
        var test = (SegmentationScores)new Run(arguments, data, folder).Train(new SmallRuns.Observer())!;
        string[] results = File.ReadAllLines(temporary["run/results.csv"]), steps = File.ReadAllLines(temporary["run/steps.csv"]);
        Assert.Equal("epoch,time_s,train/loss,val/loss,metrics/mIoU,metrics/dice,lr,img_per_s", results[0]);
        Assert.Equal(1 + 2, results.Length);
        Assert.Equal("step,loss,lr", steps[0]);
        Assert.Equal(1 + 14, steps.Length);
        var report = JsonNode.Parse(File.ReadAllText(temporary["run/report.json"]))!;
        Assert.Equal(data.Split.Train, report["split"]!["train"]!.AsArray().Select(i => (int)i!));
        Assert.Equal(test.MeanIouDigits, (double)report["test"]!["miou_digits"]!, 12);

        using var weights = Weights.Open(folder.Best, SmallRuns.Narrow.Name, device, [SmallRuns.Task]);
        using var evaluator = new SegmentationEvaluator(weights.Model, weights.Settings, weights.Variables, SmallRuns.Pictures.Spec, 3);
        var again = evaluator.Evaluate(data.Samples(data.Split.Test));
        Assert.Equal(test.Counts.Cast<long>(), again.Counts.Cast<long>());

        var error = Assert.Throws<EngineException>(() => RunFolder.Create(temporary["run"], existOk: false));
        Assert.Contains("--exist-ok", error.Message);
    }

    [Fact]
    public void Metrics_follow_their_definition()
    {
        var m = new SegmentationScores(new long[,] { { 6, 2, 0 }, { 1, 3, 1 }, { 0, 0, 10 } });
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
        Assert.Equal(rate, new Schedule(name, 1, [1001]).LearningRate(step), 9);

    [Theory]
    [InlineData(0, 14), InlineData(10, 10), InlineData(14, 14), InlineData(15, 14), InlineData(1000, 14)]
    public void Steps_end_a_run_before_its_epochs_and_never_after(int steps, int total)
    {
        using var device = new CpuDevice(1);
        Assert.Equal(total, Schedule.Of(SmallRuns.Arguments(device).With(Parameters.Steps, steps), 7).TotalSteps);
    }

    [Theory]
    [InlineData(1, 5), InlineData(2, 10), InlineData(64, 10)]
    public void A_run_on_the_CPU_has_as_many_epochs_as_the_threads_that_it_is_given_allow(int threads, int epochs)
    {
        using var device = new CpuDevice(2);
        Assert.Equal(epochs, new Arguments(SmallRuns.Task).On(device).With(Parameters.Threads, threads).Get(Parameters.Epochs));
    }

    [Theory]
    [InlineData("lr"), InlineData("epochs"), InlineData("augment"), InlineData("batch"), InlineData("model"), InlineData("no-eval")]
    public void An_argument_that_a_run_cannot_do_without_is_not_null(string key)
    {
        using var device = new CpuDevice(1);
        var json = SmallRuns.Arguments(device).ToJson();
        Arguments.FromJson(json, "args.json", [SmallRuns.Task]);
        json[key] = null;
        Assert.Contains($"'{key}' is null; it must be ",
            Assert.Throws<DataException>(() => Arguments.FromJson(json, "args.json", [SmallRuns.Task])).Message);
    }

    [Fact]
    public void A_switch_is_true_or_false()
    {
        using var device = new CpuDevice(1);
        var json = SmallRuns.Arguments(device).ToJson();
        json["no-eval"] = "yes";
        Assert.Contains("'no-eval' is \"yes\"; it must be true or false",
            Assert.Throws<DataException>(() => Arguments.FromJson(json, "args.json", [SmallRuns.Task])).Message);
    }

    [Theory]
    [InlineData(1, 0.016), InlineData(10, 0.016), InlineData(11, 0.006), InlineData(30, 0.006)]
    public void The_rate_that_was_not_asked_for_is_the_high_one_up_to_10_epochs(int epochs, double rate)
    {
        using var device = new CpuDevice(1);
        Assert.Equal(rate, SmallRuns.Arguments(device).With(Parameters.Epochs, epochs).Get(Parameters.LearningRate));
    }

    [Fact]
    public void Dropout_drops_its_share_and_keeps_the_mean()
    {
        var x = new ReferenceTensor<double>(new Shape(100_000));
        var y = new ReferenceTensor<double>(x.Spec);
        var step = new ReferenceTensor<double>(new TensorSpec(new Shape(1), ElementType.I32));
        Array.Fill(x.Values, 5);
        new Dropout(0.3f, 1).Reference<double>([x, step], [y]);
        Assert.InRange(y.Values.Count(v => v == 0), 29_300, 30_700);
        Assert.InRange(y.Values.Average(), 4.95, 5.05);
    }

    [Fact]
    public void Each_epoch_is_measured_on_the_validation_images_and_an_epoch_cut_short_by_its_own_steps()
    {
        using var temporary = new TempFolder();
        using var device = new CpuDevice(2);
        using var folder = RunFolder.Create(temporary["run"], existOk: false);
        // Ten steps: a whole epoch of seven, and three of the next.
        var arguments = SmallRuns.Arguments(device).With(Parameters.Steps, 10);
        var data = SmallRuns.Open(arguments);
        var run = new Run(arguments, data, folder);
        var observer = new SmallRuns.Observer();
        run.Train(observer);
        double[] last = [.. File.ReadLines(temporary["run/results.csv"]).Last().Split(',').Select(double.Parse)];
        Assert.Equal(2, last[0]);
        Assert.Equal(observer.Losses[7..].Average(), last[2], 12);

        using var weights = Weights.Open(folder.Last, SmallRuns.Narrow.Name, device, [SmallRuns.Task]);
        using var evaluator = new SegmentationEvaluator(weights.Model, weights.Settings, weights.Variables, SmallRuns.Pictures.Spec, 4);
        var scores = evaluator.Evaluate(data.Samples(data.Split.Validation));
        Assert.Equal([scores.Loss, scores.MeanIouDigits, scores.MeanDiceDigits], last[3..6]);
    }

    [Fact]
    public void Weights_say_what_they_are()
    {
        using var temporary = new TempFolder();
        using var device = new CpuDevice(2);
        using var folder = RunFolder.Create(temporary["run"], existOk: false);
        var arguments = SmallRuns.Arguments(device).With(Parameters.Epochs, 1).With(SegmentParameters.Augment, 0.5);
        new Run(arguments, SmallRuns.Open(arguments), folder).Train(new SmallRuns.Observer());
        var metadata = SafetensorsFile.Read(folder.Best).Metadata;
        Assert.Equal(
            ["arguments", "augmentation", "best_epoch", "classes", "dataset", "dataset_sha256", "epoch", "epoch_loss_sum", "input", "model", "padding",
                "preprocessing", "seed", "step", "task", "validation_miou_digits", "version"],
            metadata.Keys.Order());
        Assert.Equal("to multiples of 32: zeros at the input's size, pixel 0 at any other", metadata["padding"]);
        Assert.Equal(("segment", "fcn8-narrow", "5", "64x84x1", "7", "1", ProceduralDigits.Source.Fingerprint, SmallRuns.Pictures.Sha256),
            (metadata["task"], metadata["model"], metadata["seed"], metadata["input"], metadata["step"], metadata["epoch"], metadata["augmentation"],
                metadata["dataset_sha256"]));
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

    [Fact]
    public void The_best_of_a_metric_is_its_highest_or_its_lowest()
    {
        var (high, low) = (new Metric("accuracy", "accuracy"), new Metric("error", "error", HigherIsBetter: false));
        Assert.True(high.IsBetter(0.3, 0.2) && low.IsBetter(0.2, 0.3));
        Assert.False(high.IsBetter(0.2, 0.3) || low.IsBetter(0.3, 0.2) || high.IsBetter(0.3, 0.3) || low.IsBetter(0.3, 0.3));
        Assert.True(high.IsBetter(0, double.NaN) && low.IsBetter(1, double.NaN));
        Assert.False(high.IsBetter(double.NaN, 0) || low.IsBetter(double.NaN, 1));
    }

    [Fact]
    public void A_class_that_never_occurs_has_the_share_of_one_pixel()
    {
        using var device = new CpuDevice(1);
        var pictures = SmallRuns.Pictures;
        byte[] without7 = Array.ConvertAll(pictures.Labels, label => label == 7 ? (byte)SegmentationData.Background : label);
        var data = SmallRuns.Open(SmallRuns.Arguments(device), new SegmentationData("no 7", 64, 84, pictures.Images, without7));
        float[] prior = data.Settings.ClassPrior!;
        Assert.Equal(1f / (data.Split.Train.Length * 64 * 84 + 11), prior[7], 1e-12f);
        Assert.Equal(1, prior.Sum(), 5);
    }

    [Fact]
    public void Pictures_come_in_the_order_that_was_asked_for()
    {
        using var device = new CpuDevice(1);
        int[] ascending = [.. Enumerable.Range(0, 28)];
        Assert.Equal(ascending, Read("sequential"));
        Assert.NotEqual(ascending, Read("shuffled"));
        Assert.Equal(ascending, Read("shuffled").Order());

        int[] Read(string order)
        {
            var arguments = SmallRuns.Arguments(device).With(Parameters.Order, order).With(Parameters.Epochs, 1).With(Parameters.NoEval, true);
            var data = SmallRuns.Open(arguments);
            var noted = new Noted(data.Training);
            using var trainer = new Trainer(arguments, data with { Training = noted }, device);
            trainer.Run(new SmallRuns.Observer());
            // What was read ahead of the next epoch is left out.
            return [.. noted.Positions.Take(28)];
        }
    }

    private sealed class Noted(ISampleSource inner) : ISampleSource
    {
        public List<int> Positions { get; } = [];
        public int Count => inner.Count;
        public SampleSpec Spec => inner.Spec;

        public void Read(int epoch, int position, Sample sample)
        {
            Positions.Add(position);
            inner.Read(epoch, position, sample);
        }
    }

    [Theory]
    [InlineData(3, 1, true), InlineData(2, 1, false), InlineData(4, 1, false), InlineData(5, 1, false)]
    [InlineData(6, 1, true), InlineData(6, 5, false), InlineData(7, 5, true), InlineData(8, 1, false)]
    public void Patience_counts_within_a_cycle_and_never_cuts_what_is_complete(int epochs, int best, bool stops)
    {
        using var device = new CpuDevice(1);
        var arguments = SmallRuns.Arguments(device).With(Parameters.Epochs, 4).With(Parameters.Extend, [4]).With(Parameters.Patience, 2);
        using var trainer = SmallRuns.Trainer(arguments);
        trainer.State = new TrainingState(7 * epochs, epochs, 0, 0.5, best);
        Assert.Equal((stops, stops || epochs == 8), (trainer.StoppedEarly, trainer.IsComplete));
    }

    /// <summary>Epochs have 7 steps, the last of the 16 planned has 2; a run may stand at an epoch's last step with the validation still to come.</summary>
    [Theory]
    [InlineData(0, 0, true), InlineData(6, 0, true), InlineData(7, 0, true), InlineData(8, 0, false), InlineData(-1, 0, false)]
    [InlineData(7, 1, true), InlineData(6, 1, false), InlineData(14, 1, true), InlineData(16, 2, true), InlineData(16, 3, true), InlineData(15, 3, false)]
    [InlineData(16, 4, false)]
    public void A_run_stands_between_the_ends_of_its_last_epoch_and_of_the_next(int step, int epochs, bool passes)
    {
        using var device = new CpuDevice(1);
        using var trainer = SmallRuns.Trainer(SmallRuns.Arguments(device).With(Parameters.Epochs, 3).With(Parameters.Steps, 16));
        Assert.Equal(passes, trainer.Passes(new TrainingState(step, epochs, 0, 0.5, 0)));
    }

    [Fact]
    public void A_moment_that_is_no_number_is_never_saved()
    {
        using var device = new CpuDevice(1);
        using var trainer = SmallRuns.Trainer(SmallRuns.Arguments(device));
        trainer.ExpectFinite();
        var (name, moment) = trainer.Step.Compiled.Moments.Last();
        float[] values = trainer.Step.Compiled.Download<float>(moment);
        values[^1] = float.NaN;
        trainer.Step.Compiled.Upload<float>(moment, values);
        Assert.Contains($"'{name}' holds a value that is no number", Assert.Throws<DivergenceException>(trainer.ExpectFinite).Message);
    }

    [Fact]
    public void The_speed_of_an_epoch_counts_the_images_that_were_trained_on_since_it_was_resumed()
    {
        using var device = new CpuDevice(1);
        using var trainer = SmallRuns.Trainer(SmallRuns.Arguments(device).With(Parameters.Epochs, 1));
        trainer.State = TrainingState.Start with { Step = 5 };
        var observer = new SmallRuns.Observer();
        trainer.Run(observer);
        var epoch = Assert.Single(observer.Epochs);
        Assert.Equal(2 * 4, epoch.ImagesPerSecond * epoch.Seconds, 6);
    }

    /// <summary>
    /// On a device that takes more steps in a second than losses are kept, all of them are told, and each as its step's: of the first ten too few are
    /// unread for any to be lost.
    /// </summary>
    [Fact]
    public void Each_step_is_told_its_own_loss_however_many_there_are_in_a_second()
    {
        using var device = new CpuDevice(2);
        double[] Losses(int steps)
        {
            using var trainer = SmallRuns.Trainer(SmallRuns.Arguments(device).With(Parameters.Batch, 1).With(Parameters.NoEval, true)
                .With(Parameters.Schedule, "constant").With(Parameters.Steps, steps));
            var observer = new SmallRuns.Observer();
            trainer.Run(observer);
            return [.. observer.Losses];
        }
        double[] all = Losses(28);
        Assert.True(all.Length == 28 && all.Length > TrainingStep.LossesKept + 1);
        Assert.Equal(Losses(10), all[..10]);
    }

    [Fact]
    public void The_first_step_is_told_at_once()
    {
        using var device = new CpuDevice(1);
        using var trainer = SmallRuns.Trainer(SmallRuns.Arguments(device));
        var observer = new FirstSteps();
        trainer.Run(observer);
        Assert.Equal([1, 8], observer.First);
    }

    /// <summary>Notes the first step that is told in each epoch.</summary>
    private sealed class FirstSteps : SmallRuns.Observer, IRunObserver
    {
        private bool _isFirst = true;

        public List<int> First { get; } = [];

        void ITrainingObserver.Steps(IReadOnlyList<StepResult> steps, int totalSteps, double imagesPerSecond)
        {
            if (_isFirst) First.Add(Assert.Single(steps).Step);
            _isFirst = false;
        }

        public override void Epoch(EpochResult result, bool isBest) => _isFirst = true;
    }

    [Fact]
    public void No_digit_of_a_validation_or_test_image_is_composed_into_training()
    {
        using var device = new CpuDevice(1);
        var arguments = SmallRuns.Arguments(device).With(SegmentParameters.Augment, 0.5);
        int[]? held = null;
        var data = SmallRuns.Task.Open(SmallRuns.Pictures, "", arguments, (_, except) =>
        {
            held = [.. except.Order()];
            return ProceduralDigits.Source;
        });
        Assert.Equal(data.Split.Validation.Concat(data.Split.Test).Order(), held);
        Assert.Empty(held!.Intersect(data.Split.Train));
    }
}
