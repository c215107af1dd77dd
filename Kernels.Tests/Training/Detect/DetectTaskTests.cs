using System.Text.Json.Nodes;
using System.Xml.Linq;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Layers;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Tasks;
using FcnFromScratch.Training.Tasks.Classify;
using FcnFromScratch.Training.Tasks.Detect;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Training.Detect;

public sealed class DetectTaskTests
{
    private static readonly DigitImages s_digits = ProceduralDigits.Make(700, seed: 9);

    private static Arguments Arguments(CpuDevice device) => new Arguments(new DetectTask()).On(device)
        .With(Parameters.Batch, 10).With(Parameters.Epochs, 2).With(Parameters.Seed, 3UL).With(DetectParameters.Scenes, 100)
        .With(SceneParameters.Canvas, new CanvasSize(48, 48)).With(SceneParameters.Digits, new Interval<int>(1, 3))
        .With(SceneParameters.Clutter, new Interval<int>(0)).With(SceneParameters.Noise, new Interval<double>(0));

    private static TaskData Open(Arguments arguments, DigitImages? digits = null) =>
        new DetectTask().OpenScenes(digits ?? s_digits, 500, "tests", "tests", arguments);

    /// <summary>A number that rises or falls on its line is read from left to right all the same.</summary>
    [Fact]
    public void A_truth_is_read_from_left_to_right()
    {
        var truth = Truth.Of([("5", new Box(70, 0, 80, 20)), ("7", new Box(0, 30, 20, 60)), ("3", new Box(30, 10, 50, 40))]);
        Assert.Equal(("735", "735"), (truth.Names, string.Concat(truth.Objects!.Select(o => o.Class))));
    }

    [Fact]
    public void Scenes_to_train_to_validate_and_to_test_on_show_different_digits()
    {
        using var device = new CpuDevice(1);
        // What a digit is called says where it comes from: 0 is to train, 1 to validate, 2 to test on.
        byte[] labels = new byte[s_digits.Count];
        var of = Split.HoldOut(500, 100, 200, seed: 3);
        foreach (int i in of.Validation) labels[i] = 1;
        foreach (int i in of.Test) labels[i] = 2;
        var data = Open(Arguments(device), new DigitImages("divided", s_digits.Images, labels));
        Assert.Equal((100, 500, 2000), (data.Split.Train.Length, data.Split.Validation.Length, data.Split.Test.Length));
        foreach (var (label, part) in new[] { data.Split.Train, data.Split.Validation, data.Split.Test }.Index())
        {
            var samples = (ISceneSource)data.Samples([.. part.Take(50)]);
            Assert.Equal(50, samples.Count);
            Assert.All(Enumerable.Range(0, 50).SelectMany(i => samples.Objects(0, i)), o => Assert.Equal(label, o.Class));
        }
        Assert.All(Enumerable.Range(0, 50).SelectMany(i => ((ISceneSource)data.Training).Objects(0, i)), o => Assert.Equal(0, o.Class));
        // Those to train on are other ones in every epoch; a scene that is asked for by its number stays as it is, whoever it is asked with.
        var batch = new Batch(data.Training.Spec, 2);
        byte[] Pixels(ISampleSource source, int epoch, params int[] positions)
        {
            batch.Read(source, epoch, positions);
            return batch.PixelsOf(positions.Length - 1).ToArray();
        }

        Assert.NotEqual(Pixels(data.Training, 0, 7), Pixels(data.Training, 1, 7));
        Assert.Equal(Pixels(data.Samples([600]), 0, 0), Pixels(data.Samples([3, 600]), 5, 0, 1));
        Assert.Equal(((ISceneSource)data.Samples([600])).Objects(0, 0), ((ISceneSource)data.Samples([3, 150, 600])).Objects(0, 2));
    }

