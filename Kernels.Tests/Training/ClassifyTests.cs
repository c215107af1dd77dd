using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Kernels.Tests.Data;
using FcnFromScratch.Layers;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Tasks.Classify;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Training;

public class ClassifyTests
{
    /// <summary>Three classes: 0 is right 8 of 10 times, 1 always, and there is no 2 but it is read once.</summary>
    private static ClassificationScores Scores => new(new long[,] { { 8, 1, 1 }, { 0, 10, 0 }, { 0, 0, 0 } }, loss: 0.5);

    [Fact]
    public void Figures_are_those_of_their_definitions()
    {
        var scores = Scores;
        Assert.Equal((20, 18, 2), (scores.Count, scores.Right, scores.Wrong));
        Assert.Equal(0.9, scores.Accuracy, 12);
        Assert.Equal((1, 0.8), (scores.Precision(0), scores.Recall(0)));
        Assert.Equal((10 / 11.0, 1.0), (scores.Precision(1), scores.Recall(1)));
        Assert.Equal([16 / 18.0, 20 / 21.0, 0], scores.F1);
        Assert.Equal((16 / 18.0 + 20 / 21.0) / 3, scores.MeanF1, 12);
        Assert.Equal([scores.Accuracy, scores.MeanF1], scores.Metrics);
        // A class that neither has is left out of the mean.
        Assert.Equal(1, new ClassificationScores(new long[,] { { 3, 0 }, { 0, 0 } }).MeanF1);
        Assert.Equal((double)scores.ToJson()["accuracy"]!, scores.Accuracy);
        Assert.Null(scores.ToJson()["recall"]!["2"]);
    }

    [Fact]
    public void The_interval_is_Wilsons()
    {
        // Worked by R: prop.test(18, 20, correct = FALSE), which has z = 1.959964.
        Assert.Equal(0.6990, Scores.Interval.Low, 4);
        Assert.Equal(0.9721, Scores.Interval.High, 4);
        var perfect = new ClassificationScores(new long[,] { { 20 } });
        Assert.Equal(1, perfect.Interval.High, 12);
        Assert.InRange(perfect.Interval.Low, 0.83, 0.84);
    }

    [Fact]
    public void The_first_of_equal_probabilities_is_read()
    {
        Assert.Equal(1, new Reading(0, 2, [0.2f, 0.4f, 0.4f]).Prediction);
        Assert.True(new Reading(0, 1, [0.2f, 0.4f, 0.4f]).IsRight);
    }

    private static readonly DigitImages s_digits = ProceduralDigits.Make(600, seed: 21);

    private static Arguments Arguments(CpuDevice device, string model) => new Arguments(new ClassifyTask()).On(device)
        .With(Parameters.Model, model).With(Parameters.Batch, 20).With(Parameters.Epochs, 2).With(Parameters.Seed, 3UL)
        .With(ClassifyParameters.Validation, 100).With(ClassifyParameters.Augment, 0.5);

    private static TaskData Open(Arguments arguments) => new ClassifyTask().Open(s_digits, 500, "tests", "tests", arguments, null);

    [Fact]
    public void Data_is_divided_and_warped_in_training_alone()
    {
        using var device = new CpuDevice(1);
        var arguments = Arguments(device, "mlp");
        var data = Open(arguments);
        Assert.Equal((400, 100, 100), (data.Split.Train.Length, data.Split.Validation.Length, data.Split.Test.Length));
        Assert.Equal(400, data.Training.Count);
        Assert.True(data.Split.Test.SequenceEqual(Enumerable.Range(500, 100)));
        var (first, second, kept) = (new Batch(data.Training.Spec, 400), new Batch(data.Training.Spec, 400), new Batch(data.Training.Spec, 100));
        int[] all = [.. Enumerable.Range(0, 400)];
        first.Read(data.Training, 0, all);
        second.Read(data.Training, 1, all);
        int changed = all.Count(i => !first.PixelsOf(i).SequenceEqual(second.PixelsOf(i)));
        Assert.InRange(changed, 250, 350); // three quarters: warped in one of two epochs at least
        kept.Read(data.Samples(data.Split.Validation), 0, [.. Enumerable.Range(0, 100)]);
        for (int i = 0; i < 100; i++) Assert.Equal(s_digits.Image(data.Split.Validation[i]), kept.PixelsOf(i));
        Assert.Null(Open(arguments.With(ClassifyParameters.Augment, 0)).Augmentation);
    }

