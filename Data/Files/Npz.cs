using System.IO.Compression;
using static FcnFromScratch.Data.ForeignText;

namespace FcnFromScratch.Data;

/// <summary>
/// Reads NumPy's .npz files as numpy.savez and savez_compressed write them: zip archives of .npy arrays, stored or deflated. Nothing is
/// unpacked to disk. An entry in a folder is none of NumPy's and is ignored.
/// </summary>
public static class Npz
{
    private const string Extension = ".npy";

    /// <summary>Is the path that of an .npz file, by its name?</summary>
    public static bool Is(string path) => path.EndsWith(".npz", StringComparison.Ordinal) && !Directory.Exists(path);

    /// <summary>Where that lies which is beside the data: the folder of an .npz file, else the folder <paramref name="data"/> itself.</summary>
    public static string FolderOf(string data) => Is(data) ? Path.GetDirectoryName(Path.GetFullPath(data))! : data;

    /// <summary>The names of the arrays, in the order of the file.</summary>
    /// <exception cref="DataException">The file is missing or no zip archive.</exception>
    public static IReadOnlyList<string> Names(string path) => Try(path, () =>
    {
        using var file = InputFile.Open(path);
        using var archive = new ZipArchive(file);
        return Names(archive);
    });

    /// <summary>One array, to be read by rows as it is unpacked.</summary>
    /// <exception cref="DataException">The file or the array is missing, damaged, or no plain array.</exception>
    public static NpyReader Open(string path, string name) => new($"{path}:{name}", () => OpenEntry(path, name));

    /// <summary>The array of a file that holds one alone.</summary>
    /// <exception cref="DataException">The file is missing, damaged, or has none or several arrays.</exception>
    public static NpyReader OpenOnly(string path) => Names(path) switch
    {
        [var name] => Open(path, name),
        var names => throw new DataException($"'{path}' has {List(names)}; one array was expected. Save it alone: numpy.savez(file, array)."),
    };

    /// <summary>Names for a message.</summary>
    internal static string List(IReadOnlyList<string> names) => names.Count == 0
        ? "no arrays"
        : $"{names.Count} array{(names.Count == 1 ? "" : "s")}: {string.Join(", ", names.Take(8).Select(Quoted))}{(names.Count > 8 ? ", …" : "")}";

    private static List<string> Names(ZipArchive archive) =>
        [.. archive.Entries.Select(e => e.FullName).Where(n => n.EndsWith(Extension, StringComparison.Ordinal) && n.IndexOfAny(['/', '\\']) < 0)
            .Select(n => n[..^Extension.Length])];

    private static DataStream OpenEntry(string path, string name) => Try(path, () =>
    {
        var file = InputFile.Open(path);
        try
        {
            var archive = new ZipArchive(file);
            var entry = archive.GetEntry(name + Extension)
                ?? throw new DataException($"'{path}' has no array '{name}'; it has {List(Names(archive))}.");
            return new DataStream($"{path}:{name}", entry.Open(), file.Length, isPacked: true, entry.Length, entry.Crc32, archive);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    });

    private static T Try<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new DataException($"'{path}' cannot be read as .npz: {e.Message}", e);
        }
    }
}
