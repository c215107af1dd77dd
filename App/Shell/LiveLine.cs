namespace FcnFromScratch.App.Shell;

/// <summary>A line of a terminal that is written over again and again.</summary>
/// <param name="terminal">Asked at each writing, since a console's streams can be changed.</param>
internal sealed class LiveLine(Func<TextWriter> terminal)
{
    private const int Milliseconds = 100;

    private long _nextUpdate;
    private int _width;

    /// <summary>On standard error; null where that is no terminal.</summary>
    public static LiveLine? OnError() => Console.IsErrorRedirected ? null : new(() => Console.Error);

    /// <summary>Writes it, though not more often than the eye follows.</summary>
    public void WriteNowAndThen(Func<string> text)
    {
        if (Environment.TickCount64 < _nextUpdate) return;
        _nextUpdate = Environment.TickCount64 + Milliseconds;
        Write(text());
    }

    public void Write(string text)
    {
        terminal().Write($"\r{text.PadRight(_width)}{(text.Length == 0 ? "\r" : "")}");
        _width = text.Length;
    }

    /// <summary>Takes it away.</summary>
    public void Clear()
    {
        if (_width > 0) Write("");
    }
}
