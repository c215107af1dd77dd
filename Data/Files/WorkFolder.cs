namespace FcnFromScratch.Data;

/// <summary>A hidden folder inside another one, for files that are not yet whole; gone with all it holds when disposed.</summary>
internal sealed class WorkFolder : IDisposable
{
    private readonly string _home;
    private readonly bool _madeHome;

    /// <exception cref="DataException">Neither the folder <paramref name="home"/> nor one inside it can be made.</exception>
    public WorkFolder(string home)
    {
        (_home, Path) = (home, System.IO.Path.Combine(home, $".{Guid.NewGuid():N}.tmp"));
        _madeHome = !Directory.Exists(home);
        Try(() =>
        {
            Directory.CreateDirectory(home);
            // What a killed process left; a folder that is younger may be another process' own.
            foreach (string left in Directory.EnumerateDirectories(home, ".*.tmp").Where(f => Directory.GetLastWriteTimeUtc(f) < DateTime.UtcNow.AddDays(-1)))
                Directory.Delete(left, recursive: true);
            Directory.CreateDirectory(Path);
        });
    }

    public string Path { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Makes a folder in it.</summary>
    public void Make(string name) => Try(() => Directory.CreateDirectory(this[name]));

    /// <summary>Writes one of many files, without waiting for the disk as <see cref="AtomicFile"/> does: thousands would take minutes.</summary>
    public void Write(string name, byte[] content) => Try(() => File.WriteAllBytes(this[name], content));

    /// <summary>
    /// Puts files in the place of those outside: first the old ones go, from the last to the first, then the new ones come, from the first
    /// to the last, so that the last is never beside a file of another set. A file that was not made leaves its place empty.
    /// </summary>
    public void Replace(IReadOnlyList<string> names) => Try(() =>
    {
        foreach (string name in names.Reverse()) File.Delete(System.IO.Path.Combine(_home, name));
        foreach (string name in names.Where(n => File.Exists(this[n]))) File.Move(this[name], System.IO.Path.Combine(_home, name));
    });

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
            if (_madeHome && !Directory.EnumerateFileSystemEntries(_home).Any()) Directory.Delete(_home);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { } // what went wrong before is the error to report
    }

    private void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"cannot write into '{_home}': {e.Message}", e);
        }
    }
}
