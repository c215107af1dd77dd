using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Layers;
using FcnFromScratch.Training;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Training;

/// <summary>Runs that stop and go on, or cannot: nothing is lost, and what goes on is to the bit what never stopped.</summary>
public sealed class ResumeTests : IDisposable
{
    private static readonly SegmentationData Data = M2nistComposer.Procedural(40, seed: 3);
    private static readonly Split Parts = Split.BySeed(40, seed: 3);

    private static readonly Model Small = Models.Find("fcn8") with
    {
        Options = Models.Find("fcn8").Options with { Filters = [8, 8, 16, 16, 16], HeadFilters = 16 },
    };

    // 28 training images: 7 steps in each of 4 epochs.
    private static TrainingOptions Options => new() { Model = Small, Batch = 4, Epochs = 4, Seed = 5, Augment = 0.5 };

    private readonly string _root = Directory.CreateTempSubdirectory("fcn-resume-").FullName;
    private readonly CpuDevice _device = new(2);

    public void Dispose()
    {
        _device.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    /// <summary>Asks to stop at the end of an epoch, which is then complete.</summary>
    private sealed class StopAt(int epoch, CancellationTokenSource source) : ITrainingObserver
    {
        public void Steps(int lastStep, int totalSteps, IReadOnlyList<(int Step, double Loss, double Rate)> steps, double imagesPerSecond) { }

        public void Epoch(EpochResult result, bool isBest)
        {
            if (result.Epoch == epoch) source.Cancel();
        }
    }

    private string At(string name) => Path.Combine(_root, name);

    private SegmentationRun Run(string name, TrainingOptions options, bool resume = false, ITrainingObserver? observer = null, CancellationToken cancel = default, List<string>? notes = null)
    {
        using var folder = resume ? RunFolder.Open(At(name)) : RunFolder.Create(At(name), existOk: false);
        if (!resume) folder.Arguments = [];
        var run = new SegmentationRun(options, Data, Parts, _device, folder, ProceduralDigits.Source);
        run.Train(observer ?? new StopAt(-1, new()), cancel, resume, notes is null ? null : notes.Add);
        return run;
    }

    private void Same(string one, string other)
    {
        foreach (string file in new[] { "weights/best.safetensors", "weights/last.safetensors", "steps.csv" })
            Assert.True(File.ReadAllBytes(At($"{one}/{file}")).AsSpan().SequenceEqual(File.ReadAllBytes(At($"{other}/{file}"))), $"{file} differs");
        Assert.Equal(Untimed(one), Untimed(other));
        Assert.Equal(Report(one)["test"]!.ToJsonString(), Report(other)["test"]!.ToJsonString());
    }

    private IEnumerable<string> Untimed(string run) => File.ReadLines(At($"{run}/results.csv")).Select(line =>
    {
        string[] fields = line.Split(',');
        return string.Join(',', fields[..1].Concat(fields[2..^1]));
    });

    private JsonNode Report(string run) => JsonNode.Parse(File.ReadAllText(At($"{run}/report.json")))!;

    [Fact]
    public void Resume_at_any_step_equals_never_having_stopped()
    {
        Run("whole", Options);
        var random = new Random(1);
        for (int trial = 0; trial < 4; trial++)
        {
            string name = $"stopped-{trial}";
            int stops = 0;
            for (bool resume = false; ; resume = true)
            {
                using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(random.Next(1, 120)));
                var run = Run(name, Options, resume, cancel: source.Token);
                if ((bool)Report(name)["complete"]!) break;
                stops++;
                Assert.InRange(run.State.Step, 0, 28);
            }
            Assert.True(stops > 0, "the run was over before it was stopped; stop it sooner");
            Same("whole", name);
        }
    }

    [Fact]
    public void Stopped_at_the_end_of_an_epoch()
    {
        Run("whole", Options);
        using var source = new CancellationTokenSource();
        Assert.Equal(14, Run("stopped", Options, observer: new StopAt(2, source), cancel: source.Token).State.Step);
        Run("stopped", Options, resume: true);
        Same("whole", "stopped");
    }

