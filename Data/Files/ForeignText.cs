using System.Globalization;
using System.Text;

namespace FcnFromScratch.Data;

/// <summary>Text that came from outside, a file or a name, as a message shows it: on one line, with nothing in it that a terminal would obey.</summary>
public static class ForeignText
{
    private const int LongestQuote = 80, LongestLine = 500;

    /// <summary>In quotes, so that it is seen where it begins and ends; of a long text the beginning.</summary>
    public static string Quoted(string text) => $"'{Escaped(text, LongestQuote).Replace("'", "\\'")}'";

    /// <summary>A whole message on one line. What it quotes is escaped already, names of files are not.</summary>
    public static string OneLine(string message) => Escaped(message, LongestLine);

    /// <summary>A name that the user gave, whole: what follows it in a line must not be lost.</summary>
    public static string Name(string name) => Escaped(name, int.MaxValue);

    private static string Escaped(string text, int longest)
    {
        var line = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (line.Length > longest) return line.Append('…').ToString();
            // Format characters turn the direction of what follows, among other things.
            bool isSafe = Rune.GetUnicodeCategory(rune)
                is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
            line.Append(rune.Value switch
            {
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                _ when isSafe => rune.ToString(),
                < 0x100 => $"\\x{rune.Value:x2}",
                var code => $"\\u{{{code:x}}}",
            });
        }
        return line.ToString();
    }
}
