using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Kernels.Tests.Devices;
using FcnFromScratch.Training;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Training;

/// <summary>What a trainer is fed, where it stands, what it tells and when it stops: honest when it fails.</summary>
public sealed class TrainerTests
{
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
}