    [Fact]
    public void Tables_that_a_killed_process_left_are_cut_back()
    {
        Run("whole", Options);
        using var source = new CancellationTokenSource();
        Run("killed", Options, observer: new StopAt(2, source), cancel: source.Token);
        File.AppendAllText(At("killed/results.csv"), "3,0.1,0.5,0.");
        File.AppendAllText(At("killed/steps.csv"), "15,0.25,0.001\n16,0.");
        File.WriteAllText(At("killed/weights/.last.safetensors.0123.tmp"), "half");
        Run("killed", Options, resume: true);
        Same("whole", "killed");
        Assert.Empty(Directory.GetFiles(At("killed/weights"), "*.tmp"));
    }

    [Fact]
    public void A_damaged_checkpoint_is_named_and_the_one_before_is_taken()
    {
        Run("whole", Options);
        using var source = new CancellationTokenSource();
        Run("damaged", Options, observer: new StopAt(3, source), cancel: source.Token);
        string last = At("damaged/weights/last.safetensors");
        File.WriteAllBytes(last, File.ReadAllBytes(last)[..1000]);
        var notes = new List<string>();
        Run("damaged", Options, resume: true, notes: notes);
        Assert.Contains("last.safetensors", Assert.Single(notes));
        Assert.Contains("previous.safetensors", notes[0]);
        Same("whole", "damaged");
    }

    [Fact]
    public void A_best_that_was_not_written_before_the_kill_is_written_on_resuming()
    {
        using var source = new CancellationTokenSource();
        Run("run", Options, observer: new StopAt(1, source), cancel: source.Token);
        byte[] best = File.ReadAllBytes(At("run/weights/best.safetensors"));
        Run("initial", Options with { Epochs = 0 });
        File.Copy(At("initial/weights/best.safetensors"), At("run/weights/best.safetensors"), overwrite: true);
        using var again = new CancellationTokenSource();
        again.Cancel();
        Run("run", Options, resume: true, cancel: again.Token);
        Assert.Equal(best, File.ReadAllBytes(At("run/weights/best.safetensors")));
    }

    [Fact]
    public void Killed_while_it_begins_over_an_old_run_a_folder_holds_no_run()
    {
        Run("run", Options with { Epochs = 1 });
        using (var folder = RunFolder.Create(At("run"), existOk: true)) folder.Clear();
        Assert.Contains("holds no run", Assert.Throws<EngineException>(() => RunFolder.Open(At("run"))).Message);
        Assert.Empty(Directory.GetFiles(At("run"), "*.safetensors", SearchOption.AllDirectories));
        Assert.False(File.Exists(At("run/report.json")));
    }

    [Fact]
    public void A_run_that_never_began_leaves_no_folder()
    {
        var error = Assert.Throws<DataException>(() => Run("run", Options with { Init = At("nothing.safetensors") }));
        Assert.Contains("nothing.safetensors", error.Message);
        Assert.False(Directory.Exists(At("run")));
    }

    [Fact]
    public void Tables_that_are_shorter_than_the_checkpoint_knows_are_told()
    {
        using var source = new CancellationTokenSource();
        Run("run", Options, observer: new StopAt(2, source), cancel: source.Token);
        File.WriteAllLines(At("run/results.csv"), File.ReadLines(At("run/results.csv")).Take(2).ToArray());
        Assert.Contains("has 1 of 2 epochs", Assert.Throws<DataException>(() => Run("run", Options, resume: true)).Message);
    }

    [Fact]
    public void Other_digits_to_augment_with_are_refused()
    {
        using var source = new CancellationTokenSource();
        Run("run", Options, observer: new StopAt(1, source), cancel: source.Token);
        using var folder = RunFolder.Open(At("run"));
        var error = Assert.Throws<EngineException>(() =>
            new SegmentationRun(Options, Data, Parts, _device, folder, ProceduralDigits.Make(10, 1)).Train(new StopAt(-1, source), resume: true));
        Assert.Contains("augmented with other digits", error.Message);
    }

