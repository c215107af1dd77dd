using System.CommandLine;

namespace FcnFromScratch.App.Shell;

/// <summary>How the words of a call are read, wherever they come from.</summary>
internal static class Words
{
    /// <summary>An argument that begins with '@' is a name like any other, not a file of arguments.</summary>
    private static readonly ParserConfiguration s_parser = new() { EnablePosixBundling = false, ResponseFileTokenReplacer = null };

    public static ParseResult Read(RootCommand root, IReadOnlyList<string> words) => root.Parse(words, s_parser);
}
