using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace FcnFromScratch.Data;

/// <summary>Compact is 2.5 MB for 5000 images and Kaggle's, which other programs read, 2.5 GB.</summary>
public enum M2nistLayout { Compact, Kaggle }

/// <summary>
/// Writes a data set of 64×84 images in one of the layouts that <see cref="M2nist"/> reads: compact as u8 <c>combined.npy.gz</c> and
/// <c>classmap.npy.gz</c>; Kaggle's as int64 <c>combined.npy</c> and <c>segmented.npy</c> ([n, 64, 84, 11], one channel a class), an image at a time.
/// Beside either lies <c>digits.csv</c>, where the digits are known.
/// </summary>
public static class M2nistWriter
{
    private const int Size = M2nist.Height * M2nist.Width;

    private static readonly string[] AllFiles =
        ["combined.npy", "combined.npy.gz", "classmap.npy", "classmap.npy.gz", "segmented.npy", "segmented.npy.gz", "digits.csv"];

    /// <summary>The files that a layout has, in the order in which they are written.</summary>
    public static IReadOnlyList<string> FilesOf(M2nistLayout layout) =>
        layout == M2nistLayout.Compact ? ["classmap.npy.gz", "digits.csv", "combined.npy.gz"] : ["segmented.npy", "digits.csv", "combined.npy"];

    /// <summary>Fails unless <see cref="Write"/> may write into the folder, so that this is known before images are made.</summary>
    /// <exception cref="DataException">Files of the layout are there and may not be replaced, or files of the other, which would be mixed in.</exception>
    public static void CheckFree(string folder, M2nistLayout layout, bool replace)
    {
        foreach (string name in AllFiles.Where(n => File.Exists(Path.Combine(folder, n))))
        {
            if (!FilesOf(layout).Contains(name))
                throw new DataException($"'{folder}' holds {name} of another layout, which would be read with the new files; choose another --out.");
            if (!replace) throw new DataException($"'{Path.Combine(folder, name)}' exists; choose another --out, or replace the set with --exist-ok.");
        }
    }

    /// <summary>
    /// Writes the files beside <paramref name="folder"/>'s own and then puts them in their place, so that a failure while writing leaves the old set.
    /// The folder is made where it is missing.
    /// </summary>
    /// <exception cref="DataException">The images are not 64×84, files are in the way (see <see cref="CheckFree"/>), or the disk refuses.</exception>
    public static void Write(SegmentationData data, string folder, M2nistLayout layout, bool replace = false)
    {
        if (data.Height != M2nist.Height || data.Width != M2nist.Width)
            throw new DataException($"{data.Name}: images of {data.Height}×{data.Width} are not M2NIST's {M2nist.Height}×{M2nist.Width}.");
        CheckFree(folder, layout, replace);
        using var work = new WorkFolder(folder);
        if (layout == M2nistLayout.Compact)
        {
            WritePacked(work["classmap.npy.gz"], data.Labels, data.Count);
            WritePacked(work["combined.npy.gz"], data.Images, data.Count);
        }
        else
        {
            WriteOneHot(work["segmented.npy"], data);
            WriteImages(work["combined.npy"], data);
        }
        if (data.Digits is { } digits) WriteDigits(work["digits.csv"], digits);
        // A set without combined.npy is none: it goes first and comes last, so that old and new files are never read as one set.
        work.Replace(FilesOf(layout));
    }

    private static void WritePacked(string path, byte[] values, int count) => AtomicFile.Write(path, stream =>
    {
        using var gzip = new GZipStream(stream, CompressionLevel.SmallestSize, leaveOpen: true);
        gzip.Write(NpyHeader.Write(NpyType.UInt8, [count, M2nist.Height, M2nist.Width]));
        gzip.Write(values);
    });

    private static void WriteImages(string path, SegmentationData data) => AtomicFile.Write(path, stream =>
    {
        stream.Write(NpyHeader.Write(NpyType.Int64, [data.Count, M2nist.Height, M2nist.Width]));
        var row = new long[Size];
        for (int image = 0; image < data.Count; image++)
        {
            var pixels = data.Image(image);
            for (int i = 0; i < Size; i++) row[i] = pixels[i];
            stream.Write(MemoryMarshal.AsBytes<long>(row));
        }
    });

    private static void WriteOneHot(string path, SegmentationData data) => AtomicFile.Write(path, stream =>
    {
        const int classes = SegmentationData.Classes;
        stream.Write(NpyHeader.Write(NpyType.Int64, [data.Count, M2nist.Height, M2nist.Width, classes]));
        var row = new long[Size * classes];
        for (int image = 0; image < data.Count; image++)
        {
            Array.Clear(row);
            var labels = data.Mask(image);
            for (int i = 0; i < Size; i++) row[i * classes + labels[i]] = 1;
            stream.Write(MemoryMarshal.AsBytes<long>(row));
        }
    });

    /// <summary>Writes a digits.csv.</summary>
    public static void WriteDigits(string path, IReadOnlyList<PlacedDigit> digits) => AtomicFile.Write(path, stream =>
    {
        using var text = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
        text.WriteLine(M2nist.CsvHeader);
        foreach (var d in digits)
            text.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{d.Image},{d.Slot},{d.X},{d.Y},{d.Label},{d.MnistIndex},{d.XMin},{d.YMin},{d.XMax},{d.YMax}"));
    });
}
