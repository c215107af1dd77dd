using System.Text.Json.Nodes;
using FcnFromScratch.App.Commands;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using Xunit;
using static FcnFromScratch.Kernels.Tests.App.CommandRun;

namespace FcnFromScratch.Kernels.Tests.App;

/// <summary>The command as a user meets it. Bad input: one line on standard error, the exit code, no stack trace.</summary>
public sealed class CommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact] public void Unknown_flag_names_the_nearest() => Refused(2, "unknown flag '--epoch': did you mean '--epochs'?", "train", "segment", "--epoch", "3");
    [Fact] public void Unknown_command_names_the_nearest() => Refused(2, "unknown command or argument 'trian': did you mean 'train'?", "trian");
    [Fact] public void Unknown_model() => Refused(2, "--model is 'fcn9'; it must be one of fcn8-fine, fcn8, fcn8-slim", "summary", "--model", "fcn9");
    [Fact] public void Unknown_device() => Refused(2, "gpu", "check", "--device", "gpu");
    [Fact] public void Value_out_of_range() => Refused(2, "--batch is '0'; it must be a whole number from 1 to 4096", "train", "segment", "--batch", "0");
    [Fact] public void Value_that_is_no_number() =>
        Refused(2, "--epochs is 'many'; it must be a whole number from 0 to 100000", "train", "segment", "--epochs", "many");

    [Theory]
    [InlineData("--lr", "0,016"), InlineData("--lr", "1_0"), InlineData("--lr", " 1"), InlineData("--lr", "NaN"), InlineData("--lr", "1e400")]
    [InlineData("--epochs", "1e3"), InlineData("--epochs", "2.0"), InlineData("--epochs", "1,000"), InlineData("--seed", "0x10")]
    public void A_number_is_written_plainly(string flag, string value) =>
        Refused(2, $"{flag} is '{value}'; it must be a {(flag == "--lr" ? "" : "whole ")}number from ", "train", flag, value);

    [Fact] public void Device_that_is_not_there() => Refused(1, "opencl:99", "train", "segment", "--device", "opencl:99", "--out", _folder["x"]);
    [Fact] public void Missing_data_folder() => Refused(2, $"--data names '{_folder["nothing"]}', and there is no such folder or file",
        "train", "segment", "--device", "cpu", "--data", _folder["nothing"], "--out", _folder["x"]);
    [Fact] public void Data_folder_without_the_data() =>
        Refused(1, "no M2NIST in", "train", "segment", "--device", "cpu", "--data", $"{_folder}", "--out", _folder["x"]);
    [Fact] public void Missing_weights() => Refused(1, "nothing.safetensors", "val", "--device", "cpu", "--weights", _folder["nothing.safetensors"]);
    [Fact] public void Missing_required_option() => Refused(2, "--out is required; see 'fcn data make m2nist --help'", "data", "make", "m2nist");
    [Fact] public void Missing_value() => Refused(2, "--weights needs a value; see 'fcn val --help'", "val", "--weights");
    [Fact] public void Missing_argument() => Refused(2, "NAME is missing; see 'fcn kernels show --help'", "kernels", "show");
    [Fact] public void Flag_given_twice() => Refused(2, "--batch is given 2 times (4, 8); give it once", "train", "--batch", "4", "--batch", "8");
    [Fact] public void Unknown_subcommand_names_the_nearest() =>
        Refused(2, "unknown command or argument 'lst': did you mean 'list'?; see 'fcn kernels --help'", "kernels", "lst");
    [Fact] public void Unknown_flag_of_a_subcommand() =>
        Refused(2, "unknown flag '--traget': did you mean '--target'?; see 'fcn kernels show --help'", "kernels", "show", "Forward", "--traget", "cuda");
    [Fact] public void Unknown_word_of_a_choice_names_the_nearest() =>
        Refused(2, "it must be one of opencl, cuda: did you mean 'cuda'?", "kernels", "show", "Forward", "--target", "cda");
    [Fact] public void Unknown_model_without_a_default() => Refused(2, "--model is 'fcn9'; it must be one of fcn8", "bench", "--model", "fcn9");
    [Fact] public void A_group_of_commands_alone() => Refused(2, "'fcn kernels' needs one of list, show; see 'fcn kernels --help'", "kernels");
    [Fact] public void One_argument_too_many() => Refused(2, "unknown command or argument 'b'; see 'fcn kernels show --help'", "kernels", "show", "a", "b");
    [Fact] public void An_argument_with_an_at_sign_is_no_file() => Refused(2, "unknown command or argument '@x'", "summary", "@x");
    [Fact] public void Help_of_an_unknown_command() => Refused(2, "unknown command or argument 'trian': did you mean 'train'?", "help", "trian");
    [Fact] public void Unknown_kernel_names_the_nearest() => Refused(2, "Conv2dKernels.NaiveForward", "kernels", "show", "Conv2dKernels.NaiveForwrd");
    [Fact] public void No_such_case() => Refused(2, "no case's name holds 'zzz'", "check", "--filter", "zzz");
    [Fact]
    public void A_benchmark_is_a_table_of_markdown_where_that_is_asked_for()
    {
        string[] bench = ["bench", "--filter", "softmax bench", "--seconds", "0.01", "--device", "cpu"];
        Assert.DoesNotContain("|---", Run(bench).Out);
        Assert.Contains("|---", Run([.. bench, "--markdown"]).Out);
    }

    [Fact] public void No_such_benchmark() =>
        Refused(2, "no benchmark's name holds 'zzz'; their names begin with conv2d, conv_transpose2d, ", "bench", "--filter", "zzz");
    [Fact] public void Unknown_kernel_that_is_near_to_none() =>
        Refused(2, "no kernel is called 'Foo'; 'fcn kernels list' has them all", "kernels", "show", "Foo");
    [Theory, InlineData("predict", "--weights", "x"), InlineData("resume"), InlineData("kernels", "show")]
    public void Empty_argument(params string[] command) => Refused(2, $" is empty; see 'fcn {command[0]}", [.. command, ""]);

    [Fact]
    public void Quiet_check_prints_failures_and_the_count()
    {
        var result = Run("check", "--filter", "skip_add", "--device", "cpu", "--quiet");
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Matches(@"^\d+ passed, 0 failed on cpu\s*$", result.Out);
    }

    [Fact]
    public void A_check_that_fails_is_told_and_ends_with_1()
    {
        var wrong = OpCase.Of("wrong", new WrongOp(), 1, (new Shape(2, 3, 4, 5), Fill.Default)) with { HasGradient = false };
        int Check(string how) => CheckCommand.Create(() => [wrong]).Parse(["--device", "cpu", how]).Invoke();
        var result = CommandRun.Of(() => Check("--quiet"));
        Assert.Equal(1, result.Code);
        Assert.Matches(@"^(FAIL wrong \[\w+\] .* of the tolerance  output 0 at \[.*\n)+0 passed, \d+ failed on cpu\s*$", result.Out);
        var json = CommandRun.Of(() => Check("--json"));
        Assert.Equal(1, json.Code);
        var told = JsonNode.Parse(json.Out)!;
        Assert.Equal((0, told["checks"]!.AsArray().Count), ((int)told["passed"]!, (int)told["failed"]!));
    }

    [Fact]
    public void Bench_fills_the_tables_of_a_page_and_leaves_the_rest()
    {
        string page = _folder["page.md"];
        File.WriteAllText(page, "before\n<!-- bench: --filter \"softmax bench\" --seconds 0.01 --device cpu -->\nold\n<!-- /bench -->\nafter\n");
        Assert.Equal((0, ""), Run("bench", "--update", page) is var result ? (result.Code, result.Error) : default);
        string[] lines = File.ReadAllLines(page);
        Assert.Equal(["before", "<!-- bench: --filter \"softmax bench\" --seconds 0.01 --device cpu -->"], lines[..2]);
        Assert.StartsWith("cpu (", lines[2]);
        Assert.StartsWith("| softmax bench 32x64x84x11 | kernel |", lines[^3]);
        Assert.Equal(["<!-- /bench -->", "after"], lines[^2..]);

        File.WriteAllText(page, "<!-- bench: --filter softmax -->\nno end\n");
        Refused(2, "has 1 marks", "bench", "--update", page);
        File.WriteAllText(page, "<!-- bench: --fliter softmax -->\n<!-- /bench -->\n");
        Refused(2, "table '--fliter softmax': unknown flag '--fliter': did you mean '--filter'?", "bench", "--update", page);
    }

    [Fact]
    public void Bench_times_the_version_that_the_device_picks_and_all_when_asked()
    {
        string[] Versions(params string[] more)
        {
            var result = Run(["bench", "--filter", "conv_transpose2d bench 32x4x6", "--device", "cpu", "--seconds", "0.01", "--json", .. more]);
            return [.. JsonNode.Parse(result.Out)!["cases"]!.AsArray().Select(row => (string)row!["version"]!)];
        }
        string[] all = Versions("--all-versions");
        Assert.Contains("naive", all);
        Assert.Contains(Assert.Single(Versions()), all);
        Assert.True(all.Length > 1);
    }

    [Fact]
    public void Weights_of_another_model()
    {
        string weights = _folder.InitialWeights();
        Refused(1, "these weights belong to another model (they are of model 'fcn8-slim')", "val", "--device", "cpu", "--model", "fcn8", "--weights", weights);
        Refused(1, "these weights belong to another model",
            "train", "segment", "--device", "cpu", "--model", "fcn8-2x2", "--init", weights, "--quiet", "--out", _folder["y"]);
    }

    [Fact]
    public void Data_of_another_task_than_the_weights()
    {
        string weights = _folder.InitialWeights(), digits = Path.GetDirectoryName(_folder.Write("data/mnist/train-images-idx3-ubyte", [0]))!;
        Refused(1, $"no M2NIST in '{digits}'", "val", "--device", "cpu", "--weights", weights, "--data", digits);
    }

    [Fact]
    public void Val_measures_the_part_that_it_is_told()
    {
        string weights = _folder.InitialWeights();
        var split = Split.BySeed(40, 0);
        (string, int)[] parts = [("train", split.Train.Length), ("validation", split.Validation.Length), ("test", split.Test.Length), ("all", 40)];
        foreach (var (part, count) in parts)
            Assert.Contains($", {part}: {count} images, ", Run("val", "--device", "cpu", "--weights", weights, "--data", _folder["data"], "--part", part).Out);
        Assert.NotEqual(split.Validation.Length, split.Test.Length);
    }

    [Fact]
    public void Truncated_weights()
    {
        string weights = _folder.InitialWeights();
        byte[] bytes = File.ReadAllBytes(weights);
        File.WriteAllBytes(weights, bytes[..(bytes.Length / 2)]);
        Refused(1, "last.safetensors", "val", "--device", "cpu", "--weights", weights);
    }

    [Fact]
    public void A_run_folder_that_exists_is_left_alone()
    {
        Directory.CreateDirectory(_folder["run"]);
        File.WriteAllText(_folder["run/mine.txt"], "keep");
        Refused(1, "exists and is not empty", "train", "segment", "--device", "cpu", "--quiet", "--out", _folder["run"]);
        Assert.Equal(["mine.txt"], Directory.GetFiles(_folder["run"]).Select(Path.GetFileName));
    }

    [Fact]
    public void Summary_prints_the_exact_totals()
    {
        var result = Run("summary", "--model", "fcn8-slim", "--device", "cpu");
        Assert.Contains("parameters: 2,413,766 in all, 2,412,294 trainable", result.Out);
    }

    [Fact]
    public void Summary_gives_each_layer_its_part_of_the_totals()
    {
        var summary = JsonNode.Parse(Run("summary", "--model", "fcn8-slim", "--device", "cpu", "--json").Out)!;
        foreach (string column in new[] { "parameters", "multiply_adds", "activation_bytes" })
            Assert.Equal((long)summary[column]!, summary["layers"]!.AsArray().Sum(layer => (long)layer![column]!));
    }

    [Fact]
    public void An_empty_FCN_DATA_names_no_folder()
    {
        string? data = Environment.GetEnvironmentVariable("FCN_DATA");
        try
        {
            Environment.SetEnvironmentVariable("FCN_DATA", "");
            Refused(2, "name the folder with m2nist/ and mnist/ by --data DIR or FCN_DATA", "data", "index");
        }
        finally
        {
            Environment.SetEnvironmentVariable("FCN_DATA", data);
        }
    }

    [Theory]
    [InlineData("opencl", "__kernel void Conv2dKernels_NaiveForward(")]
    [InlineData("cuda", "__global__ void Conv2dKernels_NaiveForward(")]
    public void Kernels_show_prints_the_translation(string target, string expected) =>
        Assert.Contains(expected, Run("kernels", "show", "Conv2dKernels.NaiveForward", "--target", target).Out);
}
