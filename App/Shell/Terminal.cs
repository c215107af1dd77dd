namespace FcnFromScratch.App.Shell;

/// <summary>What a terminal gets more than a file: colour, unless NO_COLOR is set (no-color.org). Redirected output is plain.</summary>
public static class Terminal
{
    private static readonly bool s_colour = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") != "dumb" && !Console.IsOutputRedirected;

    public static void WriteGood(string text) => Write(Console.Out, text, ConsoleColor.Green, s_colour);

    public static void WriteBad(string text) => Write(Console.Out, text, ConsoleColor.Red, s_colour);

    /// <summary>To standard error.</summary>
    public static void WriteError(string text) => Write(Console.Error, text, ConsoleColor.Red, s_colour && !Console.IsErrorRedirected);

    private static void Write(TextWriter writer, string text, ConsoleColor colour, bool coloured)
    {
        if (coloured) Console.ForegroundColor = colour;
        writer.Write(text);
        if (coloured) Console.ResetColor();
    }
}
