using System.Diagnostics;
using System.Text.Json.Nodes;
using FcnFromScratch.Data;
using FcnFromScratch.Kernels.Tests.Data;
using FcnFromScratch.Layers;
using FcnFromScratch.Training.Tasks.Classify;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.App;

/// <summary>A digit reader as a user meets it, trained for seconds on digits in MNIST's files.</summary>
public sealed class ClassifyCommandTests : IClassFixture<ClassifyCommandTests.Reader>
{
    private readonly Reader _reader;

    public ClassifyCommandTests(Reader reader) => _reader = reader;

    /// <summary>A folder with data in MNIST's form, and a run of the mlp on it.</summary>
    public sealed class Reader : IDisposable
    {
        internal TempFolder Folder { get; } = new();
        public CommandRun Trained { get; }
        public string Weights => Folder["run/weights/best.safetensors"];
        public DigitImages Test { get; } = ProceduralDigits.Make(200, seed: 6);

        public Reader()
        {
            Folder.Digits("data", ProceduralDigits.Make(2200, seed: 5), Test);
            Trained = CommandRun.Run("train", "classify", "--model", "mlp", "--data", Folder["data"], "--validation", "200", "--epochs", "8", "--augment", "0",
                "--device", "cpu", "--out", Folder["run"]);
        }

        public void Dispose() => Folder.Dispose();
    }

    private CommandRun Predict(params string[] more) => CommandRun.Run(["predict", "--weights", _reader.Weights, "--device", "cpu", .. more]);

    [Fact]
    public void It_is_trained_and_told_about()
    {
        Assert.Equal((0, ""), (_reader.Trained.Code, _reader.Trained.Error));
        Assert.Matches(@"epoch 8/8  loss \S+  val loss \S+  accuracy 0\.\d{4}  F1 0\.\d{4}", _reader.Trained.Out);
        Assert.Contains("2000 train, 200 validation, 200 test", _reader.Trained.Out);
        Assert.Matches(@"accuracy 0\.[89]\d{3}  \(95 % interval 0\.\d{4} … 0\.\d{4}; \d+ of 200 misread\)", _reader.Trained.Out);
        var val = CommandRun.Run("val", "--weights", _reader.Weights, "--data", _reader.Folder["data"], "--device", "cpu", "--json");
        double accuracy = (double)JsonNode.Parse(val.Out)!["result"]!["accuracy"]!;
        Assert.Equal((double)JsonNode.Parse(File.ReadAllText(_reader.Folder["run/report.json"]))!["test"]!["accuracy"]!, accuracy);
        CommandRun.Refused(2, "--validation 100 divides the data otherwise", "val", "--weights", _reader.Weights, "--data", _reader.Folder["data"],
            "--device", "cpu", "--validation", "100");
    }

    [Fact]
    public void An_array_of_digits_is_read_as_val_reads_it()
    {
        Npy.Write<byte>(_reader.Folder["t.npy"], _reader.Test.Images, _reader.Test.Count, 28, 28);
        var result = Predict(_reader.Folder["t.npy"], "--out", _reader.Folder["classes.npy"], "--logits", _reader.Folder["logits.npy"]);
        Assert.Equal((0, ""), (result.Code, result.Error));
        using var classes = new NpyReader(_reader.Folder["classes.npy"]);
        using var logits = new NpyReader(_reader.Folder["logits.npy"]);
        byte[] read = classes.ReadAll<byte>();
        Assert.Equal(File.ReadLines(_reader.Folder["run/readings.csv"]).Skip(1).Select(line => byte.Parse(line.Split(',')[2])), read);
        float[] values = logits.ReadAll<float>();
        Assert.Equal(read, Enumerable.Range(0, 200).Select(i => (byte)values.AsSpan(i * 10, 10).IndexOf(values[(i * 10)..(i * 10 + 10)].Max())));
        Npy.Write<byte>(_reader.Folder["wide.npy"], new byte[30 * 28], 1, 30, 28);
        Assert.Contains("has 30×28 pixels; of an array each picture is one digit of 28×28", Predict(_reader.Folder["wide.npy"]).Error);
    }