    [Fact]
    public void A_curriculum_goes_from_one_digit_to_all_that_is_asked_for()
    {
        var goal = new SceneOptions { Digits = new(1, 10), Overlap = new(0, 0.3), Clutter = new(0, 4), Noise = new(5, 25), Warp = 0.5 };
        var curriculum = new Curriculum(goal, 20);
        Assert.Equal([("1 digit", 0.0), ("3..5 digits", 3), ("1..10 digits", 8)], curriculum.Stages);
        // Of few epochs a stage has none, and is not told of.
        Assert.Equal([("3..5 digits", 0.0), ("1..10 digits", 1)], new Curriculum(goal, 3).Stages);
        Assert.Equal([("1..10 digits", 0.0)], new Curriculum(goal, 1).Stages);
        Interval<int>[] digits = [new(1), new(1), new(3, 5), new(3, 5), goal.Digits, goal.Digits];
        Assert.Equal(digits, new[] { 0, 2, 3, 7, 8, 19 }.Select(epoch => curriculum.Of(epoch).Digits));
        foreach (int epoch in new[] { 0, 7 })
        {
            var early = curriculum.Of(epoch);
            Assert.Equal((new(0), new(0), new(5), 0.5), (early.Overlap, early.Clutter, early.Noise, early.Warp));
        }
        Assert.Equal(goal, curriculum.Of(8));
        // Where fewer are asked for, no stage has more.
        Assert.All(Enumerable.Range(0, 20), epoch => Assert.InRange(new Curriculum(goal with { Digits = new(2) }, 20).Of(epoch).Digits.High, 1, 2));

        using var device = new CpuDevice(1);
        var data = Open(Arguments(device).With(DetectParameters.Curriculum, true).With(Parameters.Epochs, 10));
        int Objects(int epoch) => Enumerable.Range(0, 50).Max(i => ((ISceneSource)data.Training).Objects(epoch, i).Length);
        Assert.Equal([1, 3], new[] { 0, 9 }.Select(Objects));
        Assert.Equal(3, data.Stages.Count);
    }

    [Fact]
    public void A_network_learns_to_find_digits_and_its_run_has_all_that_runs_have()
    {
        using var device = new CpuDevice(2);
        using var temp = new TempFolder();
        using (var folder = RunFolder.Create(temp["run"], existOk: false))
        {
            var arguments = Arguments(device).With(Parameters.Epochs, 8).With(DetectParameters.Scenes, 500).With(DetectParameters.LearningRate, 5e-3)
                .With(SceneParameters.Canvas, new CanvasSize(32, 32)).With(SceneParameters.Digits, new Interval<int>(1))
                .With(DetectParameters.Curriculum, true);
            var test = (DetectionScores)new Run(arguments, Open(arguments), folder).Train(new SmallRuns.Observer())!;
            Assert.InRange(test.Map50, 0.5, 1);
            Assert.Equal(2000, test.Pictures.Count);
        }
        var report = JsonNode.Parse(File.ReadAllText(temp["run/report.json"]))!;
        Assert.InRange((double)report["test"]!["map50"]!, 0.5, 1);
        string page = XDocument.Load(temp["run/report.html"]).Root!.Value;
        Assert.Contains("1 digits", page); // a stage of the curves
        Assert.Contains("Mistakes by kind", page);
        Assert.True(File.Exists(temp["run/pr_curve.svg"]));
    }