    /// <summary>Of 400 digits in epochs of 4 and then 2: all, two thirds, one third; and in the two that were added later likewise.</summary>
    [Fact]
    public void The_last_epochs_of_each_cycle_warp_fewer()
    {
        using var device = new CpuDevice(1);
        var arguments = Arguments(device, "mlp").With(Parameters.Epochs, 4).With(Parameters.Extend, [2])
            .With(ClassifyParameters.Augment, 1).With(ClassifyParameters.Settle, 2);
        var data = Open(arguments);
        var (warped, kept) = (new Batch(data.Training.Spec, 400), new Batch(data.Training.Spec, 400));
        int[] all = [.. Enumerable.Range(0, 400)];
        kept.Read(data.Samples(data.Split.Train), 0, all);
        double[] shares = [1, 1, 2 / 3.0, 1 / 3.0, 2 / 3.0, 1 / 3.0];
        foreach (var (epoch, share) in shares.Index())
        {
            warped.Read(data.Training, epoch, all);
            Assert.InRange(all.Count(i => !kept.PixelsOf(i).SequenceEqual(warped.PixelsOf(i))) / 400.0, share - 0.08, share + 0.08);
        }
        // A sixth of the epochs where the data is somebody's; digits that are drawn are warped to the end.
        arguments = new Arguments(new ClassifyTask()).On(device);
        Assert.Equal((0, 3), (arguments.Get(ClassifyParameters.Settle), arguments.With(Parameters.Data, "mnist").Get(ClassifyParameters.Settle)));
        // And none where none is warped; asked for there, it is refused.
        var plain = arguments.With(Parameters.Data, "mnist").With(ClassifyParameters.Augment, 0);
        Assert.Equal(0, plain.Get(ClassifyParameters.Settle));
        Assert.Contains("--settle is 2, and --augment is 0", Assert.Throws<EngineException>(() => Open(plain.With(ClassifyParameters.Settle, 2))).Message);
    }

    [Theory]
    [InlineData("cnn"), InlineData("mlp")]
    public void A_network_learns_and_its_run_has_all_that_runs_have(string model)
    {
        using var device = new CpuDevice(2);
        using var temp = new TempFolder();
        using (var folder = RunFolder.Create(temp["run"], existOk: false))
        {
            var arguments = Arguments(device, model).With(Parameters.Epochs, model == "mlp" ? 12 : 4).With(ClassifyParameters.Augment, 0);
            var run = new Run(arguments, Open(arguments), folder);
            var test = (ClassificationScores)run.Train(new SmallRuns.Observer())!;
            Assert.InRange(test.Accuracy, 0.7, 1);
            Assert.Equal(100, test.Readings.Count);
            Assert.All(test.Readings, r => Assert.Equal(1, r.Probabilities.Sum(), 4));
            Assert.Equal(test.Right, test.Readings.Count(r => r.IsRight));
            Assert.All(test.Readings, r => Assert.Equal(s_digits.Labels[500 + r.Position], r.Truth));
        }
        string[] readings = File.ReadAllLines(temp["run/readings.csv"]);
        Assert.Equal(101, readings.Length);
        Assert.Equal("position,truth,prediction,probability,truth_probability", readings[0]);
        var report = JsonNode.Parse(File.ReadAllText(temp["run/report.json"]))!;
        int misread = readings.Skip(1).Count(line => line.Split(',')[1] != line.Split(',')[2]);
        Assert.Equal(misread, (int)report["test"]!["misread"]!);
        var page = XDocument.Load(temp["run/report.html"]).Root!;
        Assert.Equal(misread, page.Descendants("figure").Count(f => f.Attribute("class")?.Value == "shown"));
        Assert.Equal(misread > 0, File.Exists(temp["run/misread.png"]));
        Assert.Contains($"All {misread} misread test digits", page.Value);
    }