    [Fact]
    public void A_picture_is_read_digit_by_digit()
    {
        // Dark ink on light paper, each digit four times as large.
        var picture = new Picture(400, 150, 1);
        Array.Fill(picture.Pixels, (byte)240);
        int[] digits = [3, 14, 25];
        foreach (var (place, digit) in digits.Index())
            for (int i = 0; i < 112 * 112; i++)
                if (_reader.Test.Image(digit)[i / 112 / 4 * 28 + i % 112 / 4] is var ink and > 0)
                    picture.Pixels[(i / 112 + 20) * 400 + i % 112 + 20 + place * 125] = (byte)(240 - ink * 220 / 255);
        Png.Write(_reader.Folder["three.png"], picture);
        var result = Predict(_reader.Folder["three.png"], "--out", _reader.Folder["seen.png"], "--json");
        Assert.Equal((0, ""), (result.Code, result.Error));
        var read = JsonNode.Parse(result.Out)!["pictures"]![0]!;
        Assert.True((bool)read["inverted"]!);
        Assert.Equal(3, read["digits"]!.AsArray().Count);
        Assert.All(read["digits"]!.AsArray(), d => Assert.Equal(1, d!["probabilities"]!.AsArray().Sum(p => (double)p!), 4));
        Assert.All(read["digits"]!.AsArray(), d => Assert.Equal((int)d!["digit"]!, Rank(d["probabilities"]!.AsArray())));
        var drawn = Png.Read(_reader.Folder["seen.png"]);
        Assert.Equal((400, 150, 3), (drawn.Width, drawn.Height, drawn.Channels));
        string text = Predict(_reader.Folder["three.png"], "--show-input", _reader.Folder["input.png"]).Out;
        var input = Png.Read(_reader.Folder["input.png"]);
        Assert.Equal((8 + 3 * (28 * 8 + 8), 28 * 8 + 16), (input.Width, input.Height));
        Assert.Matches(@"three\.png \(400×150, inverted: dark ink on a light ground\): 3 digits: \d{3}\n", text);
        Assert.Matches(@"  \d \d+\.\d %, \d \d+\.\d %, \d \d+\.\d % at x \d+\.\.\d+, y \d+\.\.\d+", text);
        Assert.Contains("three.png' has 3 digits; --logits takes a picture of one",
            Predict(_reader.Folder["three.png"], "--logits", _reader.Folder["l.npy"]).Error);
        Assert.False(File.Exists(_reader.Folder["l.npy"]));

        static int Rank(JsonArray probabilities) => probabilities.Select((p, i) => ((double)p!, i)).MaxBy(p => p.Item1).i;
    }

    [Fact]
    public void Saved_in_its_form_a_digit_is_read_as_it_stands()
    {
        Png.Write(_reader.Folder["one.png"], new Picture(28, 28, 1, _reader.Test.Image(7).ToArray()));
        Npy.Write<byte>(_reader.Folder["one.npy"], _reader.Test.Image(7).ToArray(), 1, 28, 28);
        foreach (string file in new[] { "png", "npy" }) Predict(_reader.Folder[$"one.{file}"], "--logits", _reader.Folder[$"one-{file}.npy"]);
        Assert.Equal(File.ReadAllBytes(_reader.Folder["one-npy.npy"]), File.ReadAllBytes(_reader.Folder["one-png.npy"]));
    }

    [Fact]
    public void An_empty_picture_has_no_digit()
    {
        Png.Write(_reader.Folder["empty.png"], new Picture(100, 80, 1));
        Assert.Equal(new CommandRun(0, $"{_reader.Folder["empty.png"]} (100×80): no digit found\n", ""), Predict(_reader.Folder["empty.png"]));
        var json = Predict(_reader.Folder["empty.png"], "--json");
        Assert.Equal((0, ""), (json.Code, json.Error));
        Assert.Empty(JsonNode.Parse(json.Out)!["pictures"]![0]!["digits"]!.AsArray());
    }