    [Fact]
    public void A_run_that_was_stopped_goes_on_to_the_same_bits()
    {
        using var device = new CpuDevice(2);
        using var temp = new TempFolder();
        string classifier = Classifier(device, temp["cnn.safetensors"], "cnn-slim");
        var arguments = Arguments(device).With(DetectParameters.Curriculum, true)
            .With(DetectParameters.Backbone, classifier).With(Parameters.NoEval, true);
        foreach (string name in new[] { "whole", "stopped" })
        {
            using var stop = new CancellationTokenSource();
            using (var folder = RunFolder.Create(temp[name], existOk: false))
                new Run(arguments, Open(arguments), folder).Train(name == "whole" ? new SmallRuns.Observer() : new StopAtEpoch(stop), stop.Token);
            if (name == "whole") continue;
            File.Delete(classifier); // it was for the beginning
            File.WriteAllText(classifier, "");
            using var again = RunFolder.Open(temp[name]);
            new Run(arguments, Open(arguments), again).Train(new SmallRuns.Observer(), resume: true);
        }
        foreach (string file in new[] { "weights/best.safetensors", "weights/last.safetensors", "steps.csv" })
            Assert.Equal(File.ReadAllBytes(temp[$"whole/{file}"]), File.ReadAllBytes(temp[$"stopped/{file}"]));
    }

    private sealed class StopAtEpoch(CancellationTokenSource stop) : SmallRuns.Observer
    {
        public override void Epoch(EpochResult result, bool isBest) => stop.Cancel();
    }

    /// <summary>Weights of a classifier as they begin.</summary>
    private static string Classifier(CpuDevice device, string path, string model, string? diverged = null)
    {
        var task = new ClassifyTask();
        using var variables = new VariableStore(device, task.Models.First(m => m.Name == model).Network(1, training: true, task.Settings).Graph, seed: 4);
        if (diverged is not null) variables[diverged] = Array.ConvertAll(variables[diverged], _ => float.NaN);
        Checkpoint.Save(path, variables, new Dictionary<string, string> { ["model"] = model });
        return path;
    }

    /// <summary>In the first epoch the first layers stay as the classifier has them, in the second they move a tenth of what the others do.</summary>
    [Fact]
    public void First_layers_of_a_classifier_are_kept_and_then_thawed()
    {
        using var device = new CpuDevice(2);
        using var temp = new TempFolder();
        string path = Classifier(device, temp["cnn.safetensors"], "cnn");
        var classifier = SafetensorsFile.Read(path);
        var arguments = Arguments(device).With(Parameters.Model, "grid-wide").With(DetectParameters.Backbone, path).With(Parameters.NoEval, true);
        string[] parameters = ["block1.conv1.weight", "block2.norm1.weight", "block3.conv2.weight"];
        double[] moved = Moved(0.1);
        Assert.All(moved, distance => Assert.InRange(distance, 1e-7, 1e-2));
        Assert.All(moved.Zip(Moved(1)), pair => Assert.InRange(pair.Second / pair.First, 7, 13));

        double[] Moved(double thaw)
        {
            var thawed = arguments.With(DetectParameters.Thaw, thaw);
            using var trainer = new Trainer(thawed, Open(thawed), device);
            double[] Distances() => Array.ConvertAll(parameters, name =>
                trainer.Variables[name].Zip(classifier.Find(name)!.ToFloats(), (a, b) => Math.Abs((double)a - b)).Average());
            Assert.All(Distances(), distance => Assert.Equal(0, distance));
            float[] head = trainer.Variables["answers.weight"];
            var observer = new Watcher(() =>
            {
                Assert.All(Distances(), distance => Assert.Equal(0, distance));
                Assert.NotEqual(head, trainer.Variables["answers.weight"]);
            });
            trainer.Run(observer);
            Assert.Equal(2, observer.Epochs.Count);
            return Distances();
        }

        var foreign = arguments.With(DetectParameters.Backbone, Classifier(device, temp["mlp.safetensors"], "mlp"));
        Assert.Contains("mlp.safetensors' of model 'mlp' has no 'block1.conv1.weight' [3,3,1,32], with which grid-wide begins",
            Assert.Throws<EngineException>(() => new Trainer(foreign, Open(foreign), device)).Message);
        var diverged = arguments.With(DetectParameters.Backbone, Classifier(device, temp["nan.safetensors"], "cnn", diverged: "block2.conv1.weight"));
        Assert.Contains("tensor 'block2.conv1.weight' holds a value that is no number",
            Assert.Throws<DataException>(() => new Trainer(diverged, Open(diverged), device)).Message);
        Assert.Contains("sgd holds no layers back",
            Assert.Throws<EngineException>(() => new Trainer(arguments.With(Parameters.Optimizer, "sgd"), Open(arguments), device)).Message);
    }