    [Fact]
    public void A_run_that_was_stopped_goes_on_to_the_same_bits()
    {
        using var device = new CpuDevice(2);
        using var temp = new TempFolder();
        var arguments = Arguments(device, "cnn");
        foreach (string name in new[] { "whole", "stopped" })
        {
            using var stop = new CancellationTokenSource();
            using (var folder = RunFolder.Create(temp[name], existOk: false))
                new Run(arguments, Open(arguments), folder).Train(name == "whole" ? new SmallRuns.Observer() : new StopAtEpoch(stop), stop.Token);
            if (name == "whole") continue;
            using var again = RunFolder.Open(temp[name]);
            Assert.NotNull(new Run(arguments, Open(arguments), again).Train(new SmallRuns.Observer(), resume: true));
        }
        foreach (string file in new[] { "weights/best.safetensors", "weights/last.safetensors", "steps.csv", "readings.csv" })
            Assert.Equal(File.ReadAllBytes(temp[$"whole/{file}"]), File.ReadAllBytes(temp[$"stopped/{file}"]));
    }

    [Fact]
    public void Trained_on_all_digits_the_last_epoch_counts()
    {
        using var device = new CpuDevice(2);
        using var temp = new TempFolder();
        using var folder = RunFolder.Create(temp["run"], existOk: false);
        var arguments = Arguments(device, "mlp").With(ClassifyParameters.Validation, 0);
        var observer = new SmallRuns.Observer();
        var run = new Run(arguments, Open(arguments), folder);
        Assert.NotNull(run.Train(observer));
        Assert.Equal(2, run.State.BestEpoch);
        Assert.All(observer.Epochs, e => Assert.True(double.IsNaN(e.Metrics[0]) && double.IsNaN(e.ValidationLoss)));
        Assert.Contains("500 train, 0 validation, 100 test", string.Join('\n', observer.Lines));
    }

    [Theory]
    [InlineData(1, "smallest"), InlineData(4, "smallest"), InlineData(4, "nearest")]
    public void Neighbours_vote_as_plain_loops_say(int k, string ties)
    {
        using var device = new CpuDevice(2);
        using var temp = new TempFolder();
        using var folder = RunFolder.Create(temp["run"], existOk: false);
        var arguments = new Arguments(new ClassifyTask()).On(device).With(Parameters.Model, "knn").With(ClassifyParameters.Validation, 0)
            .With(ClassifyParameters.Neighbours, k).With(ClassifyParameters.Ties, ties);
        // More in a batch than there are to keep: nothing is trained.
        arguments = arguments.With(Parameters.Batch, k == 1 ? 501 : 500);
        Assert.Equal((0, 0.0), (arguments.Get(Parameters.Epochs), arguments.Get(ClassifyParameters.Augment)));
        var test = (ClassificationScores)new Run(arguments, Open(arguments), folder).Train(new SmallRuns.Observer())!;
        int[] expected = [.. Enumerable.Range(500, 100).Select(i => Vote(i, k, ties == "nearest"))];
        Assert.Equal(expected, test.Readings.Select(r => r.Prediction));
        Assert.All(test.Readings, r => Assert.Equal(1, r.Probabilities.Sum(), 5));

        // What the file says of k and ties is what it is read with, whatever a run would be told today.
        using var weights = Weights.Open(temp["run/weights/best.safetensors"], "knn", device, [new ClassifyTask()]);
        Assert.Equal((500, k, ties), (weights.Settings.Kept, weights.Settings.Neighbours, $"{weights.Settings.Ties}".ToLowerInvariant()));
    }