    /// <summary>At a terminal it asks again and again, draws what it was given, and goes on after what is no picture.</summary>
    [Fact]
    public void Without_a_picture_it_asks_at_a_terminal_and_nowhere_else()
    {
        CommandRun.Refused(2, "no picture is named; name some, or '-' for one on standard input", "predict", "--weights", _reader.Weights);
        CommandRun.Refused(2, "--out is for pictures that are named", "predict", "--weights", _reader.Weights, "--out", "x.png");
        if (!OperatingSystem.IsLinux()) return;
        Png.Write(_reader.Folder["asked.png"], new Picture(28, 28, 1, _reader.Test.Image(2).ToArray()));
        string output = AtTerminal("", "none.png\nasked.png\n\n");
        Assert.Contains("'none.png' does not exist", output);
        Assert.Matches(@"█[\s\S]*asked\.png \(28×28\): 1 digit: \d", output);
        Assert.Equal(3, output.Split("picture (nothing ends): ").Length - 1);
    }

    /// <summary>An array may have thousands, and nothing was done to them.</summary>
    [Fact]
    public void Digits_of_an_array_are_told_at_a_terminal_and_not_drawn()
    {
        if (!OperatingSystem.IsLinux()) return;
        Npy.Write<byte>(_reader.Folder["two.npy"], _reader.Test.Images.AsSpan(0, 2 * DigitImages.Area), 2, 28, 28);
        string output = AtTerminal("two.npy");
        Assert.Matches(@"two\.npy\[0\] \(28×28\): 1 digit: \d[\s\S]*two\.npy\[1\] \(28×28\): 1 digit: \d", output);
        Assert.DoesNotContain("█", output);
    }

