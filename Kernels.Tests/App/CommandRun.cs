using FcnFromScratch.App;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Tasks;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.App;

/// <summary>A call of the command within this process: its exit code and what it printed.</summary>
public sealed record CommandRun(int Code, string Out, string Error)
{
    public static CommandRun Run(params string[] args) => Of(Tasks.All, args);

    /// <summary>The same of a command that knows other tasks.</summary>
    public static CommandRun Of(IReadOnlyList<ITask> tasks, params string[] args) => Of(() => CommandLine.Run(args, tasks));

    /// <summary>What a function prints, and the exit code that it returns.</summary>
    public static CommandRun Of(Func<int> run)
    {
        var (oldOut, oldError) = (Console.Out, Console.Error);
        var (output, error) = (new StringWriter(), new StringWriter());
        Console.SetOut(output);
        Console.SetError(error);
        try
        {
            return new(run(), output.ToString(), error.ToString());
        }
        finally
        {
            Console.SetOut(oldOut);
            Console.SetError(oldError);
        }
    }

    /// <summary>The command must fail with that code and one line on standard error that holds the message.</summary>
    public static void Refused(int code, string message, params string[] args)
    {
        var result = Run(args);
        Assert.Contains(message, result.Error);
        Assert.StartsWith("fcn: ", result.Error);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
        Assert.Equal(code, result.Code);
    }
}
