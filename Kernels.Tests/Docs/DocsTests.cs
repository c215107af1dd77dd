using System.Reflection;
using System.Text.RegularExpressions;
using FcnFromScratch.App;
using FcnFromScratch.App.Commands;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.KernelCompiler;
using FcnFromScratch.Kernels.Tests.App;
using FcnFromScratch.Training.Tasks;
using Microsoft.CodeAnalysis;
using Xunit;
using CommandLineParser = System.CommandLine.Parsing.CommandLineParser;

namespace FcnFromScratch.Kernels.Tests.Docs;

/// <summary>What docs/ names exists, what it tells to type parses, what it quotes is in the code: so that pages cannot rot.</summary>
public sealed partial class DocsTests
{
    public static TheoryData<string> Pages => [.. Page.All.Select(p => p.Name)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Files_exist(string page)
    {
        var named = Page.At(page).CodeSpans.Where(code => FilePath().IsMatch(code)).Concat(Page.At(page).Links);
        Assert.All(named, path => Assert.True(Path.Exists(Page.InRepository(path)), $"{page} names '{path}', which is not there"));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Kernels_exist(string page)
    {
        const BindingFlags any = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static;
        var classes = typeof(KernelCatalog).Assembly.GetTypes().ToLookup(t => t.Name);
        foreach (Match name in KernelName().Matches(Page.At(page).Text))
            Assert.True(
                KernelCatalog.All.Any(k => k.Name == name.Value)
                    || classes[name.Groups["class"].Value].Any(t => t.GetMember(name.Groups["member"].Value, any).Length > 0),
                $"{page} names '{name.Value}', which is neither a kernel nor a helper of one");
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Commands_parse(string page)
    {
        foreach (string command in Page.At(page).Commands)
            Assert.True(Mistake(CommandLineParser.SplitCommandLine(command)) is null, $"{page} tells to type 'fcn {command}'");
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Benchmarks_have_cases(string page) => Assert.All(Page.At(page).Benchmarks, flags =>
    {
        string[] words = [.. CommandLineParser.SplitCommandLine(flags)];
        Assert.Null(Mistake(["bench", .. words]));
        Assert.NotEmpty(KernelBenchmark.Cases(words[Array.IndexOf(words, "--filter") + 1]));
    });

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_table_of_benchmarks_is_filled(string page) =>
        Assert.Equal(Page.At(page).Benchmarks.Count(), Page.At(page).Text.Split(KernelBenchmark.Row.MarkdownHeader).Length - 1);

    [Theory]
    [MemberData(nameof(Pages))]
    public void Excerpts_are_in_the_code(string page) => Assert.All(Page.At(page).CodeBlocks.Where(b => b.From is not null), block =>
    {
        string code = Plain(File.ReadAllText(Page.InRepository(block.From!)));
        int at = 0;
        // A line of dots leaves something out.
        foreach (string part in block.Code.Split("\n…\n"))
        {
            int found = code.IndexOf(Plain(part), at, StringComparison.Ordinal);
            Assert.True(found >= 0, $"{page}: this is not in {block.From}:\n{part}");
            at = found;
        }
    });

    /// <summary>A block of C after the command that prints it.</summary>
    [Theory]
    [MemberData(nameof(Pages))]
    public void Translations_are_the_compilers(string page)
    {
        string before = "";
        foreach (var (language, code, _) in Page.At(page).CodeBlocks)
        {
            if (language == "c") Assert.Contains(Plain(code), Plain(CommandRun.Run(before.Trim().Split(' ')[1..]).Out));
            before = code;
        }
    }

    [Fact]
    public void Every_op_has_a_page()
    {
        string pages = string.Concat(Page.All.Where(p => p.Name.StartsWith("docs/ops/", StringComparison.Ordinal)).Select(p => p.Text));
        var ops = Directory.GetDirectories(Page.InRepository("Engine/Ops")).Select(Path.GetFileName);
        Assert.All(ops, op => Assert.Contains($"Engine/Ops/{op}/", pages));
    }

    [Fact]
    public void Every_page_can_be_reached_from_the_first()
    {
        var reached = new HashSet<string>();
        void Follow(string page)
        {
            if (!reached.Add(page)) return;
            foreach (string link in Page.At(page).Links.Where(l => l.EndsWith(".md", StringComparison.Ordinal))) Follow(link.Replace('\\', '/'));
        }
        Follow("docs/README.md");
        Assert.Equal(Page.All.Select(p => p.Name), reached.Where(p => p.StartsWith("docs/", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public void The_table_of_diagnostics_is_the_compilers()
    {
        var known = typeof(Diagnostics).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (DiagnosticDescriptor)f.GetValue(null)!);
        var table = DiagnosticRow().Matches(Page.At("docs/compiler.md").Text).Select(m => (m.Groups["id"].Value, m.Groups["title"].Value));
        Assert.Equal(known.Select(d => (d.Id, d.Title.ToString())).Order(), table);
        Assert.All(Page.All.SelectMany(p => DiagnosticId().Matches(p.Text).Select(m => m.Value)), id => Assert.Contains(known, d => d.Id == id));
    }

    private static string? Mistake(IEnumerable<string> words) => Mistakes.First(CommandLine.Parse(CommandLine.Root(Tasks.All), [.. words]));

    /// <summary>Without indentation, empty lines and the ends of lines that differ between systems.</summary>
    private static string Plain(string code) => string.Join('\n', code.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0));

    [GeneratedRegex(@"^([\w.-]+/)+([\w.-]+\.(cs|md|csproj|py))?$")]
    private static partial Regex FilePath();

    [GeneratedRegex(@"\b(?<class>\w+Kernels)\.(?<member>[A-Z]\w+)\b(?!\.cs)")]
    private static partial Regex KernelName();

    [GeneratedRegex(@"^\| (?<id>FCN\d{3}) \| (?<title>.+?) \|", RegexOptions.Multiline)]
    private static partial Regex DiagnosticRow();

    [GeneratedRegex(@"\bFCN\d{3}\b")]
    private static partial Regex DiagnosticId();
}
