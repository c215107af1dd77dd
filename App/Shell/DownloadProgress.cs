using System.Globalization;
using FcnFromScratch.Data;

namespace FcnFromScratch.App.Shell;

/// <summary>A download in lines: what is done on standard output, mirrors that fail on standard error, and on a terminal a live line of megabytes.</summary>
public sealed class DownloadProgress : IDownloadObserver
{
    private readonly bool _live = !Console.IsErrorRedirected;
    private long _nextUpdate;
    private int _width;

    public void Progress(string file, long bytes, long? total)
    {
        // Ten times a second is enough for the eye.
        if (!_live || Environment.TickCount64 < _nextUpdate) return;
        _nextUpdate = Environment.TickCount64 + 100;
        Rewrite(string.Create(CultureInfo.InvariantCulture, $"{file}  {bytes / 1e6:F1}{(total is { } all ? $" of {all / 1e6:F1}" : "")} MB"));
    }

    public void Line(string text)
    {
        Clear();
        Console.WriteLine(text);
    }

    public void Warn(string text)
    {
        Clear();
        Console.Error.WriteLine($"fcn: {text}");
    }

    /// <summary>Takes the live line away.</summary>
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
