using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Layers;
using FcnFromScratch.Training.Tasks.Segment;
using Xunit;
using static FcnFromScratch.Kernels.Tests.App.CommandRun;

namespace FcnFromScratch.Kernels.Tests.App;

/// <summary><c>fcn train</c> and <c>fcn resume</c> as a user meets them, on 40 pictures.</summary>
public sealed class TrainCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public TrainCommandTests() => _folder.Pictures();

    public void Dispose() => _folder.Dispose();

    private CommandRun Train(params string[] more) =>
        Run(["train", "--model", "fcn8-slim", "--data", _folder["data"], "--device", "cpu", "--batch", "4", "--out", _folder["run"], .. more]);

    [Fact]
    public void A_run_tells_its_epochs_logs_them_and_is_complete_once()
    {
        var result = Train("--epochs", "2");
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Contains("epoch 2/2  loss ", result.Out);
        Assert.Contains("run folder: ", result.Out);
        Assert.Contains("epoch 2/2  loss ", File.ReadAllText(_folder["run/log.txt"]));
        Assert.DoesNotContain('\r', result.Out);
        Assert.Contains($"<code>./fcn resume {_folder["run"]} --extend 5</code>", File.ReadAllText(_folder["run/report.html"]));

        Assert.Equal(new CommandRun(0, $"'{_folder["run"]}' is complete; --extend N adds N epochs\n", ""), Run("resume", _folder["run"]));
        var extended = Run("resume", _folder["run"], "--extend", "1");
        Assert.Contains("epoch 3/3  loss ", extended.Out);
        Assert.DoesNotContain("epoch 2/3", extended.Out);
        Assert.Equal(["1", "2", "3"], File.ReadLines(_folder["run/results.csv"]).Skip(1).Select(line => line.Split(',')[0]));
        Assert.Contains("complete", Run("resume", _folder["run"]).Out);
    }

    [Fact]
    public void The_command_is_kept_as_a_shell_takes_it()
    {
        Run("train", "--model", "fcn8-slim", "--data", _folder["data"], "--device", "cpu", "--epochs", "0", "--no-eval", "--exist-ok",
            "--out", _folder["it is"]);
        Assert.EndsWith($"--out '{_folder["it is"]}'", (string)JsonNode.Parse(File.ReadAllText(_folder["it is/args.json"]))!["command"]!);
    }

    [Fact]
    public void A_relative_folder_is_taken_from_where_the_user_stands()
    {
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, _folder["relative"]);
        var result = Run("train", "--model", "fcn8-slim", "--data", _folder["data"], "--device", "cpu", "--epochs", "0", "--no-eval", "--out", relative);
        Assert.Equal(new CommandRun(0, result.Out, ""), result);
        Assert.True(File.Exists(_folder["relative/weights/last.safetensors"]));
    }

    [Fact]
    public void Early_stop_says_the_best_epoch_and_how_to_turn_it_off()
    {
        // At a rate of nearly 0 the second epoch is no better than the first, or the third than the second.
        var result = Train("--epochs", "30", "--lr", "0", "--patience", "1");
        Assert.Matches(@"stopped early: no better validation in 1 epochs; the best is epoch \d+, saved as .*best\.safetensors "
            + @"\(--patience 0 turns this off\)", result.Out);
        Assert.Matches(@"stopped early, after \d+ of 30 epochs; --patience 0 goes on to the last", Run("resume", _folder["run"]).Out);
        Refused(2, "and --extend with it beyond", "resume", _folder["run"], "--extend", "1");
        Assert.Equal("segment", (string)JsonNode.Parse(Run("resume", _folder["run"], "--json").Out)!["task"]!);
        Assert.Contains($"<code>./fcn resume {_folder["run"]} --patience 0</code>", File.ReadAllText(_folder["run/report.html"]));
    }

    [Fact]
    public void Json_is_the_report_and_nothing_else()
    {
        var result = Train("--epochs", "1", "--json");
        var report = JsonNode.Parse(result.Out)!;
        Assert.Equal("segment", (string)report["task"]!);
        Assert.True((bool)report["complete"]!);
        Assert.Equal(4, JsonNode.Parse(File.ReadAllText(_folder["run/args.json"]))!["batch"]!.GetValue<int>());
    }

    [Fact]
    public void Divergence_is_one_line()
    {
        var result = Train("--epochs", "3", "--lr", "100", "--schedule", "constant", "--optimizer", "sgd");
        Assert.Equal(1, result.Code);
        Assert.Matches(@"^fcn: .* after step \d+, learning rate 100: the first value that is no number came out of '.+' \(.+\) in step \d+; "
            + @"the weights after step \d+ are kept in '.*last\.safetensors'; "
            + @"start anew with a smaller --lr, 10 say, or go on from those weights with --init\n$", result.Error);
    }

    [Fact]
    public void Verified_kernels_change_nothing()
    {
        // The reference's double loops take a second for a picture.
        byte[] plain = Weights("plain"), verified = Weights("verified", "--verify-kernels", "8");
        Assert.Equal(plain, verified);

        byte[] Weights(string run, params string[] more)
        {
            var result = Run(["train", "--model", "fcn8-slim", "--data", _folder["data"], "--device", "cpu", "--batch", "1", "--steps", "2", "--no-eval",
                "--out", _folder[run], .. more]);
            Assert.Equal((0, ""), (result.Code, result.Error));
            return File.ReadAllBytes(_folder[$"{run}/weights/last.safetensors"]);
        }
    }

    [Fact]
    public void Kernels_are_verified_as_many_as_asked_for_and_a_wrong_one_ends_the_run()
    {
        // Its nodes: first, wrong, logits.
        var model = new Model("wrong", "segment", "", new InputSize(64, 84), (graph, image, settings) =>
            graph.Conv2d(graph.Apply(new WrongOp(), "wrong", graph.Conv2d(image, "first", 16, 1)), "logits", settings.Classes, 1));
        CommandRun Verified(string nodes) => Of([new SegmentTask([model])], "train", "--data", _folder["data"], "--device", "cpu", "--batch", "1",
            "--steps", "1", "--no-eval", "--quiet", "--out", _folder[nodes], "--verify-kernels", nodes);
        Assert.Equal((0, ""), Verified("0") is var none ? (none.Code, none.Error) : default);
        Assert.Equal((0, ""), Verified("1") is var one ? (one.Code, one.Error) : default);
        var two = Verified("2");
        Assert.Equal(1, two.Code);
        Assert.Matches(@"^fcn: --verify-kernels: WrongOp 'wrong' on cpu is wrong at step 1: output 0 at \[.*\]: .*; "
            + @"compare with --device cpu, and run 'fcn check --device cpu'\n$", two.Error);
    }

    [Fact]
    public void The_last_biases_begin_at_the_classes_shares_unless_told_not_to()
    {
        float[] Biases(params string[] more)
        {
            var result = Train(["--epochs", "0", "--no-eval", "--quiet", "--exist-ok", .. more]);
            Assert.Equal((0, ""), (result.Code, result.Error));
            return SafetensorsFile.Read(_folder["run/weights/last.safetensors"]).Find("score3.bias")!.ToFloats();
        }
        Assert.Equal(1, Biases().Sum(MathF.Exp), 5);
        Assert.All(Biases("--no-prior"), bias => Assert.Equal(0, bias));
    }

    [Fact]
    public void What_cannot_be_resumed_or_augmented_is_one_line()
    {
        Refused(1, "holds no run: it has no args.json", "resume", _folder["nothing"]);
        Refused(1, "no MNIST in", "train", "--data", _folder["data"], "--device", "cpu", "--augment", "0.5", "--out", _folder["x"]);
        Assert.False(Directory.Exists(_folder["x"]));
        Refused(2, "--data is empty", "train", "--data", "");
        Refused(2, "--out is empty", "train", "--out", "");
        Refused(2, "--name and --out both say where the run goes", "train", "--out", _folder["x"], "--name", "x", "--epochs", "0", "--no-eval");
        Train("--steps", "2", "--no-eval", "--epochs", "1");
        Refused(2, "so epochs cannot be added to it", "resume", _folder["run"], "--extend", "1");
        File.Delete(_folder["run/report.json"]);
        Refused(1, "name the same data by --data", "resume", _folder["run"], "--data", _folder.Pictures("other", seed: 4), "--patience", "3");
        Assert.Equal(0, (int)JsonNode.Parse(File.ReadAllText(_folder["run/args.json"]))!["patience"]!);
        string arguments = File.ReadAllText(_folder["run/args.json"]);
        File.WriteAllText(_folder["run/args.json"], arguments.Replace("\"batch\": 4", "\"batch\": 0"));
        Refused(1, "'batch' is 0; it must be a whole number from 1 to 4096", "resume", _folder["run"]);
        File.WriteAllText(_folder["run/args.json"], arguments.Replace("\"device\": \"cpu\"", "\"device\": null"));
        Refused(1, "are no arguments of 'fcn train'", "resume", _folder["run"]);
        File.WriteAllText(_folder["run/args.json"], "{\"model\":");
        Refused(1, "args.json' cannot be read", "resume", _folder["run"]);
        File.WriteAllText(_folder["run/args.json"], "{\"model\": \"fcn8\"}");
        Refused(1, "are no arguments of 'fcn train'", "resume", _folder["run"]);
        Refused(1, "choose another by --out", "train", "--device", "cpu", "--data", _folder["data"], "--out", _folder["data/combined.npy"]);
    }

    [Fact]
    public void Threads_that_were_asked_for_are_taken_and_kept()
    {
        Assert.Contains(" 1 of ", Train("--epochs", "0", "--no-eval", "--threads", "1").Out.Split('\n')[0]);
        Assert.Equal(1, (int)JsonNode.Parse(File.ReadAllText(_folder["run/args.json"]))!["threads"]!);
        Assert.Contains(" 2 of ", Run("resume", _folder["run"], "--extend", "1", "--threads", "2").Out.Split('\n')[0]);
        Assert.Equal(2, (int)JsonNode.Parse(File.ReadAllText(_folder["run/args.json"]))!["threads"]!);
    }
}