    private static int Vote(int digit, int k, bool toNearest)
    {
        int[] nearest = [.. Enumerable.Range(0, 500).OrderBy(i => Distance(digit, i)).Take(k).Select(i => (int)s_digits.Labels[i])];
        var votes = nearest.CountBy(label => label).ToDictionary();
        var winners = votes.Where(v => v.Value == votes.Values.Max()).Select(v => v.Key);
        return toNearest ? winners.MinBy(label => Array.IndexOf(nearest, label)) : winners.Min();
    }

    private static int Distance(int a, int b)
    {
        int sum = 0;
        for (int p = 0; p < DigitImages.Area; p++) sum += (s_digits.Image(a)[p] - s_digits.Image(b)[p]) * (s_digits.Image(a)[p] - s_digits.Image(b)[p]);
        return sum;
    }

    [Fact]
    public void What_keeps_its_digits_learns_nothing_in_epochs()
    {
        using var device = new CpuDevice(1);
        var arguments = new Arguments(new ClassifyTask()).On(device).With(Parameters.Model, "knn");
        foreach (var told in new[] { arguments.With(Parameters.Epochs, 3), arguments.With(Parameters.Extend, [1]) })
            Assert.Contains("knn keeps its digits and learns nothing in epochs", Assert.Throws<EngineException>(() => Open(told)).Message);
    }

    /// <summary>All of MNIST: 60,000 samples and 10,000 queries.</summary>
    [RealDataFact]
    public void Three_neighbours_read_MNIST_as_is_published()
    {
        using var device = new CpuDevice();
        using var temp = new TempFolder();
        foreach (var (ties, right) in new[] { ("smallest", 9705), ("nearest", 9717) })
        {
            using var folder = RunFolder.Create(temp[ties], existOk: false);
            var arguments = new Arguments(new ClassifyTask()).On(device).With(Parameters.Model, "knn").With(ClassifyParameters.Validation, 0)
                .With(Parameters.Data, RealDataFactAttribute.Folder).With(ClassifyParameters.Ties, ties);
            var run = new Run(arguments, arguments.Task.Open(arguments), folder);
            Assert.Equal(right, ((ClassificationScores)run.Train(new SmallRuns.Observer())!).Right);
        }
    }

    private sealed class StopAtEpoch(CancellationTokenSource stop) : SmallRuns.Observer
    {
        public override void Epoch(EpochResult result, bool isBest) => stop.Cancel();
    }

    [Fact]
    public void A_linear_layer_covers_its_picture()
    {
        var graph = new Graph(training: false);
        var x = graph.Input("x", new Shape(2, 5, 3, 4));
        Assert.Equal(new Shape(2, 1, 1, 7), graph.Linear(x, "a", 7).Shape);
        Assert.Equal(new Shape(5, 3, 4, 7), graph.Variables.Single(v => v.Name == "a.weight").Shape);
    }

    [Fact]
    public void McNemars_test_counts_coins()
    {
        // scipy.stats.binomtest(min, sum, 0.5).pvalue
        Assert.Equal(1, SideBySide.McNemar(0, 0));
        Assert.Equal(1, SideBySide.McNemar(3, 3));
        Assert.Equal(0.21875, SideBySide.McNemar(1, 5), 12);
        Assert.Equal(0.21875, SideBySide.McNemar(5, 1), 12);
        Assert.Equal(6.2919e-5, SideBySide.McNemar(81, 37), 8);
        Assert.Equal(1, SideBySide.McNemar(278, 25) / 3.41094e-55, 3);
    }

