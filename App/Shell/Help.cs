using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Shell;

/// <summary>The help of a command: what the parser knows of it, then examples.</summary>
internal sealed class Help(IReadOnlyList<(string Line, string Does)> ofRoot) : SynchronousCommandLineAction
{
    private static readonly HelpAction s_help = new();

    /// <summary>Replaces the help and the version that the parser brings.</summary>
    /// <param name="examples">Those of the program itself.</param>
    public static void AddTo(RootCommand root, params IReadOnlyList<(string Line, string Does)> examples)
    {
        root.Options.OfType<HelpOption>().Single().Action = new Help(examples);
        root.Options.OfType<VersionOption>().Single().Action = new Version();
        root.Subcommands.Add(new Command("help", "Print the help of a command, as 'fcn X --help' does."));
    }

    /// <summary>The words that call a command: <c>fcn kernels show</c>.</summary>
    public static string Path(Command command) =>
        command is RootCommand ? "fcn" : $"{Path(command.Parents.OfType<Command>().First())} {command.Name}";

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parsed)
    {
        Print(parsed, parsed.InvocationConfiguration.Output);
        return ExitCode.Ok;
    }

    /// <summary>The examples of a command.</summary>
    public IReadOnlyList<(string Line, string Does)> Examples(Command command) => command switch
    {
        RootCommand => ofRoot,
        ExampleCommand { Examples: var examples } => examples,
        _ => [],
    };

    /// <summary>The help of the command that was called.</summary>
    public void Print(ParseResult parsed, TextWriter output)
    {
        parsed.InvocationConfiguration.Output = output;
        s_help.Invoke(parsed);
        var examples = Examples(parsed.CommandResult.Command);
        if (examples.Count == 0) return;
        int width = examples.Max(e => e.Line.Length);
        output.WriteLine("Examples:");
        foreach (var (line, does) in examples) output.WriteLine($"  {line.PadRight(width)}  {does}");
    }

    /// <summary><c>fcn --version</c>.</summary>
    private sealed class Version : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parsed)
        {
            string[] parts = ProductVersion.Text.Split('+');
            parsed.InvocationConfiguration.Output.WriteLine(parts.Length > 1 ? $"fcn {parts[0]}, commit {parts[1]}" : $"fcn {parts[0]}");
            return ExitCode.Ok;
        }
    }
}
