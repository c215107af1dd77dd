namespace FcnFromScratch.App.Shell;

/// <summary>A line on standard error that is written over again and again; nothing where that is no terminal.</summary>
internal sealed class LiveLine
{
    private readonly bool _isLive = !Console.IsErrorRedirected;
    private long _nextUpdate;
    private int _width;

    /// <summary>Writes it, though not more often than the eye follows.</summary>
    public void Show(Func<string> text)
    {
        if (!_isLive || Environment.TickCount64 < _nextUpdate) return;
        _nextUpdate = Environment.TickCount64 + 100;
        Rewrite(text());
    }

    /// <summary>Takes it away.</summary>
    public void Clear()
    {
        if (_width > 0) Rewrite("");
    }

    private void Rewrite(string text)
    {
        Console.Error.Write($"\r{text.PadRight(_width)}{(text.Length == 0 ? "\r" : "")}");
        _width = text.Length;
    }
}
