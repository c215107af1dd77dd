using System.Collections.Concurrent;

namespace FcnFromScratch.Data;

/// <summary>
/// Opens what a user names as an input: a regular file, or a pipe that delivers. All else is refused, so that no input is waited for or read for ever.
/// </summary>
public static class InputFile
{
    private const int PipeLimit = 1 << 28;

    // A pipe gives its bytes once; some files are opened twice, to look at the header first.
    private static readonly ConcurrentDictionary<string, byte[]> s_delivered = [];

    /// <summary>Whether something lies there that may be opened, a folder not counted.</summary>
    /// <exception cref="DataException">The system does not say.</exception>
    public static bool Exists(string path) => KindOf(path) is not (FileKind.Nothing or FileKind.Folder);

    /// <summary>Whether a folder lies there.</summary>
    /// <exception cref="DataException">The system does not say.</exception>
    public static bool IsFolder(string path) => KindOf(path) == FileKind.Folder;

    /// <summary>Whether it is a pipe or a device: what is written there is not kept.</summary>
    /// <exception cref="DataException">The system does not say.</exception>
    public static bool IsPassing(string path) => KindOf(path) is FileKind.Pipe or FileKind.Device;

    /// <summary>The full path with every link on the way followed, whether the file is there or not: of two names for one file the same.</summary>
    public static string RealPath(string path) => RealPath(path, links: 40);

    /// <summary>Whether a file lies somewhere in a folder.</summary>
    public static bool LiesIn(string folder, string path) =>
        RealPath(path).StartsWith($"{RealPath(folder)}{Path.DirectorySeparatorChar}", StringComparison.Ordinal);

    private static string RealPath(string path, int links)
    {
        string full = Path.GetFullPath(path);
        if (Path.GetDirectoryName(full) is not { } folder) return full;
        string there = Path.Combine(RealPath(folder, links), Path.GetFileName(full));
        return links > 0 && new FileInfo(there).LinkTarget is { } target
            ? RealPath(Path.Combine(Path.GetDirectoryName(there)!, target), links - 1)
            : there; // without a link, or in a circle of them
    }

    /// <exception cref="DataException">There is no file and no pipe.</exception>
    public static void Expect(string path)
    {
        string? wrong = KindOf(path) switch
        {
            FileKind.Nothing => "does not exist.",
            FileKind.Folder => "is a folder; a file was expected.",
            FileKind.Device => "is a device; a file was expected.",
            _ => null,
        };
        if (wrong is not null) throw new DataException($"'{path}' {wrong}");
    }

    /// <summary>The content, which can be sought in; that of a pipe when all of it has come.</summary>
    /// <exception cref="DataException">There is no file and no pipe, it cannot be read, or the pipe keeps silent or does not end.</exception>
    public static Stream Open(string path)
    {
        Expect(path);
        return Reading<Stream>(path, () => KindOf(path) == FileKind.Pipe
            ? new MemoryStream(s_delivered.GetOrAdd(path, ReadPipe), writable: false)
            : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16));
    }

    /// <summary>Takes content that comes without a path, standard input say: from then on it is what a pipe of that name delivered.</summary>
    /// <exception cref="DataException">It cannot be read, keeps silent or does not end.</exception>
    public static void Deliver(string name, Stream content) => Reading(name, () => s_delivered.GetOrAdd(name, _ => ReadToEnd(name, content)));

    private static T Reading<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"'{path}' cannot be read: {e.Message}", e);
        }
        catch (TimeoutException e)
        {
            string silence = $"is a pipe, and for {FileKinds.Patience.TotalSeconds} s nothing came out of it";
            throw new DataException($"'{path}' {silence}; write its content to a file first.", e);
        }
    }

    /// <summary>All bytes of a file that is read at once.</summary>
    /// <param name="limit">The most bytes that are taken; it serves only files that are far smaller.</param>
    /// <exception cref="DataException">It cannot be opened or read, or is larger.</exception>
    public static byte[] Read(string path, int limit = 1 << 26)
    {
        using var stream = Open(path);
        if (stream.Length > limit) throw new DataException($"'{path}' has {stream.Length} bytes; at most {limit} are read.");
        try
        {
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (IOException e)
        {
            throw new DataException($"'{path}' cannot be read: {e.Message}", e);
        }
    }

    private static FileKind KindOf(string path)
    {
        if (s_delivered.ContainsKey(path)) return FileKind.Pipe;
        try
        {
            return FileKinds.At(path);
        }
        catch (IOException e)
        {
            throw new DataException($"'{path}' cannot be read: {e.Message}", e);
        }
    }

    private static byte[] ReadPipe(string path)
    {
        using var pipe = FileKinds.Await(() => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0));
        return ReadToEnd(path, pipe);
    }

    private static byte[] ReadToEnd(string path, Stream pipe)
    {
        var content = new MemoryStream();
        var chunk = new byte[1 << 16];
        for (int read; (read = FileKinds.Await(() => pipe.Read(chunk))) > 0; content.Write(chunk, 0, read))
            if (content.Length + read > PipeLimit)
                throw new DataException($"'{path}' is a pipe that goes on after {PipeLimit} bytes; write its content to a file first.");
        return content.ToArray();
    }
}
