
namespace FcnFromScratch.Data;

/// <summary>Fetches the four files of MNIST into a data folder.</summary>
public static class MnistDownload
{
    /// <summary>Places that hold the original files, byte for byte; the first is asked first.</summary>
    public static readonly IReadOnlyList<Uri> Mirrors =
        [new("https://ossci-datasets.s3.amazonaws.com/mnist/"), new("https://storage.googleapis.com/cvdf-datasets/mnist/")];

    /// <summary>The files as they were published; lengths and hashes are those of the packed files.</summary>
    public static readonly IReadOnlyList<RemoteFile> Files =
    [
        new("train-images-idx3-ubyte.gz", 9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
        new("train-labels-idx1-ubyte.gz", 28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
        new("t10k-images-idx3-ubyte.gz", 1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
        new("t10k-labels-idx1-ubyte.gz", 4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
    ];

    /// <summary>Fetches into <paramref name="folder"/>/mnist what is not yet there and right; each mirror is the address of a folder.</summary>
    /// <exception cref="DataException">A file could not be had from any mirror, or not be written; the message says what to do by hand.</exception>
    /// <exception cref="OperationCanceledException">Asked to stop; no part of a file is left.</exception>
    public static void Get(string folder, IReadOnlyList<Uri> mirrors, IDownloadObserver observer, CancellationToken cancellation) =>
        Get(folder, Files, mirrors, observer, cancellation);

    internal static void Get(
        string folder, IReadOnlyList<RemoteFile> files, IReadOnlyList<Uri> mirrors, IDownloadObserver observer, CancellationToken cancellation)
    {
        string home = Path.Combine(folder, "mnist");
        using var downloader = new Downloader(observer, cancellation);
        var (missing, reachable) = (new List<string>(), mirrors.ToList());
        foreach (var file in files)
        {
            string path = Path.Combine(home, file.Name);
            if (IsRight(path, file)) observer.Line($"{path} is there already, SHA-256 as expected");
            else if (FetchAny(file, path)) observer.Line($"{path}: {file.Length} bytes, SHA-256 as expected");
            else missing.Add(file.Name);
        }
        if (missing.Count > 0)
        {
            throw new DataException($"{missing.Count} of {files.Count} files could not be fetched: download {string.Join(", ", missing)} by hand "
                + $"from {mirrors[0]} into '{home}', then see 'fcn data info --data {folder}'.");
        }

        bool FetchAny(RemoteFile file, string path)
        {
            AtomicFile.MakeFolder(home);
            foreach (var mirror in reachable.ToList())
            {
                try
                {
                    downloader.Fetch(new Uri(AsFolder(mirror), file.Name), path, file);
                    return true;
                }
                catch (MirrorException e)
                {
                    observer.Warn(e.Message);
                    if (e.IsUnreachable) reachable.Remove(mirror);
                }
            }
            return false;
        }
    }

    /// <summary>Is the file there, of the length and with the hash expected?</summary>
    public static bool IsRight(string path, RemoteFile file)
    {
        try
        {
            if (!File.Exists(path)) return false;
            using var stream = File.OpenRead(path);
            return stream.Length == file.Length && ContentHash.Of(stream) == file.Sha256;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"'{path}' cannot be read: {e.Message}", e);
        }
    }

    // Without the slash at its end a relative address would replace the last part.
    private static Uri AsFolder(Uri address) => address.AbsoluteUri.EndsWith('/') ? address : new Uri(address.AbsoluteUri + "/");
}
