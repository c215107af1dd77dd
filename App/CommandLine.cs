using System.CommandLine;
using FcnFromScratch.App.Commands;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Data;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Training;
using FcnFromScratch.Training.Tasks;

namespace FcnFromScratch.App;

/// <summary>The command fcn: its commands, how a call is read and how errors are told. Every error is one line on standard error.</summary>
public static class CommandLine
{
    /// <param name="tasks">What can be trained for; unless given, <see cref="Tasks.All"/>.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string[] args, IReadOnlyList<ITask>? tasks = null)
    {
        var root = Root(tasks ?? Tasks.All);
        var parsed = Parse(root, args);
        // The help answers a call without arguments too, but as one that did nothing.
        if (args.Length == 0)
        {
            HelpOf(root).Print(parsed, Console.Error);
            return ExitCode.Usage;
        }
        if (Mistakes.First(parsed) is { } mistake) return Fail(mistake, ExitCode.Usage);
        try
        {
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (UsageException e)
        {
            return Fail(e.Message, ExitCode.Usage);
        }
        catch (Exception e) when (e is EngineException or DataException or IOException or UnauthorizedAccessException)
        {
            return Fail(e.Message, ExitCode.Failed);
        }
    }

    internal static RootCommand Root(IReadOnlyList<ITask> tasks)
    {
        var root = new RootCommand("FcnFromScratch: a deep-learning engine in C#, kernels included, for handwritten digits.")
        {
            TrainCommand.Create(tasks),
            ResumeCommand.Create(tasks),
            ValCommand.Create(tasks),
            CompareCommand.Create(tasks),
            PredictCommand.Create(tasks),
            ExportCommand.Create(tasks),
            ImportCommand.Create(tasks),
            DataCommand.Create(tasks),
            SummaryCommand.Create(tasks),
            DevicesCommand.Create(),
            KernelsCommand.Create(),
            CheckCommand.Create(() => OpCases.All),
            BenchCommand.Create(tasks),
            ServeCommand.Create(tasks),
        };
        Help.AddTo(root,
            ("fcn train", "train on digits that the program draws: no download"),
            ("fcn val --weights runs/segment/fcn8-fine/weights/best.safetensors", "measure what it learnt"),
            ("fcn kernels show MaxPool2dKernels.Forward --target cuda", "read a kernel as the GPU's compiler gets it"),
            ("fcn help kernels", "the help of a command"));
        return root;
    }

    internal static Help HelpOf(RootCommand root) => root.Options.Select(o => o.Action).OfType<Help>().Single();

    /// <summary>Reads arguments; <c>help X</c> is another way to write <c>X --help</c>.</summary>
    internal static ParseResult Parse(RootCommand root, string[] args) =>
        Words.Read(root, args is ["help", .. var words] ? [.. words, "--help"] : args);

    private static int Fail(string message, int code)
    {
        Terminal.WriteMistake(message);
        return code;
    }
}
