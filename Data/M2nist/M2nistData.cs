using System.Globalization;

namespace FcnFromScratch.Data;

/// <summary>
/// The M2NIST data set (Kaggle, farhanhubble/multimnistm2nist): 5000 images of 64×84 with two or three MNIST digits each.
/// Two layouts are read, each file plain or .gz. Compact: <c>combined.npy</c> (u8, [n, 64, 84]), <c>classmap.npy</c> (u8, same shape, 10 is background)
/// and, if there, <c>digits.csv</c>. Kaggle's: <c>combined.npy</c> (int64 or u8) and <c>segmented.npy</c> ([n, 64, 84, 11], one channel a class).
/// </summary>
public static class M2nist
{
    public const int Height = 64, Width = 84;

    internal const string CsvHeader = "image,slot,x,y,label,mnist_index,xmin,ymin,xmax,ymax";

    /// <summary>The files of a set: of the layout <paramref name="Masks"/> tells; null is a file that is not there.</summary>
    public sealed record Files(string Home, string? Images, string? Masks, string? Digits)
    {
        public bool IsKaggle => Masks is not null && Path.GetFileName(Masks).StartsWith("segmented", StringComparison.Ordinal);
    }

    /// <summary>Looks for the set in <paramref name="folder"/>/m2nist or <paramref name="folder"/> itself, and reads none of it.</summary>
    public static Files Locate(string folder)
    {
        string inner = Path.Combine(folder, "m2nist"), home = Directory.Exists(inner) && (HasSet(inner) || !HasSet(folder)) ? inner : folder, csv = Path.Combine(home, "digits.csv");
        return new Files(home, Find(home, "combined.npy"), Find(home, "classmap.npy") ?? Find(home, "segmented.npy"), File.Exists(csv) ? csv : null);
    }

    /// <summary>Reads the set from <paramref name="folder"/>/m2nist or <paramref name="folder"/> itself.</summary>
    /// <exception cref="DataException">A file is missing, damaged or of another type or shape, or the files disagree.</exception>
    /// <param name="withDigits">Whether digits.csv is read.</param>
    public static SegmentationData Load(string folder, bool withDigits = true)
    {
        var files = Locate(folder);
        string combined = files.Images
            ?? throw new DataException($"no M2NIST in '{folder}': combined.npy or combined.npy.gz was expected there or in its folder m2nist. 'fcn data get m2nist' fetches it, 'fcn data make m2nist' composes one.");
        string masks = files.Masks
            ?? throw new DataException($"'{combined}' has no masks beside it: classmap.npy[.gz] or segmented.npy[.gz] was expected.");

        byte[] images = ReadImages(combined);
        int count = images.Length / (Height * Width);
        byte[] labels = files.IsKaggle ? ReadSegmented(masks, count) : ReadClassmap(masks, count);
        return new SegmentationData("m2nist", Height, Width, images, labels, withDigits && files.Digits is { } csv ? ReadDigits(csv, count) : null);
    }

    /// <summary>An inner folder without images, left by a download that failed, must not hide a set.</summary>
    private static bool HasSet(string folder) => Find(folder, "combined.npy") is not null;

    private static string? Find(string folder, string name)
    {
        string plain = Path.Combine(folder, name), packed = plain + ".gz";
        return File.Exists(plain) ? plain : File.Exists(packed) ? packed : null;
    }

    private static byte[] ReadImages(string path)
    {
        using var reader = new NpyReader(path);
        ExpectShape(reader, reader.Rows, [Height, Width]);
        if (reader.Rows == 0) throw new DataException($"'{path}' holds no images.");
        return reader.ReadAll<byte>();
    }

    private static byte[] ReadClassmap(string path, int count)
    {
        using var reader = new NpyReader(path);
        ExpectShape(reader, count, [Height, Width]);
        return reader.ReadAll<byte>();
    }

    /// <summary>The class of a pixel is the channel that is 1; where two are (12 pixels of the real set), the lowest.</summary>
    private static byte[] ReadSegmented(string path, int count)
    {
        const int classes = SegmentationData.Classes;
        using var reader = new NpyReader(path);
        ExpectShape(reader, count, [Height, Width, classes]);
        var labels = new byte[count * Height * Width];
        var row = new byte[Height * Width * classes];
        for (int image = 0, at = 0; image < count; image++)
        {
            reader.ReadRows(image, 1, row.AsSpan());
            for (int pixel = 0; pixel < Height * Width; pixel++)
            {
                var channels = row.AsSpan(pixel * classes, classes);
                int label = channels.IndexOf((byte)1);
                if (label < 0 || channels.IndexOfAnyExceptInRange((byte)0, (byte)1) >= 0)
                    throw new DataException($"'{path}': image {image}, row {pixel / Width}, column {pixel % Width} has channels {string.Join(' ', channels.ToArray())}; zeros and at least a one were expected.");
                labels[at++] = (byte)label;
            }
        }
        return labels;
    }

    private static void ExpectShape(NpyReader reader, int count, int[] rest)
    {
        int[] expected = [count, .. rest];
        if (!reader.Shape.SequenceEqual(expected))
            throw new DataException($"'{reader.Path}' has shape {reader.ShapeText}; ({string.Join(", ", expected)}) was expected.");
    }

    private static List<PlacedDigit> ReadDigits(string path, int count)
    {
        using var text = new StreamReader(new MemoryStream(DataStream.ReadFile(path)));
        if (text.ReadLine() != CsvHeader) throw new DataException($"'{path}' does not begin with the line '{CsvHeader}'.");
        var digits = new List<PlacedDigit>();
        Span<int> v = stackalloc int[10];
        for (int line = 2, last = 0; text.ReadLine() is { } row; line++, last = v[0])
        {
            string[] fields = row.Split(',');
            bool isGood = fields.Length == v.Length;
            for (int i = 0; isGood && i < v.Length; i++)
                isGood = int.TryParse(fields[i], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out v[i]) && v[i] >= (i == 5 ? -1 : 0);
            if (!isGood || v[0] < last || v[0] >= count || v[1] > 2 || v[2] > Width - 28 || v[3] > Height - 28 || v[4] > 9 || v[5] >= 70_000
                || v[6] > v[8] || v[7] > v[9] || v[8] >= Width || v[9] >= Height)
                throw new DataException($"'{path}', line {line}: '{row}' is no digit of {count} images of {Height}×{Width} in ascending order; 'fcn data index --exist-ok' makes the file anew.");
            digits.Add(new PlacedDigit(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9]));
        }
        return digits;
    }
}
