using System.IO.Compression;

namespace FcnFromScratch.Data;

/// <summary>Reads NumPy's .npz files: zip archives of .npy arrays, stored or deflated.</summary>
public static class Npz
{
    private const string Extension = ".npy";

    /// <summary>The names of the arrays, in the order of the file.</summary>
    /// <exception cref="DataException">The file is missing or no zip archive.</exception>
    public static IReadOnlyList<string> Names(string path) => Open(path, archive =>
        archive.Entries.Where(e => e.FullName.EndsWith(Extension, StringComparison.Ordinal)).Select(e => e.FullName[..^Extension.Length]).ToList());

    /// <summary>Reads one array.</summary>
    /// <exception cref="DataException">The file or the array is missing, damaged, too large, or no plain array.</exception>
    public static NpyArray Read(string path, string name)
    {
        return Open(path, archive =>
        {
            var entry = archive.GetEntry(name + Extension)
                ?? throw new DataException($"'{path}' has no array '{name}'; it has {string.Join(", ", archive.Entries.Take(8).Select(e => e.FullName))}.");
            using var stream = new DataStream($"{path}:{name}", entry.Open(), new FileInfo(path).Length, isCompressed: true, hasChecksum: true);
            var array = Npy.Read(stream);
            return stream.Checksum == entry.Crc32 ? array : throw new DataException($"'{path}' is damaged: the checksum of array '{name}' is wrong.");
        });
    }

    private static T Open<T>(string path, Func<ZipArchive, T> use)
    {
        if (!File.Exists(path)) throw new DataException($"'{path}' does not exist.");
        try
        {
            using var archive = ZipFile.OpenRead(path);
            return use(archive);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new DataException($"'{path}' cannot be read as .npz: {e.Message}", e);
        }
    }
}
