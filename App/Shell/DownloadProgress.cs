using System.Globalization;
using FcnFromScratch.Data;

namespace FcnFromScratch.App.Shell;

/// <summary>A download in lines: what is done on standard output, mirrors that fail on standard error, and on a terminal a live line of megabytes.</summary>
public sealed class DownloadProgress : IDownloadObserver
{
    private readonly LiveLine? _line = LiveLine.OnError();

    public void Progress(string file, long bytes, long? total) =>
        _line?.WriteNowAndThen(() =>
            string.Create(CultureInfo.InvariantCulture, $"{file}  {bytes / 1e6:F1}{(total is { } all ? $" of {all / 1e6:F1}" : "")} MB"));

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
    public void Clear() => _line?.Clear();
}