    /// <summary>What <c>fcn predict</c> says at a terminal, that of the program script.</summary>
    private string AtTerminal(string arguments, string typed = "")
    {
        string program = Path.Combine(AppContext.BaseDirectory, "fcn.dll");
        using var process = Process.Start(new ProcessStartInfo("script",
            ["-qec", $"stty cols 70; dotnet {program} predict {arguments} --weights {_reader.Weights} --device cpu", "/dev/null"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, WorkingDirectory = $"{_reader.Folder}",
        })!;
        process.StandardInput.Write(typed);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }

    [Fact]
    public void Samples_are_drawn_with_what_each_epoch_makes_of_them()
    {
        string sheet = _reader.Folder["sheet.png"];
        string[] show = ["data", "show", "--task", "classify", "--data", _reader.Folder["data"], "--out", sheet, "--count", "3"];
        Assert.Equal((0, ""), CommandRun.Run(show) is var plain ? (plain.Code, plain.Error) : default);
        var one = Png.Read(sheet);
        CommandRun.Run([.. show, "--augmented"]);
        var all = Png.Read(sheet);
        // A column for the digit as it is and for each of eight epochs; 28 pixels are drawn 112 wide, eight apart.
        Assert.Equal((120 + 8, 9 * 120 + 8, all.Height), (one.Width, all.Width, one.Height));
        Assert.Equal(Enumerable.Range(0, one.Height).Select(y => one.At(60, y)), Enumerable.Range(0, one.Height).Select(y => all.At(60, y)));
        Assert.Equal(8, Enumerable.Range(1, 8).Select(c => Convert.ToHexString([.. Enumerable.Range(0, 112 * 112).Select(i =>
            all.At(c * 120 + 8 + i % 112, 32 + i / 112).R)])).Distinct().Count());
        CommandRun.Refused(2, "would be written as .png", [.. show[..6], "--out", _reader.Folder["sheet.gif"]]);
    }

    /// <summary>The models that follow gradients.</summary>
    private const string Learning = "cnn, cnn-slim and mlp";

    [Theory]
    [InlineData("cnn", "--k", "5", "knn"), InlineData("mlp", "--ties", "nearest", "knn")]
    [InlineData("knn", "--epochs", "0", Learning), InlineData("knn", "--steps", "0", Learning), InlineData("knn", "--lr", "0.1", Learning)]
    [InlineData("knn", "--schedule", "cosine", Learning), InlineData("knn", "--optimizer", "sgd", Learning)]
    [InlineData("knn", "--order", "shuffled", Learning), InlineData("knn", "--patience", "3", Learning)]
    [InlineData("knn", "--init", "w.safetensors", Learning), InlineData("knn", "--verify-kernels", "1", Learning)]
    [InlineData("knn", "--dropout", "0.1", Learning), InlineData("knn", "--augment", "1", Learning)]
    [InlineData("svm", "--settle", "1", Learning), InlineData("knn", "--average", "0.9", Learning), InlineData("mlp", "--c", "1", "svm")]
    [InlineData("cnn", "--virtual", "1", "svm"), InlineData("knn", "--tolerance", "0.1", "svm"), InlineData("cnn", "--iterations", "9", "svm")]
    public void What_means_nothing_to_a_model_is_refused(string model, string flag, string value, string models)
    {
        // Before a device is opened: there is no such one.
        CommandRun.Refused(2, $"{flag} means nothing to the model {model}, it is for {models}; leave it out",
            "train", "classify", "--model", model, flag, value, "--device", "cuda:99", "--out", _reader.Folder["refused"]);
        Assert.False(Directory.Exists(_reader.Folder["refused"]));
    }

    [Fact]
    public void What_keeps_its_digits_is_run_once_and_not_extended()
    {
        var trained = CommandRun.Run("train", "classify", "--model", "knn", "--k", "1", "--data", _reader.Folder["data"], "--device", "cpu",
            "--out", _reader.Folder["knn"]);
        Assert.Equal((0, ""), (trained.Code, trained.Error));
        Assert.DoesNotContain("epochs", trained.Out);
        Assert.Equal(new CommandRun(0, $"'{_reader.Folder["knn"]}' is complete\n", ""), CommandRun.Run("resume", _reader.Folder["knn"]));
        foreach (string flag in new[] { "--extend", "--patience" })
            CommandRun.Refused(2, $"{flag} means nothing to the model knn, it is for {Learning}", "resume", _reader.Folder["knn"], flag, "5");
        Assert.DoesNotContain("--extend", File.ReadAllText(_reader.Folder["knn/report.html"]));
    }

    [Fact]
    public void What_other_tasks_are_told_means_nothing_to_it()
    {
        Png.Write(_reader.Folder["any.png"], new Picture(28, 28, 1));
        Assert.Contains("--min-pixels means nothing to 'classify'", Predict(_reader.Folder["any.png"], "--min-pixels", "3").Error);
    }

    /// <summary>Everything that a machine of the kind can be told wrongly; and one that is stopped by its budget.</summary>
    [Fact]
    public void Support_vector_machines_are_told_with_care()
    {
        string[] train = ["train", "classify", "--model", "svm", "--data", _reader.Folder["data"], "--device", "cpu"];
        foreach (var (flag, value) in new[]
        {
            ("--c", "0"), ("--c", "-1"), ("--c", "nan"), ("--gamma", "0"), ("--gamma", "-0.1"), ("--gamma", "NaN"), ("--tolerance", "0"), ("--iterations", "0"),
            ("--virtual", "5"),
        })
            CommandRun.Refused(2, $"{flag} is '{value}'; it must be a ", [.. train, flag, value, "--out", _reader.Folder["refused"]]);
        CommandRun.Refused(2, "--k means nothing to the model svm, it is for knn; leave it out", [.. train, "--k", "3"]);
        CommandRun.Refused(2, "--epochs means nothing to the model svm", [.. train, "--epochs", "3"]);
        CommandRun.Refused(2, "--gamma means nothing to the model mlp, it is for svm; leave it out",
            ["train", "classify", "--model", "mlp", "--gamma", "1", "--data", _reader.Folder["data"]]);

        var stopped = CommandRun.Run([.. train, "--iterations", "20", "--out", _reader.Folder["svm"]]);
        Assert.Equal(1, stopped.Code);
        Assert.Matches("^fcn: [0-9]+ of 45 machines did not converge in 20 steps: the largest dual gap is [^,]+, 0.001 was asked for; the model is kept as it "
            + "is. Give more --iterations, or a larger --tolerance\n$", stopped.Error);
        Assert.Matches(@"machine 45/45: 8 against 9, \d+ digits, \d+ support vectors \(\d+ at C\), dual gap ", stopped.Out);
        string weights = _reader.Folder["svm/weights/best.safetensors"];
        Assert.Equal(0, CommandRun.Run("val", "--weights", _reader.Folder["svm"], "--data", _reader.Folder["data"], "--device", "cpu").Code);
        Assert.Equal(0, CommandRun.Run("val", "--weights", weights, "--data", _reader.Folder["data"], "--device", "cpu").Code);

        var file = SafetensorsFile.Read(weights);
        SafetensorsFile.Write(_reader.Folder["short.safetensors"],
            [.. file.Tensors.Select(t => t.Name == "samples" ? t with { Shape = [t.Shape[0] * 2, 392] } : t)], file.Metadata);
        foreach (float gamma in new[] { 0, -0.02f })
        {
            SafetensorsFile.Write(_reader.Folder["gamma.safetensors"],
                [.. file.Tensors.Select(t => t.Name == "gamma" ? SafetensorsTensor.From<float>("gamma", [gamma], 1) : t)], file.Metadata);
            CommandRun.Refused(1, "the first value that is none came out of 'kernels' (GaussianKernel); these weights are of no use",
                "val", "--weights", _reader.Folder["gamma.safetensors"], "--data", _reader.Folder["data"], "--device", "cpu");
        }
        CommandRun.Refused(1, "392], the model's is [",
            "val", "--weights", _reader.Folder["short.safetensors"], "--data", _reader.Folder["data"], "--device", "cpu");
    }

    [Fact]
    public void Models_are_compared()
    {
        string[] compare = ["compare", "classify", "--data", _reader.Folder["data"], "--device", "cpu", "--seconds", "0", "--out", _reader.Folder["compared"]];
        var all = CommandRun.Run([.. compare, "--epochs", "1", "--seed", "7"]);
        Assert.Equal((0, ""), (all.Code, all.Error));
        Assert.Matches(@"(?m)^cnn +0\.\d{4}  0\.\d{4} … 0\.\d{4} +\d+ +\d+  0\.\d{4}$", all.Out);
        Assert.Matches(@"(?m)^svm +[\d,]+ digits +\d+\.\d MB +\d+ s +\d+ +\d+$", all.Out);
        Assert.Matches(@"(?m)^mlp against knn: \d+ digits only the first reads, \d+ only the second, p ", all.Out);
        // What is trained is taken, and its epochs with it; asked for otherwise, it is refused.
        var again = CommandRun.Run([.. compare, "--json"]);
        Assert.Equal(0, again.Code);
        var json = JsonNode.Parse(again.Out)!;
        Assert.Equal(["cnn", "cnn-slim", "mlp", "knn", "svm"], json["models"]!.AsArray().Select(m => (string)m!["name"]!));
        Assert.Equal(File.ReadAllText(_reader.Folder["compared/comparison.json"]).Trim(), again.Out.Trim());
        CommandRun.Refused(2, "cnn' has {\"seed\":7}, and {\"seed\":8} is asked for; choose another --out", [.. compare, "--seed", "8"]);

        Directory.CreateDirectory(_reader.Folder["other/mnist"]);
        foreach (string file in Directory.GetFiles(_reader.Folder["data/mnist"]))
            File.Copy(file, _reader.Folder[$"other/mnist/{Path.GetFileName(file).Replace("train", "x").Replace("t10k", "train").Replace("x-", "t10k-")}"]);
        string[] other = ["--data", _reader.Folder["other"], "--device", "cpu", "--seconds", "0", "--out"];
        CommandRun.Refused(2, "compared/cnn' was trained on other data than", ["compare", "classify", .. other, _reader.Folder["compared"]]);
        CommandRun.Refused(2, "was trained on other data than", "resume", _reader.Folder["compared/knn"], "--restart", "--data", _reader.Folder["other"]);
        string[] runs = [_reader.Folder["compared/mlp"], _reader.Folder["compared/knn"]];
        var swapped = CommandRun.Run(["compare", "classify", .. runs, .. other, _reader.Folder["swapped"]]);
        Assert.Contains("mlp was not trained on this very data; whether images", swapped.Out);

        string[] two = [_reader.Weights, _reader.Folder["compared/mlp"]];
        var both = CommandRun.Run([.. compare[..2], .. two, .. compare[2..^1], _reader.Folder["two"]]);
        Assert.Equal((0, ""), (both.Code, both.Error));
        Assert.Contains($"{two[0]} against {two[1]}: ", both.Out);
        CommandRun.Refused(2, "alone is nothing to compare", [.. compare[..2], two[0], .. compare[2..]]);
        CommandRun.Refused(2, "--seed is for training, and the weights that are named are trained", [.. compare[..2], .. two, .. compare[2..], "--seed", "1"]);
        CommandRun.Refused(1, "nowhere.safetensors", [.. compare[..2], two[0], "nowhere.safetensors", .. compare[2..]]);
    }

    /// <summary>Of the same weights twice, each with a name of its own.</summary>
    private JsonNode ComparedTwice(string name)
    {
        File.Copy(_reader.Weights, _reader.Folder[$"{name}.safetensors"]);
        return JsonNode.Parse(CommandRun.Run("compare", "classify", _reader.Weights, _reader.Folder[$"{name}.safetensors"], "--data", _reader.Folder["data"],
            "--device", "cpu", "--seconds", "0", "--out", _reader.Folder[name], "--json").Out)!;
    }

    [Fact]
    public void What_is_compared_is_what_was_tested()
    {
        var test = JsonNode.Parse(File.ReadAllText(_reader.Folder["run/report.json"]))!["test"]!;
        var compared = ComparedTwice("tested");
        Assert.Equal(_reader.Test.Count, (int)compared["samples"]!);
        Assert.All(compared["models"]!.AsArray(), model => Assert.Equal((double)test["accuracy"]!, (double)model!["test"]!["accuracy"]!));
    }

    /// <summary>Together two hundred take longer than one alone, but not each of them. On a machine that is busy they may take ten times as long.</summary>
    [Fact]
    public void The_time_of_a_batch_is_shared_by_its_digits()
    {
        var microseconds = ComparedTwice("timed")["models"]![0]!["microseconds_per_image"]!;
        Assert.InRange((double)microseconds["200"]!, (double)microseconds["1"]! / 200, 10 * (double)microseconds["1"]!);
    }

    [Fact]
    public void A_model_that_is_half_trained_goes_on_from_there()
    {
        var task = new ClassifyTask([.. Models.Of("classify").Where(model => model.Name is "mlp" or "knn")]);
        string[] compare = ["compare", "classify", "--data", _reader.Folder["data"], "--device", "cpu", "--seconds", "0", "--out", _reader.Folder["half"]];
        Assert.Equal(0, CommandRun.Of([task], [.. compare, "--epochs", "1"]).Code);
        string log = File.ReadAllText(_reader.Folder["half/mlp/log.txt"]);
        // Stopped before the test.
        File.Delete(_reader.Folder["half/mlp/report.json"]);
        Assert.Equal(0, CommandRun.Of([task], compare).Code);
        Assert.StartsWith(log, File.ReadAllText(_reader.Folder["half/mlp/log.txt"]));
        Assert.True(File.Exists(_reader.Folder["half/mlp/report.json"]));
    }
}
