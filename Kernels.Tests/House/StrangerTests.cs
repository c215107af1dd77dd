using System.Text.Json.Nodes;
using System.Xml.Linq;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Kernels.Tests.App;
using FcnFromScratch.Kernels.Tests.Data;
using FcnFromScratch.Kernels.Tests.Training;
using FcnFromScratch.Stranger;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Tasks;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.House;

/// <summary>
/// The house holds what it does not know: a task, a model and an op of another project (Stranger) are trained, stopped, resumed, validated, predicted with,
/// reported and benchmarked, and no file of the product says anything about them.
/// </summary>
public sealed class StrangerTests : IDisposable
{
    private static readonly ITask[] s_tasks = [.. Tasks.All, new BrightHalf()];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CommandRun Run(params string[] args) => CommandRun.Of(s_tasks, args);

    private CommandRun Train(string run, params string[] more) =>
        Run(["train", "bright-half", "--device", "cpu", "--out", _folder[run], .. more]);

    private JsonNode Json(string file) => JsonNode.Parse(File.ReadAllText(_folder[file]))!;

    [Fact]
    public void A_run_leaves_the_tables_and_the_page_of_its_task()
    {
        var result = Train("run", "--contrast", "90", "--seed", "3");
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Matches(@"epoch 3/3  loss \S+  val loss \S+  error \S+  accuracy \S+", result.Out);
        Assert.Contains("noise with a contrast of 90: 280 train, 40 validation, 80 test", result.Out);
        Assert.Matches(@"\d+ of 80 are wrong\nerror 0\.\d{4}\nrun folder: ", result.Out);

        Assert.Equal("epoch,time_s,train/loss,val/loss,metrics/error,metrics/accuracy,lr,img_per_s", File.ReadLines(_folder["run/results.csv"]).First());
        var arguments = Json("run/args.json");
        Assert.Equal(("bright-half", "squares", 90, 3, 0.01), ((string)arguments["task"]!, (string)arguments["model"]!, (int)arguments["contrast"]!,
            (int)arguments["epochs"]!, (double)arguments["lr"]!));
        var report = Json("run/report.json");
        Assert.Equal("bright-half", (string)report["task"]!);
        Assert.InRange((double)report["test"]!["error"]!, 0, 0.1);

        // The best epoch has the least error, of equals the first.
        double[] errors = [.. File.ReadLines(_folder["run/results.csv"]).Skip(1).Select(line => double.Parse(line.Split(',')[4]))];
        Assert.Equal(errors.Min(), (double)report["validation"]!["error"]!);
        Assert.Equal(Array.IndexOf(errors, errors.Min()) + 1, (int)report["best_epoch"]!);

        var page = XDocument.Load(_folder["run/report.html"]).Root!;
        Assert.Contains("FcnFromScratch · the brighter half", page.Value);
        Assert.Contains("There is no more to see.", page.Value);
        Assert.Contains($"--contrast 90", page.Descendants("code").Single(c => c.Value.StartsWith("./fcn val")).Value);
        Assert.True(File.Exists(_folder["run/mistakes.txt"]));
        var curves = XDocument.Load(_folder["run/curves.svg"]).Root!.Value;
        Assert.Contains("error", curves);
    }

