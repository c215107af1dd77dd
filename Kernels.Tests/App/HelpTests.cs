using System.CommandLine;
using System.Diagnostics;
using FcnFromScratch.App;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Training.Tasks;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.App;

/// <summary>Help, examples, version, and a pipe that breaks.</summary>
public sealed class HelpTests
{
    private static readonly RootCommand s_root = CommandLine.Root(Tasks.All);

    public static IEnumerable<object[]> Examples =>
        All(s_root).SelectMany(command => ExamplesOf(command).Select(e => new object[] { Help.Path(command), e.Line }));

    private static IEnumerable<Command> All(Command from) => from.Subcommands.SelectMany(All).Prepend(from);

    private static IReadOnlyList<(string Line, string Does)> ExamplesOf(Command command) => CommandLine.HelpOf(s_root).Examples(command);

    [Theory]
    [MemberData(nameof(Examples))]
    public void An_example_is_one_of_its_command_and_parses(string command, string line)
    {
        string[] words = line.Split(' ');
        Assert.Equal("fcn", words[0]);
        Assert.StartsWith(command, line);
        var parsed = CommandLine.Parse(s_root, words[1..]);
        Assert.Null(Mistakes.First(parsed));
        Assert.NotNull(parsed.Action);
    }

    [Fact]
    public void Every_command_has_examples() =>
        Assert.All(All(s_root).Where(command => command.Name != "help"), command => Assert.NotEmpty(ExamplesOf(command)));

    [Theory]
    [InlineData("--help")]
    [InlineData("kernels", "show", "--help")]
    [InlineData("help")]
    [InlineData("help", "kernels", "show")]
    public void Help_ends_with_examples(params string[] args)
    {
        var result = CommandRun.Run(args);
        Assert.Equal((0, ""), (result.Code, result.Error));
        string[] lines = result.Out.TrimEnd().Split('\n');
        string command = string.Join(' ', args.Where(a => a is not ("help" or "--help")).Prepend("fcn"));
        int examples = Array.IndexOf(lines, "Examples:");
        Assert.InRange(examples, 1, lines.Length - 2);
        Assert.All(lines[(examples + 1)..], line => Assert.StartsWith($"  {command}", line));
    }

    [Fact]
    public void Without_arguments_the_help_comes_as_an_error()
    {
        var result = CommandRun.Run();
        Assert.Equal((2, ""), (result.Code, result.Out));
        Assert.Contains("Usage:", result.Error);
        Assert.Contains("Examples:", result.Error);
    }

    [Fact]
    public void Version_names_the_commit() => Assert.Matches(@"^fcn \d+\.\d+\.\d+(, commit [0-9a-f]{40})?\s*$", CommandRun.Run("--version").Out);

    /// <summary>What the shell does with the streams, and what comes of it: the exit code and, where there is one, standard error.</summary>
    [Theory]
    [InlineData("kernels list >&-", 1, "fcn: standard output is closed; send it elsewhere, to /dev/null say\n")]
    [InlineData("kernels list >/dev/full", 1, "fcn: standard output cannot be written: No space left on device; send it elsewhere, to /dev/null say\n")]
    [InlineData("kernels lst 2>&-", 2, "")]
    [InlineData("kernels lst 2>/dev/full", 2, "")]
    [InlineData("kernels list 2>&- >/dev/null", 0, "")]
    public void Streams_that_are_closed_or_full_end_in_a_line_at_most(string command, int code, string error)
    {
        if (!OperatingSystem.IsLinux()) return; // only Linux has /dev/full
        using var process = Process.Start(new ProcessStartInfo("sh", ["-c", $"dotnet '{Path.Combine(AppContext.BaseDirectory, "fcn.dll")}' {command}"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        Assert.Equal((error, ""), (process.StandardError.ReadToEnd(), process.StandardOutput.ReadToEnd()));
        process.WaitForExit();
        Assert.Equal(code, process.ExitCode);
    }

    [Fact]
    public void A_reader_that_goes_away_ends_the_output_quietly()
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "fcn.dll"), "kernels", "list", "--json"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        process.StandardOutput.Close();
        Assert.Equal("", process.StandardError.ReadToEnd());
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
