using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Tasks.Segment;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Training;

/// <summary>Runs that stop and go on, or cannot: nothing is lost, and what goes on is to the bit what never stopped.</summary>
public sealed class ResumeTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly CpuDevice _device = new(2);

    private Arguments Asked => SmallRuns.Arguments(_device).With(Parameters.Epochs, 4).With(SegmentParameters.Augment, 0.5);

    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    /// <summary>Asks to stop at the end of an epoch, which is then complete.</summary>
    private sealed class StopAt(int epoch, CancellationTokenSource source) : SmallRuns.Observer
    {
        public override void Epoch(EpochResult result, bool isBest)
        {
            if (result.Epoch == epoch) source.Cancel();
        }
    }

    /// <summary>Asks to stop when so many pictures have been read. Batches are read ahead: the run is in one of the last five steps before.</summary>
    private sealed class StopAtPicture(ISampleSource inner, int pictures, CancellationTokenSource source) : ISampleSource
    {
        private int _read;

        public int Count => inner.Count;
        public SampleSpec Spec => inner.Spec;

        public void Read(int epoch, int position, Sample sample)
        {
            if (_read++ == pictures) source.Cancel();
            inner.Read(epoch, position, sample);
        }
    }

    private Run Run(
        string name, Arguments arguments, bool resume = false, IRunObserver? observer = null, CancellationToken cancel = default,
        SegmentationData? pictures = null, IDigitSource? digits = null, Func<ISampleSource, ISampleSource>? watch = null,
        Func<ISampleSource, ISampleSource>? watchParts = null)
    {
        using var folder = resume ? RunFolder.Open(_folder[name]) : RunFolder.Create(_folder[name], existOk: false);
        var data = SmallRuns.Open(arguments, pictures, digits);
        if (watch is not null) data = data with { Training = watch(data.Training) };
        if (watchParts is not null) data = data with { Samples = indices => watchParts(SmallRuns.Open(arguments, pictures, digits).Samples(indices)) };
        var run = new Run(arguments, data, folder);
        run.Train(observer ?? new SmallRuns.Observer(), cancel, resume);
        return run;
    }

    private void Same(string one, string other)
    {
        foreach (string file in new[] { "weights/best.safetensors", "weights/last.safetensors", "steps.csv" })
            Assert.True(File.ReadAllBytes(_folder[$"{one}/{file}"]).AsSpan().SequenceEqual(File.ReadAllBytes(_folder[$"{other}/{file}"])), $"{file} differs");
        Assert.Equal(Untimed(one), Untimed(other));
        Assert.Equal(Report(one)["test"]!.ToJsonString(), Report(other)["test"]!.ToJsonString());
    }

    private IEnumerable<string> Untimed(string run) => File.ReadLines(_folder[$"{run}/results.csv"]).Select(line =>
    {
        string[] fields = line.Split(',');
        return string.Join(',', fields[..1].Concat(fields[2..^1]));
    });

    private JsonNode Report(string run) => JsonNode.Parse(File.ReadAllText(_folder[$"{run}/report.json"]))!;

    [Theory]
    [InlineData(0), InlineData(0.9)]
    public void Resume_at_any_step_equals_never_having_stopped(double average)
    {
        var asked = Asked.With(Parameters.Average, average);
        Run("whole", asked);
        var random = new Random(1);
        var stops = new HashSet<int>();
        for (int trial = 0; trial < 4; trial++)
        {
            string name = $"stopped-{trial}";
            // First before an epoch is over and its checkpoint written; then after at most 20 steps.
            for (int pictures = random.Next(4 * 7); ; pictures = random.Next(4 * 20))
            {
                using var source = new CancellationTokenSource();
                bool resume = Directory.Exists(_folder[name]);
                int step = Run(name, asked, resume, cancel: source.Token, watch: training => new StopAtPicture(training, pictures, source)).State.Step;
                if ((bool)Report(name)["complete"]!) break;
                if (!resume) Assert.InRange(step, 0, pictures / 4 + 1);
                stops.Add(step);
            }
            Same("whole", name);
        }
        Assert.Contains(stops, step => step % 7 > 0);
    }

    [Fact]
    public void Stopped_at_the_end_of_an_epoch()
    {
        Run("whole", Asked);
        using var source = new CancellationTokenSource();
        Assert.Equal(14, Run("stopped", Asked, observer: new StopAt(2, source), cancel: source.Token).State.Step);
        Run("stopped", Asked, resume: true);
        Same("whole", "stopped");
    }

    /// <summary>Of 4 pictures to validate on, after each of 4 epochs, and 8 to test on.</summary>
    [Theory]
    [InlineData(4, 0, 7, 0), InlineData(8, 0, 28, 4), InlineData(8, 3, 28, 4)]
    public void Stopped_while_it_measures_it_measures_again_on_resuming(int part, int picture, int step, int epochs)
    {
        Run("whole", Asked);
        using var source = new CancellationTokenSource();
        var run = Run("stopped", Asked, cancel: source.Token,
            watchParts: samples => samples.Count == part ? new StopAtPicture(samples, picture, source) : samples);
        Assert.Equal((step, epochs, false), (run.State.Step, run.State.Epochs, run.IsComplete));
        Assert.False((bool)Report("stopped")["complete"]!);
        Assert.Null(Report("stopped")["test"]);
        Assert.True(Run("stopped", Asked, resume: true).IsComplete);
        Same("whole", "stopped");
    }

    [Fact]
    public void The_time_of_a_run_is_that_of_all_its_sessions()
    {
        using var source = new CancellationTokenSource();
        Run("run", Asked, observer: new StopAt(1, source), cancel: source.Token);
        string path = _folder["run/results.csv"];
        string[] lines = File.ReadAllLines(path), fields = lines[1].Split(',');
        fields[1] = "1000000";
        File.WriteAllLines(path, [lines[0], string.Join(',', fields)]);
        Run("run", Asked, resume: true);
        Assert.InRange((double)Report("run")["wall_seconds"]!, 1e6, 2e6);
    }

    [Fact]
    public void Tables_that_a_killed_process_left_are_cut_back()
    {
        Run("whole", Asked);
        using var source = new CancellationTokenSource();
        Run("killed", Asked, observer: new StopAt(2, source), cancel: source.Token);
        File.AppendAllText(_folder["killed/results.csv"], "3,0.1,0.5,0.");
        File.AppendAllText(_folder["killed/steps.csv"], "15,0.25,0.001\n16,0.");
        File.WriteAllText(_folder["killed/weights/.last.safetensors.0123.tmp"], "half");
        Run("killed", Asked, resume: true);
        Same("whole", "killed");
        Assert.Empty(Directory.GetFiles(_folder["killed/weights"], "*.tmp"));
    }

    [Fact]
    public void A_damaged_checkpoint_is_named_and_the_one_before_is_taken()
    {
        Run("whole", Asked);
        using var source = new CancellationTokenSource();
        Run("damaged", Asked, observer: new StopAt(3, source), cancel: source.Token);
        string last = _folder["damaged/weights/last.safetensors"];
        File.WriteAllBytes(last, File.ReadAllBytes(last)[..1000]);
        var observer = new SmallRuns.Observer();
        Run("damaged", Asked, resume: true, observer);
        string note = Assert.Single(observer.Lines, line => line.Contains("last.safetensors"));
        Assert.Contains("previous.safetensors", note);
        Same("whole", "damaged");
    }

    [Theory]
    [InlineData(0), InlineData(0.9)]
    public void A_best_that_was_not_written_before_the_kill_is_written_on_resuming(double average)
    {
        var asked = Asked.With(Parameters.Average, average);
        using var source = new CancellationTokenSource();
        Run("run", asked, observer: new StopAt(1, source), cancel: source.Token);
        byte[] best = File.ReadAllBytes(_folder["run/weights/best.safetensors"]);
        Run("initial", asked.With(Parameters.Epochs, 0));
        File.Copy(_folder["initial/weights/best.safetensors"], _folder["run/weights/best.safetensors"], overwrite: true);
        using var again = new CancellationTokenSource();
        again.Cancel();
        Run("run", asked, resume: true, cancel: again.Token);
        Assert.Equal(best, File.ReadAllBytes(_folder["run/weights/best.safetensors"]));
    }

    [Fact]
    public void Resumed_within_the_epoch_after_the_best_the_best_weights_stay()
    {
        using var source = new CancellationTokenSource();
        int step = Run("run", Asked, cancel: source.Token, watch: training => new StopAtPicture(training, 4 * 13, source)).State.Step;
        Assert.InRange(step, 8, 13); // the first of several epochs is the best so far
        byte[] best = File.ReadAllBytes(_folder["run/weights/best.safetensors"]);
        Run("run", Asked, resume: true, cancel: source.Token);
        Assert.Equal(best, File.ReadAllBytes(_folder["run/weights/best.safetensors"]));
    }

    [Fact]
    public void Killed_while_it_begins_over_an_old_run_a_folder_holds_no_run()
    {
        Run("run", Asked.With(Parameters.Epochs, 1));
        using (var folder = RunFolder.Create(_folder["run"], existOk: true)) folder.Clear([]);
        Assert.Contains("holds no run", Assert.Throws<EngineException>(() => RunFolder.Open(_folder["run"])).Message);
        Assert.Empty(Directory.GetFiles(_folder["run"], "*.safetensors", SearchOption.AllDirectories));
        Assert.False(File.Exists(_folder["run/report.json"]));
    }

    [Fact]
    public void A_run_that_never_began_leaves_no_folder()
    {
        var error = Assert.Throws<DataException>(() => Run("run", Asked.With(Parameters.Init, _folder["nothing.safetensors"])));
        Assert.Contains("nothing.safetensors", error.Message);
        Assert.False(Directory.Exists(_folder["run"]));
    }

    [Fact]
    public void Tables_that_are_shorter_than_the_checkpoint_knows_are_told()
    {
        using var source = new CancellationTokenSource();
        Run("run", Asked, observer: new StopAt(2, source), cancel: source.Token);
        File.WriteAllLines(_folder["run/results.csv"], File.ReadLines(_folder["run/results.csv"]).Take(2).ToArray());
        Assert.Contains("has 1 of 2 epochs", Assert.Throws<EngineException>(() => Run("run", Asked, resume: true)).Message);
    }

    [Fact]
    public void Other_digits_to_augment_with_are_refused()
    {
        using var source = new CancellationTokenSource();
        Run("run", Asked, observer: new StopAt(1, source), cancel: source.Token);
        var error = Assert.Throws<EngineException>(() => Run("run", Asked, resume: true, digits: ProceduralDigits.Make(10, 1)));
        Assert.Contains("augmented with other images", error.Message);
    }

    [Fact]
    public void More_steps_than_can_be_counted_are_refused() =>
        Assert.Contains("700,000,000 steps are 7,000,000,000 steps; at most 2,147,483,647",
            Assert.Throws<EngineException>(() => Schedule.Of(Asked.With(Parameters.Epochs, 10), 700_000_000)).Message.Replace("10 epochs of ", ""));

    [Fact]
    public void Other_data_is_refused()
    {
        using var source = new CancellationTokenSource();
        Run("run", Asked, observer: new StopAt(1, source), cancel: source.Token);
        var error = Assert.Throws<EngineException>(() => Run("run", Asked, resume: true, pictures: M2nistComposer.Procedural(40, seed: 4)));
        Assert.Contains("name the same data by --data", error.Message);
    }

    [Fact]
    public void A_folder_is_held_by_one_process()
    {
        using var held = RunFolder.Create(_folder["run"], existOk: false);
        held.Begin([]);
        Assert.Contains("another process", Assert.Throws<EngineException>(() => RunFolder.Open(_folder["run"])).Message);
    }

    [Fact]
    public void An_extension_goes_through_a_cycle_of_its_own()
    {
        Run("run", Asked.With(Parameters.Epochs, 2));
        var extended = Asked.With(Parameters.Epochs, 2).With(Parameters.Extend, [2]);
        Assert.Equal(28, Run("run", extended, resume: true).State.Step);
        double[] rates = [.. File.ReadLines(_folder["run/steps.csv"]).Skip(1).Select(line => double.Parse(line.Split(',')[2]))];
        Assert.Equal(rates[..14], rates[14..]);
        Assert.Equal(Asked.Get(Parameters.LearningRate), rates.Max(), 3);
        Run("at once", extended);
        Same("at once", "run");
    }

    [Fact]
    public void Early_stop_counts_epochs_since_the_best_and_survives_resuming()
    {
        // At rate 0 only the moving averages change; whatever the best epoch is, the run ends two after it.
        var options = Asked.With(Parameters.LearningRate, 0).With(Parameters.Patience, 2).With(Parameters.Epochs, 50);
        Assert.False(Run("short", options.With(Parameters.Epochs, 1)).StoppedEarly);
        var run = Run("run", options);
        Assert.True(run.StoppedEarly);
        Assert.Equal(run.State.BestEpoch + 2, run.State.Epochs);
        Assert.True((bool)Report("run")["stopped_early"]!);
        Assert.Equal(run.State, Run("run", options, resume: true).State);
        using var source = new CancellationTokenSource();
        var longer = Run("run", options.With(Parameters.Patience, 0), resume: true, new StopAt(run.State.Epochs + 1, source), source.Token);
        Assert.Equal(run.State.Epochs + 1, longer.State.Epochs);
    }

    [Fact]
    public void Divergence_names_step_rate_and_first_layer_and_keeps_the_last_good_weights()
    {
        var options = Asked.With(Parameters.LearningRate, 1e25).With(Parameters.Schedule, "constant");
        var error = Assert.Throws<EngineException>(() => Run("run", options));
        Assert.Matches(@"after step \d+, learning rate 1E\+25: the first value that is no number came out of '[a-z0-9.]+' \(\w+\) in step \d+; "
            + "the weights after step 0 are kept", error.Message);
        using var folder = RunFolder.Open(_folder["run"]);
        Assert.Equal("0", SafetensorsFile.Read(folder.Last).Metadata["step"]);
    }

    [Theory]
    [InlineData(float.NaN), InlineData(float.PositiveInfinity), InlineData(float.NegativeInfinity)]
    public void Weights_that_are_no_numbers_are_not_loaded(float value)
    {
        Run("run", Asked.With(Parameters.Epochs, 0));
        string path = _folder["run/weights/best.safetensors"];
        byte[] bytes = File.ReadAllBytes(path);
        BitConverter.TryWriteBytes(bytes.AsSpan(bytes.Length - 4), value);
        File.WriteAllBytes(path, bytes);
        var error = Assert.Throws<DataException>(() => SmallRuns.Trainer(Asked.With(Parameters.Init, path)));
        Assert.Contains($"is {value}; these weights are of a run that diverged", error.Message);
    }

    [Fact]
    public void The_hash_of_the_tables_knows_every_figure_but_the_times()
    {
        using var folder = RunFolder.Create(_folder["tables"], existOk: false);
        var tables = new RunTables(folder, [new("a", "a"), new("b", "b")]);
        tables.Begin();
        tables.Append(new EpochResult(1, 2.25, 0.1, 0.2, [0.3, 0.4], 0.01, 70.5));
        tables.Append([new StepResult(1, 0.125, 0.5)]);
        string hash = tables.Sha256(1, 1);
        foreach (string file in new[] { "results.csv", "steps.csv" })
        {
            string[] lines = File.ReadAllLines(folder.At(file)), names = lines[0].Split(',');
            for (int i = 0; i < names.Length; i++)
            {
                string[] fields = lines[1].Split(',');
                fields[i] += "1";
                File.WriteAllLines(folder.At(file), [lines[0], string.Join(',', fields)]);
                Assert.True(hash == tables.Sha256(1, 1) == names[i] is "time_s" or "img_per_s", names[i]);
            }
            File.WriteAllLines(folder.At(file), lines);
        }
        Assert.Equal(hash, tables.Sha256(1, 1));
    }

    [Fact]
    public void Tables_give_back_what_was_put_into_them()
    {
        using var folder = RunFolder.Create(_folder["tables"], existOk: false);
        var tables = new RunTables(folder, [new("a", "a"), new("b", "b"), new("c", "c")]);
        tables.Begin();
        EpochResult[] epochs = [new(1, 2.25, 0.1, 0.2, [0.3, 0.4, 0.5], 6.4e-8, 70.5), new(2, 3.5, 0.11, double.NaN, [double.NaN, 0.41, 0.51], 0.61, 71)];
        StepResult[] steps = [new(1, 0.125, 0.5), new(2, 1e-7, 0.25), new(3, 3, 0.125)];
        foreach (var epoch in epochs) tables.Append(epoch);
        tables.Append(steps);
        Assert.Equal(steps, tables.Steps());
        var read = tables.Read(epochs: 2, steps: 2);
        tables.Cut(epochs: 2, steps: 2);
        Assert.Equal(epochs.Select(Flat), read.Select(Flat));
        Assert.Equal(steps[..2], tables.Steps());
        var error = Assert.Throws<DataException>(() => new RunTables(folder, [new("a", "a")]).Read(2, 2));
        Assert.Contains("where that of epoch 1 belongs, with the columns epoch,time_s,train/loss,val/loss,metrics/a,lr,img_per_s", error.Message);

        static (int, double, double, double, string, double, double) Flat(EpochResult e) =>
            (e.Epoch, e.Seconds, e.TrainLoss, e.ValidationLoss, string.Join(' ', e.Metrics), e.LearningRate, e.ImagesPerSecond);
    }
}