    /// <summary>Three that read five digits: 0 is read by all, 1 by none, 2 by the first alone, 3 by all but the first, 4 by the first two.</summary>
    [Fact]
    public void A_comparison_counts_who_reads_what()
    {
        var digits = s_digits.Select("five", [.. Enumerable.Range(0, 10).Select(k => Array.IndexOf(s_digits.Labels, (byte)k)).Take(5)]);
        var samples = new DigitSource(digits, [0, 1, 2, 3, 4]);
        Contestant Reads(string name, params int[] right)
        {
            var counts = new long[10, 10];
            var readings = new List<Reading>();
            for (int i = 0; i < 5; i++)
            {
                float[] probabilities = new float[10];
                probabilities[right.Contains(i) ? i : 9] = 1;
                readings.Add(new Reading(i, i, probabilities));
                counts[i, readings[^1].Prediction]++;
            }
            var latencies = new Dictionary<int, double> { [1] = 1e-4, [1000] = 2e-6 };
            int? kept = name == "c" ? 60 : null;
            return new Contestant(name, new ClassificationScores(counts, 0.5, readings), 1234, kept, 2_500_000, 61, Converged: true, latencies);
        }

        var comparison = new ClassifyTask().Compare([Reads("a", 0, 2, 4), Reads("b", 0, 3, 4), Reads("c", 0, 3)], samples);
        var json = comparison.Json;
        Assert.Equal("[1]", json["misread_by_all"]!.ToJsonString());
        Assert.Equal([1L, 0, 1], json["models"]!.AsArray().Select(m => (long)m!["misread_alone"]!));
        Assert.Equal(["[1,3]", "[1,2]", "[1,2,4]"], json["models"]!.AsArray().Select(m => m!["misread"]!.ToJsonString()));
        Assert.Equal([("a", "b", 1L, 1L), ("a", "c", 2, 1), ("b", "c", 1, 0)], json["mcnemar"]!.AsArray().Select(p =>
            ((string)p!["first"]!, (string)p["second"]!, (long)p["only_first"]!, (long)p["only_second"]!)));
        Assert.Equal(100, (double)json["models"]![0]!["microseconds_per_image"]!["1"]!, 9);
        Assert.Contains("a against c: 2 digits only the first reads, 1 only the second, p 1: no difference that chance does not make", comparison.Lines);
        Assert.Contains(comparison.Lines, line => Regex.IsMatch(line, @"^c +60 digits  2\.5 MB +61 s +100 +2$"));
        Assert.Contains(comparison.Lines, line => Regex.IsMatch(line, @"^a +0\.6000  0\.\d{4} … 0\.\d{4} +2 +1  "));
        Assert.Equal("60.00 %", comparison.Headline);
        using var folder = new TempFolder();
        comparison.Write(folder["."], "a, b, c", "Here.");
        string page = XDocument.Parse(File.ReadAllText(folder["comparison.html"]).Replace("<!DOCTYPE html>", "")).ToString();
        Assert.Contains("1 read as 9", page);
        Assert.Contains("1,234 weights", page);
    }

    /// <summary>Of eight digits that only one of two reads a coin would give it all once in 128 times.</summary>
    [Fact]
    public void The_better_of_two_is_named()
    {
        int[] places = [.. Enumerable.Range(0, 8)];
        Contestant Reads(string name, int above)
        {
            var counts = new long[10, 10];
            var readings = new List<Reading>();
            foreach (int i in places)
            {
                float[] probabilities = new float[10];
                int truth = s_digits.Labels[i], read = (truth + above) % 10;
                probabilities[read] = 1;
                readings.Add(new Reading(i, truth, probabilities));
                counts[truth, read]++;
            }
            return new Contestant(name, new ClassificationScores(counts, 0.5, readings), 1, null, 1, null, Converged: true, new Dictionary<int, double>());
        }

        foreach (var (good, bad) in new[] { (0, 1), (1, 0) })
        {
            var comparison = new ClassifyTask().Compare([Reads("a", good), Reads("b", bad)], new DigitSource(s_digits, places));
            string better = $"{8 * bad} digits only the first reads, {8 * good} only the second, p 0.0078: {"ab"[good]} is better";
            Assert.Contains($"a against b: {better}", comparison.Lines);
        }
    }
}