    [Fact]
    public void A_flag_of_a_task_is_one_entry()
    {
        Assert.Contains("--contrast <contrast>", Run("help", "train", "bright-half").Out);
        Assert.Contains("how much brighter the brighter half is [1 … 127] [default: 60]", Run("train", "bright-half", "--help").Out);
        Assert.DoesNotContain("--contrast", Run("help", "train").Out);
        Assert.Equal(new CommandRun(2, "", "fcn: --contrast is '128'; it must be a whole number from 1 to 127\n"), Train("run", "--contrast", "128"));
        Assert.Contains("unknown flag '--contrasts': did you mean '--contrast'?", Train("run", "--contrasts", "8").Error);
        Assert.False(Directory.Exists(_folder["run"]));

        Train("run", "--epochs", "0", "--no-eval");
        string arguments = File.ReadAllText(_folder["run/args.json"]);
        File.WriteAllText(_folder["run/args.json"], arguments.Replace("\"contrast\": 60", "\"contrast\": 0"));
        Assert.Contains("'contrast' is 0; it must be a whole number from 1 to 127", Run("resume", _folder["run"]).Error);
        // What is newer than a run takes its default; all else must be there.
        File.WriteAllText(_folder["run/args.json"], arguments.Replace("\"task\": \"bright-half\",", ""));
        Assert.Contains("'contrast' is none of segment's", Run("resume", _folder["run"]).Error);
        File.WriteAllText(_folder["run/args.json"], arguments.Replace("\"contrast\": 60", "\"no-contrast\": 60"));
        Assert.Contains("'no-contrast' is none of bright-half's", Run("resume", _folder["run"]).Error);
        foreach (string key in new[] { "command", "model", "batch", "seed", "schedule", "order", "device", "extend", "verify-kernels" })
        {
            var lacking = JsonNode.Parse(arguments)!.AsObject();
            lacking.Remove(key);
            File.WriteAllText(_folder["run/args.json"], lacking.ToJsonString());
            Assert.Contains($"are no arguments of 'fcn train': '{key}' is missing", Run("resume", _folder["run"]).Error);
        }
        string half = "\"\\ud800\"";
        foreach (string odd in new[]
            { arguments.Replace("\"cpu\"", half), arguments.Replace("\"device\"", half), arguments.Replace("\"batch\"", "\"seed\": 1, \"batch\"") })
        {
            File.WriteAllText(_folder["run/args.json"], odd);
            var refused = Run("resume", _folder["run"]);
            Assert.Equal((1, ""), (refused.Code, refused.Out));
            Assert.Contains("args.json' cannot be read: ", refused.Error);
        }
        // A report that cannot be read is written anew.
        File.WriteAllText(_folder["run/args.json"], arguments);
        File.WriteAllText(_folder["run/report.json"], $$"""{"complete": true, {{half}}: {{half}}}""");
        Assert.Equal((0, ""), Run("resume", _folder["run"]) is var again ? (again.Code, again.Error) : default);
        Assert.True((bool)Json("run/report.json")["complete"]!);
        File.WriteAllText(_folder["run/args.json"], arguments.Replace("\"epochs\": 0,", ""));
        Assert.Contains("'epochs' is missing", Run("resume", _folder["run"]).Error);
        File.WriteAllText(_folder["run/args.json"], arguments.Replace("\"contrast\"", "\"contrats\""));
        Assert.Contains("'contrats' is none of bright-half's", Run("resume", _folder["run"]).Error);
    }

    [Fact]
    public void A_run_that_was_stopped_goes_on_to_the_bits_of_one_that_was_not()
    {
        Assert.Equal(0, Train("whole", "--epochs", "4").Code);
        using (var device = new CpuDevice(2))
        using (var folder = RunFolder.Create(_folder["stopped"], existOk: false))
        using (var stop = new CancellationTokenSource())
        {
            var arguments = new Arguments(s_tasks[^1]).With(Parameters.Epochs, 4).On(device);
            var run = new Run(arguments, arguments.Task.Open(arguments), folder);
            Assert.Null(run.Train(new StopAt(2, stop), stop.Token));
            Assert.False(run.IsComplete);
        }
        Assert.Equal(0, Run("resume", _folder["stopped"]).Code);
        foreach (string file in new[] { "weights/best.safetensors", "weights/last.safetensors", "steps.csv" })
            Assert.Equal(File.ReadAllBytes(_folder[$"whole/{file}"]), File.ReadAllBytes(_folder[$"stopped/{file}"]));
        Assert.Equal(Json("whole/report.json")["test"]!.ToJsonString(), Json("stopped/report.json")["test"]!.ToJsonString());
    }

