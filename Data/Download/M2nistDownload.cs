using System.IO.Compression;

namespace FcnFromScratch.Data;

/// <summary>Fetches M2NIST from Kaggle into a data folder, where it is kept in the compact layout: 2.5 MB instead of 2.5 GB.</summary>
public static class M2nistDownload
{
    /// <summary>Kaggle's zip of combined.npy and segmented.npy. Kaggle may ask for an account; <see cref="Page"/> is where a person gets it.</summary>
    public static readonly Uri Address = new("https://www.kaggle.com/api/v1/datasets/download/farhanhubble/multimnistm2nist");

    public static readonly Uri Page = new("https://www.kaggle.com/datasets/farhanhubble/multimnistm2nist");

    /// <summary>
    /// <see cref="SegmentationData.Sha256"/> of the genuine set. The hash is of the content, not of the zip: Kaggle packs the zip itself, so that
    /// its bytes are not fixed.
    /// </summary>
    public const string Sha256 = "221a5ebdc43cdaeef0de55fa78ba3f264b99aec18720a1cb39f8a66844d79926";

    // The zip holds 2.5 GB of very regular int64; packed it is far below the first, unpacked no entry passes the second.
    private const long MaxZip = 1L << 30, MaxEntry = 4L << 30;

    private static readonly string[] Entries = ["combined.npy", "segmented.npy"];

    /// <summary>Fetches into <paramref name="folder"/>/m2nist unless the set is there already; each mirror is the address of a zip.</summary>
    /// <exception cref="DataException">No mirror gave it, another set is in the way, or the disk refuses; the message says what to do by hand.</exception>
    /// <exception cref="OperationCanceledException">Asked to stop; no part of a file is left.</exception>
    public static void Get(string folder, IReadOnlyList<Uri> mirrors, IDownloadObserver observer, CancellationToken cancellation) =>
        Get(folder, Sha256, mirrors, observer, cancellation);

    internal static void Get(string folder, string sha256, IReadOnlyList<Uri> mirrors, IDownloadObserver observer, CancellationToken cancellation)
    {
        string home = Path.Combine(folder, "m2nist");
        if (Directory.Exists(home) && M2nist.Locate(home) is { Images: not null })
        {
            string found = M2nist.Load(home).Sha256;
            if (found != sha256) throw new DataException($"'{home}' holds another set, SHA-256 {found}; choose another --out.");
            observer.Line($"{home} is there already, SHA-256 of its content as expected");
            return;
        }
        // Without images there is no set, whatever an interrupted process left.
        M2nistWriter.CheckFree(home, M2nistLayout.Compact, replace: true);
        using var downloader = new Downloader(observer, cancellation);
        foreach (var mirror in mirrors)
        {
            try
            {
                var data = FetchAndUnpack(mirror);
                if (data.Sha256 != sha256)
                    throw new MirrorException(mirror, $"another set: the SHA-256 of its content is {data.Sha256}, {sha256} was expected");
                M2nistWriter.Write(data, home, M2nistLayout.Compact, replace: true);
                observer.Line($"{home}: {data.Count} images in the compact layout, SHA-256 of the content as expected");
                return;
            }
            catch (MirrorException e)
            {
                observer.Warn(e.Message);
            }
        }
        throw new DataException($"M2NIST could not be fetched; Kaggle may ask for an account. Download it by hand from {Page}, "
            + $"unpack combined.npy and segmented.npy into '{home}', then see 'fcn data info --data {folder}'.");

        SegmentationData FetchAndUnpack(Uri mirror)
        {
            using var work = new WorkFolder(home);
            downloader.Fetch(mirror, work["m2nist.zip"], "m2nist.zip", MaxZip);
            observer.Line("unpacking 2.5 GB, which is gone again when the set is written");
            foreach (string name in Entries) Unpack(mirror, work["m2nist.zip"], name, work[name], cancellation);
            try
            {
                return M2nist.Load(work.Path);
            }
            catch (DataException e)
            {
                throw new MirrorException(mirror, e.Message.Replace(work.Path + Path.DirectorySeparatorChar, ""), e); // the folder is gone by then
            }
        }
    }

    private static void Unpack(Uri mirror, string zip, string name, string path, CancellationToken cancellation)
    {
        try
        {
            using var archive = ZipFile.OpenRead(zip);
            var entry = archive.Entries.FirstOrDefault(e => e.Name == name) ?? throw new MirrorException(mirror, $"its zip archive has no {name}");
            using var content = entry.Open();
            AtomicFile.Write(path, target =>
            {
                var chunk = new byte[1 << 16];
                long length = 0;
                for (int read; (read = content.Read(chunk)) > 0; target.Write(chunk, 0, read))
                {
                    cancellation.ThrowIfCancellationRequested();
                    if ((length += read) > MaxEntry) throw new MirrorException(mirror, $"{name} in its zip archive is over {MaxEntry} bytes");
                }
            });
        }
        catch (InvalidDataException e)
        {
            throw new MirrorException(mirror, $"no zip archive, or a damaged one: {e.Message}", e);
        }
    }
}
