using System.Text.RegularExpressions;

namespace FcnFromScratch.Kernels.Tests.Docs;

/// <summary>A page of docs/ and what can be checked in it.</summary>
public sealed partial class Page
{
    private static readonly Lazy<string> s_root = new(() =>
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "FcnFromScratch.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException($"no FcnFromScratch.sln above {AppContext.BaseDirectory}");
        return folder.FullName;
    });

    private Page(string path) => (Name, Text) = (path, File.ReadAllText(InRepository(path)));

    /// <summary>From the repository's root.</summary>
    public string Name { get; }

    public string Text { get; }

    public static string InRepository(string path) => Path.Combine(s_root.Value, path);

    public static Page At(string path) => new(path);

    public static IReadOnlyList<Page> All { get; } =
    [
        .. Directory.GetFiles(InRepository("docs"), "*.md", SearchOption.AllDirectories).Order()
            .Select(path => new Page(Path.GetRelativePath(s_root.Value, path).Replace('\\', '/'))),
    ];

    /// <summary>Code between single backticks, outside of code blocks.</summary>
    public IEnumerable<string> CodeSpans => Span().Matches(Block().Replace(Text, "")).Select(m => m.Groups["code"].Value);

    /// <summary>Targets of links to files, as from the repository's root.</summary>
    public IEnumerable<string> Links => Link().Matches(Block().Replace(Text, "")).Select(m => m.Groups["target"].Value)
        .Where(t => !t.Contains("://") && !t.StartsWith('#'))
        .Select(target => Path.GetRelativePath(s_root.Value, Path.GetFullPath(Path.Combine(Path.GetDirectoryName(InRepository(Name))!, target.Split('#')[0]))));

    /// <summary>Code blocks with their language, and the file of the comment <c>&lt;!-- from FILE --&gt;</c> before them.</summary>
    public IEnumerable<(string Language, string Code, string? From)> CodeBlocks =>
        Block().Matches(Text).Select(m => (m.Groups["language"].Value, m.Groups["code"].Value, m.Groups["from"].Success ? m.Groups["from"].Value : null));

    /// <summary>Everything that the page tells the reader to type, without the program's name.</summary>
    public IEnumerable<string> Commands => CodeBlocks.Where(b => b.Language is "sh" or "console").SelectMany(b => b.Code.Split('\n')).Concat(CodeSpans)
        .Select(line => Command().Match(line)).Where(m => m.Success).Select(m => m.Groups["arguments"].Value.Trim());

    /// <summary>Flags of the tables that <c>fcn bench --update</c> measures.</summary>
    public IEnumerable<string> Benchmarks => Bench().Matches(Text).Select(m => m.Groups["flags"].Value);

    public override string ToString() => Name;

    [GeneratedRegex("(?<!`)`(?<code>[^`\n]+)`(?!`)")]
    private static partial Regex Span();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"(<!-- from (?<from>\S+) -->\n)?^```(?<language>\w*)\n(?<code>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^(\./)?fcn(?<arguments>( .*?)?)(\s+[#|>]\s.*)?$")]
    private static partial Regex Command();

    [GeneratedRegex("<!-- bench: (?<flags>--[^\n]*?) -->")]
    private static partial Regex Bench();
}