    private sealed class StopAt(int epoch, CancellationTokenSource source) : SmallRuns.Observer
    {
        public override void Epoch(EpochResult result, bool isBest)
        {
            if (result.Epoch == epoch) source.Cancel();
        }
    }

    [Fact]
    public void Its_weights_are_validated_and_predicted_with()
    {
        Train("run", "--contrast", "100", "--epochs", "10");
        string weights = _folder["run/weights/best.safetensors"];
        var val = Run("val", "--weights", weights, "--contrast", "100", "--device", "cpu", "--json");
        Assert.Equal((double)Json("run/report.json")["test"]!["error"]!, (double)JsonNode.Parse(val.Out)!["result"]!["error"]!);
        Assert.Contains("--split means nothing to 'bright-half'", Run("val", "--weights", weights, "--split", "seed").Error);

        var picture = new Picture(8, 8, 1);
        for (int i = 0; i < 64; i++) picture.Pixels[i] = (byte)(i % 8 < 4 ? 164 : 64);
        Png.Write(_folder["left.png"], picture);
        string[] predict = ["predict", _folder["left.png"], "--weights", weights, "--device", "cpu", "--invert", "no"];
        Assert.Equal(new CommandRun(0, $"{_folder["left.png"]}: left left\n", ""), Run([.. predict, "--tries", "2"]));
        Assert.Contains("--min-pixels means nothing to 'bright-half'", Run([.. predict, "--min-pixels", "2"]).Error);
        Assert.Contains("--tries is '0'", Run([.. predict, "--tries", "0"]).Error);

        Npy.Write<byte>(_folder["both.npy"], [.. picture.Pixels, .. picture.Pixels.Reverse()], 2, 8, 8);
        var array = Run("predict", _folder["both.npy"], "--weights", weights, "--device", "cpu", "--out", _folder["classes.npy"], "--json");
        Assert.Equal(["left", "right"], JsonNode.Parse(array.Out)!["pictures"]!.AsArray().Select(p => (string)p!["half"]!));
        using var classes = new NpyReader(_folder["classes.npy"]);
        Assert.Equal([0, 1], classes.ReadAll<byte>());
    }

    [Fact]
    public void Its_network_is_summed_up_and_timed_and_its_data_described()
    {
        Assert.Contains("parameters: 398 in all", Run("summary", "--model", "squares", "--device", "cpu").Out);
        Assert.Matches(@"squares on cpu .*training \d+\.\d images/s, inference \d+\.\d images/s",
            Run("bench", "--model", "squares", "--batch", "8", "--seconds", "0.01", "--device", "cpu").Out);
        Assert.Equal(400, (int)JsonNode.Parse(Run("data", "info", "--data", "", "--json") is { Code: 2 } ? Drawn() : "")!["halves"]!["count"]!);

        static string Drawn()
        {
            string? data = Environment.GetEnvironmentVariable("FCN_DATA");
            Environment.SetEnvironmentVariable("FCN_DATA", null);
            try
            {
                return Run("data", "info", "--json").Out;
            }
            finally
            {
                Environment.SetEnvironmentVariable("FCN_DATA", data);
            }
        }
    }

    public static TheoryData<string> Devices() => [.. TestDevices.All.Select(d => d.Name)];

    [Theory]
    [MemberData(nameof(Devices))]
    public void Its_op_is_right_on_every_device_and_can_be_timed(string name)
    {
        var device = TestDevices.Find(name);
        Assert.All(CaseRunner.Test(Square.Case, device), run => Assert.True(run.Result.Holds, run.Result.Message));
        Assert.True(CaseBenchmark.Measure(Square.Case, device, allVersions: true, seconds: 0.01)[0].Time.Median > 0);
    }

    [Fact]
    public void Its_ops_gradient_is_that_of_central_differences()
    {
        var comparison = GradientCheck.Check(Square.Case);
        Assert.True(comparison.Holds, comparison.Message);
    }
}
