using FcnFromScratch.Data;

namespace FcnFromScratch.App.Shell;

/// <summary>What a terminal gets more than a file: colour, unless NO_COLOR is set (no-color.org). Redirected output is plain.</summary>
public static class Terminal
{
    private static readonly bool s_colour = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") != "dumb" && !Console.IsOutputRedirected;

    /// <summary>How many characters of a line it takes without wrapping; null where the output is redirected.</summary>
    public static Func<int>? Columns { get; } = Console.IsOutputRedirected ? null
        // A terminal that does not know its width says 0. A line that fills the last column wraps on some.
        : () => (Console.WindowWidth is > 20 and var width ? width : 80) - 1;

    /// <summary>A line for people, folded where it is longer than the terminal is wide.</summary>
    public static void WriteLine(string text) => Console.WriteLine(Columns is null ? text : Fold(text, Columns()));

    /// <summary>Breaks a line at its gaps, or else between words, so that no part is longer than it may be; what follows is indented.</summary>
    public static string Fold(string text, int columns)
    {
        const string indent = "  ";
        string folded = "";
        while (text.Length > columns)
        {
            int cut = text.LastIndexOf("  ", columns, columns - indent.Length, StringComparison.Ordinal);
            if (cut < 0) cut = text.LastIndexOf(' ', columns, columns - indent.Length);
            if (cut < 0) break; // a path, say: whole, it can be copied
            folded += $"{text[..cut].TrimEnd()}\n";
            text = indent + text[cut..].TrimStart();
        }
        return folded + text;
    }

    public static void WriteGood(string text) => Write(Console.Out, text, ConsoleColor.Green, s_colour);

    public static void WriteBad(string text) => Write(Console.Out, text, ConsoleColor.Red, s_colour);

    /// <summary>To standard error.</summary>
    public static void WriteError(string text) => Write(Console.Error, text, ConsoleColor.Red, s_colour && !Console.IsErrorRedirected);

    /// <summary>What went wrong, in one line on standard error.</summary>
    public static void WriteMistake(string message)
    {
        WriteError("fcn: ");
        Console.Error.WriteLine(ForeignText.OneLine(message));
    }

    private static void Write(TextWriter writer, string text, ConsoleColor colour, bool coloured)
    {
        if (coloured) Console.ForegroundColor = colour;
        writer.Write(text);
        if (coloured) Console.ResetColor();
    }
}