    [Fact]
    public void More_steps_than_can_be_counted_are_refused() =>
        Assert.Contains("700,000,000 steps are 7,000,000,000 steps; at most 2,147,483,647",
            Assert.Throws<EngineException>(() => (Options with { Epochs = 10 }).Schedules(700_000_000)).Message.Replace("10 epochs of ", ""));

    [Fact]
    public void Other_data_is_refused()
    {
        using var source = new CancellationTokenSource();
        Run("run", Options, observer: new StopAt(1, source), cancel: source.Token);
        using var folder = RunFolder.Open(At("run"));
        var other = M2nistComposer.Procedural(40, seed: 4);
        var error = Assert.Throws<EngineException>(() =>
            new SegmentationRun(Options, other, Parts, _device, folder, ProceduralDigits.Source).Train(new StopAt(-1, source), resume: true));
        Assert.Contains("name the same data by --data", error.Message);
    }

    [Fact]
    public void A_folder_is_held_by_one_process()
    {
        using var held = RunFolder.Create(At("run"), existOk: false);
        held.Arguments = [];
        held.Begin();
        Assert.Contains("another process", Assert.Throws<EngineException>(() => RunFolder.Open(At("run"))).Message);
    }

    [Fact]
    public void An_extension_goes_through_a_cycle_of_its_own()
    {
        Run("run", Options with { Epochs = 2 });
        var extended = Options with { Epochs = 2, Extensions = [2] };
        Assert.Equal(28, Run("run", extended, resume: true).State.Step);
        double[] rates = [.. File.ReadLines(At("run/steps.csv")).Skip(1).Select(line => double.Parse(line.Split(',')[2]))];
        Assert.Equal(rates[..14], rates[14..]);
        Assert.Equal(Options.LearningRate, rates.Max(), 3);
        Run("at once", extended);
        Same("at once", "run");
    }

    [Fact]
    public void Early_stop_counts_epochs_since_the_best_and_survives_resuming()
    {
        // At rate 0 only the moving averages change; whatever the best epoch is, the run ends two after it.
        var options = Options with { LearningRate = 0, Patience = 2, Epochs = 50 };
        Assert.False(Run("short", options with { Epochs = 1 }).StoppedEarly);
        var run = Run("run", options);
        Assert.True(run.StoppedEarly);
        Assert.Equal(run.State.BestEpoch + 2, run.State.Epochs);
        Assert.True((bool)Report("run")["stopped_early"]!);
        Assert.Equal(run.State, Run("run", options, resume: true).State);
        Assert.Equal(run.State.Epochs + 1, Run("run", options with { Patience = 0, Epochs = run.State.Epochs + 1 }, resume: true).State.Epochs);
    }

    [Fact]
    public void Divergence_names_step_rate_and_first_layer_and_keeps_the_last_good_weights()
    {
        var options = Options with { LearningRate = 1e25, Schedule = "constant" };
        var error = Assert.Throws<EngineException>(() => Run("run", options));
        Assert.Matches(@"after step \d+, learning rate 1E\+25: the first value that is no number came out of '[a-z0-9.]+' \(\w+\) in step \d+; the weights after step 0 are kept", error.Message);
        using var folder = RunFolder.Open(At("run"));
        var (graph, _, _) = Small.Network(1, training: false);
        using var variables = new VariableStore(_device, graph, seed: 0);
        Assert.Equal("0", Checkpoint.Load(folder.Last, variables)["step"]);
    }

    [Fact]
    public void Weights_that_are_no_numbers_are_not_loaded()
    {
        Run("run", Options with { Epochs = 0 });
        string path = At("run/weights/best.safetensors");
        byte[] bytes = File.ReadAllBytes(path);
        BitConverter.TryWriteBytes(bytes.AsSpan(bytes.Length - 4), float.NaN);
        File.WriteAllBytes(path, bytes);
        var error = Assert.Throws<DataException>(() => new SegmentationTrainer(Options with { Init = path }, Data, Parts, _device, ProceduralDigits.Source));
        Assert.Contains("is NaN; these weights are of a run that diverged", error.Message);
    }
}
