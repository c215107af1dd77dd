using System.Text.RegularExpressions;

namespace FcnFromScratch.App.Shell;

/// <summary>
/// A markdown page with measured tables, each between <c>&lt;!-- bench: FLAGS --&gt;</c> and <c>&lt;!-- /bench --&gt;</c>, FLAGS being those of
/// <c>fcn bench</c>.
/// </summary>
public static partial class BenchPage
{
    /// <summary>The page with every table replaced by what <paramref name="measure"/> gives for its flags; the rest as it was.</summary>
    /// <exception cref="UsageException">The page has no table to replace, or one that does not end.</exception>
    public static string Update(string page, string text, Func<string, string> measure)
    {
        int begun = Begin().Count(text), whole = Table().Count(text);
        if (begun == 0 || begun != whole)
            throw new UsageException(
                $"'{page}' has {begun} marks '<!-- bench: FLAGS -->', {whole} of them closed by '<!-- /bench -->'; it needs one or more, all closed");
        return Table().Replace(text, table => $"{table.Groups["begin"].Value}\n{measure(table.Groups["flags"].Value)}\n<!-- /bench -->");
    }

    [GeneratedRegex("<!-- bench: .*? -->")]
    private static partial Regex Begin();

    [GeneratedRegex("(?<begin><!-- bench: (?<flags>[^\n]*?) -->)((?!<!-- bench: ).)*?<!-- /bench -->", RegexOptions.Singleline)]
    private static partial Regex Table();
}