    private static VariableStore SureOfSevens(CpuDevice device, Model model, NetworkSettings settings)
    {
        var variables = new VariableStore(device, model.Network(1, training: false, settings).Graph, seed: 1);
        float[] biases = variables["answers.bias"];
        biases[Detectors.Sides + 7] = 5;
        variables["answers.bias"] = biases;
        return variables;
    }

    /// <summary>Whatever a network says, on pictures that are no squares.</summary>
    [Fact]
    public void Boxes_that_are_measured_reach_to_the_pictures_edges_and_no_further()
    {
        using var device = new CpuDevice(1);
        var task = new DetectTask();
        var samples = SceneSource.Fixed(s_digits, new SceneOptions { Canvas = new(96, 32), Digits = new(2) }, [5, 6], 2, 1);
        using var variables = SureOfSevens(device, task.Models[0], task.Settings);
        using var evaluator = task.Evaluator(task.Models[0], task.Settings, variables, samples.Spec, 2);
        Assert.All(((DetectionScores)evaluator.Evaluate(samples)).Pictures, picture => Assert.Equal((0, 0, 96, 32),
            (picture.Found.Min(d => d.Box.XMin), picture.Found.Min(d => d.Box.YMin), picture.Found.Max(d => d.Box.XMax), picture.Found.Max(d => d.Box.YMax))));
    }

    /// <summary>Pictures with one digit and with many: the loss is theirs together, however they come.</summary>
    [Fact]
    public void The_loss_does_not_depend_on_the_batch()
    {
        using var device = new CpuDevice(1);
        var task = new DetectTask();
        var (model, settings) = (task.Models[0], task.Settings);
        using var variables = new VariableStore(device, model.Network(1, training: false, settings).Graph, seed: 1);
        variables["answers.bias"] = [.. Enumerable.Repeat(2f, 4), .. Enumerable.Range(0, 10).Select(k => k == 7 ? -1f : -3f)];
        var samples = SceneSource.Fixed(s_digits, new SceneOptions { Canvas = new(48, 48), Digits = new(1, 5) }, [.. Enumerable.Range(5, 5)], 5, 1);
        double[] losses = Array.ConvertAll([1, 2, 3, 4, 5, 8], batch =>
        {
            using var evaluator = task.Evaluator(model, settings, variables, samples.Spec, batch);
            return evaluator.Evaluate(samples).Loss;
        });
        Assert.All(losses, loss => Assert.Equal(1, loss / losses[0], 1e-5));
        // As training has it of the five.
        var five = new Batch(samples.Spec, 5);
        five.Read(samples, 0, [0, 1, 2, 3, 4]);
        var graph = model.For(48, 48).Network(5, training: false, settings);
        var targets = TrainingStep.Targets(graph.Graph, samples.Spec, 5);
        var told = task.Loss(graph.Graph, graph.Output, targets);
        using var compiled = new CompiledGraph(graph.Graph, variables, [told]);
        TrainingStep.Upload(compiled, five, graph.Image, targets);
        compiled.Run();
        Assert.Equal(1, compiled.Download<float>(told)[0] / losses[0], 1e-5);
    }

