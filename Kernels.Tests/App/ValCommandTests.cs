using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using Xunit;
using static FcnFromScratch.Kernels.Tests.App.CommandRun;

namespace FcnFromScratch.Kernels.Tests.App;

/// <summary><c>fcn val</c> measures the images that training held out, and calls no others so.</summary>
public sealed class ValCommandTests(ValCommandTests.TrainedRun run) : IClassFixture<ValCommandTests.TrainedRun>, IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>One epoch on 40 pictures, divided neither by the seed nor in the way that hold unless given.</summary>
    public sealed class TrainedRun : IDisposable
    {
        private readonly TempFolder _folder = new();

        public TrainedRun()
        {
            var result = Run("train", "--model", "fcn8-slim", "--data", _folder.Pictures(), "--device", "cpu", "--batch", "4", "--epochs", "1",
                "--seed", "7", "--split", "reference", "--quiet", "--out", _folder["run"]);
            Assert.Equal((0, ""), (result.Code, result.Error));
        }

        public string Data => _folder["data"];
        public string Weights => _folder["run/weights/best.safetensors"];
        public JsonNode Report => JsonNode.Parse(File.ReadAllText(_folder["run/report.json"]))!;

        public void Dispose() => _folder.Dispose();
    }

    /// <summary>The weights of the run without some of what their file says.</summary>
    private string Without(params string[] keys)
    {
        var file = SafetensorsFile.Read(run.Weights);
        string path = _folder[$"without-{string.Join('-', keys)}.safetensors"];
        SafetensorsFile.Write(path, file.Tensors, file.Metadata.Where(item => !keys.Contains(item.Key)).ToDictionary());
        return path;
    }

    private string[] Command(string weights, params string[] more) =>
        ["val", "--weights", weights, "--device", "cpu", .. more.Contains("--data") ? more : [.. more, "--data", run.Data]];

    private JsonNode Val(string weights, params string[] more)
    {
        var result = Run([.. Command(weights, more), "--json"]);
        Assert.Equal((0, ""), (result.Code, result.Error));
        return JsonNode.Parse(result.Out)!;
    }

    [Fact]
    public void The_parts_are_those_of_the_training()
    {
        var test = Val(run.Weights);
        Assert.True(JsonNode.DeepEquals(run.Report["test"], test["result"]), $"{test["result"]}");
        Assert.True((bool)test["trained_on_dataset"]!);
        var validation = Val(run.Weights, "--part", "validation")["result"]!;
        Assert.Equal(run.Report["split"]!["validation"]!.AsArray().Count, (int)validation["images"]!);
        Assert.Equal((double)run.Report["validation"]!["miou_digits"]!, (double)validation["miou_digits"]!, 12);
        Assert.Equal([32, 40], new[] { "train", "all" }.Select(part => (int)Val(run.Weights, "--part", part)["result"]!["images"]!));
        Assert.True(JsonNode.DeepEquals(test["result"], Val(run.Weights, "--seed", "7", "--split", "reference")["result"]));
    }

    [Theory]
    [InlineData("--seed", "8", "--seed 8 divides the data otherwise than the training of")]
    [InlineData("--split", "seed", "--split \"seed\" divides the data otherwise than the training of")]
    public void Parts_of_another_division_are_not_called_so(string flag, string value, string message)
    {
        Refused(2, message, Command(run.Weights, flag, value));
        Refused(2, "its train images would be others; leave the flag out, or measure all images with --part all",
            Command(run.Weights, flag, value, "--part", "train"));
        Assert.Equal(40, (int)Val(run.Weights, flag, value, "--part", "all")["result"]!["images"]!);
    }

    [Fact]
    public void Other_data_than_it_was_trained_on_is_measured_and_said_to_be_other()
    {
        string other = _folder.Pictures("other", seed: 4);
        Assert.False((bool)Val(run.Weights, "--data", other, "--seed", "8")["trained_on_dataset"]!);
        var result = Run(Command(run.Weights, "--data", other));
        Assert.Matches(@"other \(not the very data that it was trained on, '.+'; whether images are in both is not known\), test: 1 images, loss ", result.Out);
    }

    [Fact]
    public void Weights_that_keep_their_seed_alone_are_measured_with_a_word_on_the_rest()
    {
        string older = Without("arguments");
        var result = Run(Command(older));
        Assert.Equal((0, $"fcn: '{older}' does not say the --split of its training; taking seed\n"), (result.Code, result.Error));
        Assert.Contains("test: 8 images", result.Out);
        Assert.Equal(run.Report["test"]!.ToJsonString(), Val(older, "--split", "reference")["result"]!.ToJsonString());
        Refused(2, "--seed 8 divides the data otherwise", Command(older, "--seed", "8", "--split", "reference"));
    }

    [Fact]
    public void Weights_that_say_nothing_have_no_test_images_until_told()
    {
        string silent = Without("arguments", "seed", "dataset_sha256");
        Refused(2, "does not say by which seed its training divided the data, so no image can be called test; give its --seed, or measure all images",
            Command(silent));
        Assert.Null(Val(silent, "--part", "all")["trained_on_dataset"]);
        Assert.Equal(run.Report["test"]!.ToJsonString(), Val(silent, "--seed", "7", "--split", "reference")["result"]!.ToJsonString());
    }

    [Fact]
    public void Training_goes_on_from_weights_that_have_seen_its_test_images_with_a_warning()
    {
        string[] Train(string seed) => ["train", "--model", "fcn8-slim", "--data", run.Data, "--device", "cpu", "--batch", "4", "--steps", "1", "--no-eval",
            "--split", "reference", "--seed", seed, "--init", run.Weights, "--out", _folder[seed]];
        const string warning = "the weights it began with have learned from this data with seed 7, and now it is 8: some of the images to test on";
        Assert.Contains(warning, Run(Train("8")).Out);
        Assert.Contains($"Not to be trusted: {warning}", File.ReadAllText(_folder["8/report.html"]));
        Assert.DoesNotContain("have learned from this data", Run(Train("7")).Out);

        // The weights remember, and so do those that begin with them, through a resume too.
        const string refused = "began with weights that have learned from this data with seed 7, so its test images are not what they are called";
        Refused(2, refused, Command(_folder["8/weights/last.safetensors"]));
        string[] again = [.. Train("8")[..^3], _folder["8/weights/last.safetensors"], "--out", _folder["again"]];
        again[Array.IndexOf(again, "--steps")] = "--epochs";
        Assert.Contains(warning, Run(again).Out);
        Assert.Equal(0, Run("resume", _folder["again"], "--device", "cpu", "--extend", "1", "--quiet").Code);
        Refused(2, refused, Command(_folder["again/weights/last.safetensors"]));
        Assert.Equal(0, Run([.. Command(_folder["again/weights/last.safetensors"]), "--part", "all"]).Code);
        Assert.Equal(0, Run(Command(_folder["7/weights/last.safetensors"])).Code);
    }

    [Fact]
    public void Without_weights_those_of_the_newest_complete_run_are_taken_and_named()
    {
        string before = Environment.CurrentDirectory;
        Environment.CurrentDirectory = $"{_folder}";
        try
        {
            string[] val = ["val", "--device", "cpu", "--data", run.Data, "--json"];
            Refused(2, "no --weights are given, and 'runs' holds no complete run to take them from; 'fcn train' makes one", val);
            Refused(2, "'fcn train' makes one", "predict", "x.png");
            Complete("runs/segment/old", DateTime.UtcNow.AddHours(-2));
            Complete("runs/segment/new", DateTime.UtcNow.AddHours(-1));
            Complete("runs/segment/stopped", DateTime.UtcNow, isComplete: false);
            string newest = Path.Combine("runs", "segment", "new", "weights/best.safetensors");
            var result = Run(val);
            Assert.Equal((0, $"fcn: weights of the newest complete run: {newest}\n"), (result.Code, result.Error));
            Assert.Equal(newest, (string)JsonNode.Parse(result.Out)!["weights"]!);
            Refused(2, "no complete run of fcn8 to take them from; 'fcn train segment --model fcn8' makes one", [.. val, "--model", "fcn8"]);
            Png.Write("x.png", new Picture(32, 32, 1));
            var predicted = Run("predict", "x.png", "--device", "cpu", "--model", "fcn8-slim");
            Assert.Equal((0, $"fcn: weights of the newest complete run: {newest}\n"), (predicted.Code, predicted.Error));
        }
        finally
        {
            Environment.CurrentDirectory = before;
        }

        void Complete(string folder, DateTime time, bool isComplete = true)
        {
            Directory.CreateDirectory(_folder[$"{folder}/weights"]);
            File.Copy(run.Weights, _folder[$"{folder}/weights/best.safetensors"]);
            var report = run.Report;
            report["complete"] = isComplete;
            File.WriteAllText(_folder[$"{folder}/report.json"], report.ToJsonString());
            File.SetLastWriteTimeUtc(_folder[$"{folder}/report.json"], time);
        }
    }
}
