namespace FcnFromScratch.Data;

/// <summary>Data that cannot be used: a file that is missing, broken or of the wrong kind. The message is one line for the user.</summary>
public sealed class DataException(string message, Exception? inner = null) : Exception(OneLine(message), inner)
{
    // Names inside damaged files may hold anything; a message must still fit on one line of a terminal.
    private static string OneLine(string text)
    {
        if (text.Length > 500) text = text[..500] + "…";
        return string.Create(text.Length, text, (line, source) =>
        {
            for (int i = 0; i < line.Length; i++) line[i] = char.IsControl(source[i]) ? '?' : source[i];
        });
    }
}