    [Fact]
    public void Pictures_are_read_together_as_they_are_alone_and_as_many_boxes_stand_as_is_asked_for()
    {
        using var device = new CpuDevice(1);
        var task = new DetectTask();
        using var variables = SureOfSevens(device, task.Models[0], task.Settings);
        var random = new Random(1);
        InputPicture Noise(int height, int width)
        {
            byte[] pixels = new byte[height * width];
            random.NextBytes(pixels);
            return InputPicture.Of($"{height}×{width}", height, width, pixels);
        }

        string[] Read(double suppress, params InputPicture[] pictures)
        {
            using var predictor = task.Predictor(task.Models[0], task.Settings, variables, new Arguments(task).With(DetectParameters.Suppress, suppress));
            return [.. predictor.Predict(pictures, null).Select(p => p.ToJson().ToJsonString())];
        }

        // As many cells, in other rows.
        InputPicture[] both = [Noise(32, 48), Noise(48, 32)];
        Assert.Equal([.. Read(0.5, both[0]), .. Read(0.5, both[1])], Read(0.5, both));
        int Boxes(double suppress) => JsonNode.Parse(Read(suppress, both[0])[0])!["boxes"]!.AsArray().Count;
        Assert.True(0 < Boxes(0.1) && Boxes(0.1) < Boxes(0.5) && Boxes(0.5) < Boxes(0.65));
    }

    /// <summary>By the ids of the file, of whichever pictures are measured.</summary>
    [Fact]
    public void Results_name_pictures_and_classes_as_their_set_does()
    {
        using var folder = new TempFolder();
        SceneWriter.Write(new SceneMaker(s_digits, 1), new SceneOptions { Digits = new(2) }, 4, "tests", folder["set"], masks: false);
        var samples = new CocoSource(CocoSet.Read(folder["set"]), [2, 0]);
        var scores = new DetectionScores(
            [.. Enumerable.Range(0, 2).Select(p => new DetectedPicture(p, samples.Objects(0, p), [new(new Box(1, 2, 4, 6), 7, 0.5)]))], samples.Classes);
        new DetectTask().SaveResults(folder["results.json"], scores, samples);
        Assert.Equal([(3, 8), (1, 8)],
            JsonNode.Parse(File.ReadAllText(folder["results.json"]))!.AsArray().Select(d => ((int)d!["image_id"]!, (int)d["category_id"]!)));
    }

    private sealed class Watcher(Action afterFirst) : ITrainingObserver
    {
        public List<EpochResult> Epochs { get; } = [];

        public void Steps(IReadOnlyList<StepResult> steps, int totalSteps, double imagesPerSecond) { }

        public void Epoch(EpochResult result, bool isBest)
        {
            Epochs.Add(result);
            if (Epochs.Count == 1) afterFirst();
        }
    }

    [Fact]
    public void Scenes_that_cannot_be_are_refused()
    {
        using var device = new CpuDevice(1);
        Assert.Contains("scenes without a digit teach nothing", Assert.Throws<EngineException>(
            () => Open(Arguments(device).With(SceneParameters.Digits, new Interval<int>(0)))).Message);
        Assert.Contains("and 50 are asked for; ask for fewer", Assert.Throws<DataException>(
            () => Open(Arguments(device).With(SceneParameters.Digits, new Interval<int>(50)))).Message);
        Assert.Contains("needs a folder that has it", Assert.Throws<DataException>(
            () => new DetectTask().Open(Arguments(device).With(DetectParameters.Set, "m2nist"))).Message);
    }

    /// <summary>Weights of another class list have outputs of another meaning.</summary>
    [Fact]
    public void Names_of_classes_come_with_the_weights()
    {
        foreach (string[] classes in new[] { new[] { "a", "b" }, ["one, two", "[x]", "\"q\""] })
        {
            var origin = Origin.Of(new Dictionary<string, string> { [Origin.ClassesKey] = Origin.ToText(classes) }, "w");
            Assert.Equal(classes, origin.Classes);
            Assert.Equal(classes.Length, new DetectTask().SettingsOf(origin, "w").Classes);
        }
        foreach (string bad in new[] { "[1, 2]", "a,b,a", "a,,b", "", "a\u001b[31m,b", string.Join(',', Enumerable.Range(0, 256)) })
            Assert.Throws<DataException>(() => Origin.Of(new Dictionary<string, string> { [Origin.ClassesKey] = bad }, "w"));
    }
}
