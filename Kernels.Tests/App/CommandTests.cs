using FcnFromScratch.App;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.App;

/// <summary>The command as a user meets it. Bad input: one line on standard error, the exit code, no stack trace.</summary>
public sealed class CommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fcn-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    internal static (int Code, string Out, string Error) Run(params string[] args)
    {
        var (oldOut, oldError) = (Console.Out, Console.Error);
        var (output, error) = (new StringWriter(), new StringWriter());
        Console.SetOut(output);
        Console.SetError(error);
        try
        {
            return (CommandLine.Run(args), output.ToString(), error.ToString());
        }
        finally
        {
            Console.SetOut(oldOut);
            Console.SetError(oldError);
        }
    }

    internal static void Refused(int code, string message, params string[] args)
    {
        var result = Run(args);
        Assert.Contains(message, result.Error);
        Assert.StartsWith("fcn: ", result.Error);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
        Assert.Equal(code, result.Code);
    }

    private string InitialWeights(string model)
    {
        string run = At($"init-{model}");
        var result = Run("train", "segment", "--model", model, "--epochs", "0", "--no-eval", "--quiet", "--device", "cpu", "--out", run);
        Assert.Equal("", result.Error);
        return Path.Combine(run, "weights", "last.safetensors");
    }

    [Fact] public void Unknown_flag_names_the_nearest() => Refused(2, "unknown flag '--epoch': did you mean '--epochs'?", "train", "segment", "--epoch", "3");
    [Fact] public void Unknown_command_names_the_nearest() => Refused(2, "unknown command or argument 'trian': did you mean 'train'?", "trian");
    [Fact] public void Unknown_model() => Refused(2, "--model is 'fcn9'; it must be one of fcn8, fcn8-slim", "summary", "--model", "fcn9");
    [Fact] public void Unknown_device() => Refused(2, "gpu", "check", "--device", "gpu");
    [Fact] public void Value_out_of_range() => Refused(2, "--batch is '0'; it must be a number from 1 to 4096", "train", "segment", "--batch", "0");
    [Fact] public void Value_that_is_no_number() => Refused(2, "--epochs is 'many'; it must be a number from 0 to 100000", "train", "segment", "--epochs", "many");
    [Fact] public void Device_that_is_not_there() => Refused(1, "opencl:99", "train", "segment", "--device", "opencl:99", "--out", At("x"));
    [Fact] public void Missing_data_folder() => Refused(1, "no M2NIST in", "train", "segment", "--device", "cpu", "--data", At("nothing"), "--out", At("x"));
    [Fact] public void Missing_weights() => Refused(1, "nothing.safetensors", "val", "--device", "cpu", "--weights", At("nothing.safetensors"));
    [Fact] public void Missing_required_option() => Refused(2, "--weights", "val");
    [Fact] public void Unknown_kernel_names_the_nearest() => Refused(1, "Conv2dKernels.Forward", "kernels", "show", "Conv2dKernels.Forwrd");

    [Fact]
    public void Weights_of_another_model()
    {
        string weights = InitialWeights("fcn8-slim");
        Refused(1, "these weights belong to another model (they are of model 'fcn8-slim')", "val", "--device", "cpu", "--model", "fcn8", "--weights", weights);
        Refused(1, "these weights belong to another model", "train", "segment", "--device", "cpu", "--model", "fcn8-2x2", "--init", weights, "--quiet", "--out", At("y"));
    }

    [Fact]
    public void Truncated_weights()
    {
        string weights = InitialWeights("fcn8-slim");
        byte[] bytes = File.ReadAllBytes(weights);
        File.WriteAllBytes(weights, bytes[..(bytes.Length / 2)]);
        Refused(1, "last.safetensors", "val", "--device", "cpu", "--weights", weights);
    }

    [Fact]
    public void A_run_folder_that_exists_is_left_alone()
    {
        Directory.CreateDirectory(At("run"));
        File.WriteAllText(At("run/mine.txt"), "keep");
        Refused(1, "exists and is not empty", "train", "segment", "--device", "cpu", "--quiet", "--out", At("run"));
        Assert.Equal(["mine.txt"], Directory.GetFiles(At("run")).Select(Path.GetFileName));
    }

    [Fact]
    public void Summary_prints_the_exact_totals()
    {
        var result = Run("summary", "--model", "fcn8-slim", "--device", "cpu");
        Assert.Contains("parameters: 2,413,766 in all, 2,412,294 trainable", result.Out);
    }

    [Theory]
    [InlineData("opencl", "__kernel void Conv2dKernels_Forward(")]
    [InlineData("cuda", "__global__ void Conv2dKernels_Forward(")]
    public void Kernels_show_prints_the_translation(string target, string expected) =>
        Assert.Contains(expected, Run("kernels", "show", "Conv2dKernels.Forward", "--target", target).Out);
}
