using System.Globalization;
using static FcnFromScratch.Data.ForeignText;

namespace FcnFromScratch.Data;

/// <summary>
/// The M2NIST data set (Kaggle, farhanhubble/multimnistm2nist): 5000 images of 64×84 with two or three MNIST digits each.
/// Two layouts are read, each file plain or .gz. Compact: <c>combined.npy</c> (u8, [n, 64, 84]), <c>classmap.npy</c> (u8, same shape, 10 is background)
/// and, if there, <c>digits.csv</c>. Kaggle's: <c>combined.npy</c> (int64 or u8) and <c>segmented.npy</c> ([n, 64, 84, 11], one channel a class).
/// Either may be one file X.npz of the arrays <c>combined</c> and <c>classmap</c> or <c>segmented</c>; its digits lie in <c>X.digits.csv</c>.
/// </summary>
public static class M2nist
{
    public const int Height = 64, Width = 84;

    /// <summary>The names of the arrays, in an .npz or as .npy files.</summary>
    private const string Combined = "combined", Classmap = "classmap", Segmented = "segmented";

    internal const string CsvHeader = "image,slot,x,y,label,mnist_index,xmin,ymin,xmax,ymax";

    /// <summary>
    /// The files of a set. <paramref name="Images"/> and <paramref name="Masks"/> are null where they are not there, and the same file when it is an
    /// .npz; <paramref name="Digits"/> is where the digits are listed, if they are: see <see cref="HasDigits"/>.
    /// </summary>
    public sealed record Files(string? Images, string? Masks, string Digits, bool IsKaggle)
    {
        public bool HasDigits => InputFile.Exists(Digits);

        /// <summary>Those that are there, each once.</summary>
        public IReadOnlyList<string> Paths => [.. new[] { Images, Masks, HasDigits ? Digits : null }.OfType<string>().Distinct()];
    }

    /// <summary>
    /// Looks for the set in <paramref name="data"/>/m2nist or <paramref name="data"/> itself, a folder or an .npz file, and reads no array of it.
    /// </summary>
    /// <exception cref="DataException">The .npz file is missing or no zip archive.</exception>
    public static Files Locate(string data)
    {
        if (Npz.Is(data))
        {
            var arrays = Npz.Names(data);
            bool hasClassmap = arrays.Contains(Classmap), isKaggle = !hasClassmap && arrays.Contains(Segmented);
            return new Files(
                arrays.Contains(Combined) ? data : null, hasClassmap || isKaggle ? data : null, Path.ChangeExtension(data, ".digits.csv"), isKaggle);
        }
        string inner = Path.Combine(data, "m2nist"), home = InputFile.IsFolder(inner) && (HasSet(inner) || !HasSet(data)) ? inner : data;
        string? classmap = Find(home, Classmap), segmented = Find(home, Segmented);
        return new Files(Find(home, Combined), classmap ?? segmented, Path.Combine(home, "digits.csv"), classmap is null && segmented is not null);
    }

    /// <summary>Reads the set from <paramref name="data"/>/m2nist or <paramref name="data"/> itself, a folder or an .npz file.</summary>
    /// <exception cref="DataException">A file is missing, damaged or of another type or shape, or the files disagree.</exception>
    /// <param name="withDigits">Whether the list of digits is read, where there is one.</param>
    public static SegmentationData Load(string data, bool withDigits = true)
    {
        var files = Locate(data);
        if (files.Images is null || files.Masks is null) throw Missing(data, files);
        byte[] images = ReadImages(files.Images);
        int count = images.Length / (Height * Width);
        byte[] labels = files.IsKaggle ? ReadSegmented(files.Masks, count) : ReadClassmap(files.Masks, count);
        var digits = withDigits && files.HasDigits ? ReadDigits(files.Digits, count) : null;
        try
        {
            return new SegmentationData(Npz.Is(data) ? Path.GetFileNameWithoutExtension(data) : "m2nist", Height, Width, images, labels, digits);
        }
        catch (DataException e)
        {
            throw new DataException($"'{files.Masks}': {e.Message}", e);
        }
    }

    /// <summary>
    /// The training digits of <paramref name="mnist"/> that none of the images <paramref name="holdOut"/> of <paramref name="data"/> shows: what may
    /// be composed into new training images without giving anything of a hold-out away.
    /// </summary>
    /// <exception cref="DataException">The data set does not say which MNIST digits its images show, all of them.</exception>
    public static DigitImages FreeDigits(MnistData mnist, SegmentationData data, IEnumerable<int> holdOut)
    {
        var hidden = holdOut.ToHashSet();
        var shown = new HashSet<int>();
        var listed = new Dictionary<int, List<int>>();
        var digits = data.Digits ?? throw new DataException(
            $"{data.Name}: digits.csv is missing, which says what MNIST digits the hold-out shows; 'fcn data index' makes it.");
        foreach (var digit in digits)
        {
            if (digit.MnistIndex < 0) throw new DataException($"{data.Name}: its digits are not from MNIST.");
            if (!hidden.Contains(digit.Image)) continue;
            shown.Add(digit.MnistIndex);
            if (!listed.TryGetValue(digit.Image, out var labels)) listed.Add(digit.Image, labels = []);
            labels.Add(digit.Label);
        }
        // Each image of M2NIST has two digits at least; one that the list leaves out would be given away.
        foreach (int image in hidden)
        {
            List<int> labels = listed.GetValueOrDefault(image, []);
            foreach (byte label in data.Mask(image))
            {
                if (labels.Count >= 2 && (label == SegmentationData.Background || labels.Contains(label))) continue;
                throw new DataException($"{data.Name}: digits.csv lists {labels.Count} digits of image {image} and not all that it shows; "
                    + "'fcn data index --exist-ok' makes it anew.");
            }
        }
        return mnist.Train.Select("mnist train without the hold-out's", [.. Enumerable.Range(0, mnist.Train.Count).Where(i => !shown.Contains(i))]);
    }

    private static DataException Missing(string data, Files files)
    {
        if (Npz.Is(data))
        {
            string wanted = files.Images is null ? $"array '{Combined}'" : $"array '{Classmap}' or '{Segmented}'";
            return new DataException($"'{data}' has no {wanted}; it has {Npz.List(Npz.Names(data))}. A set is made by "
                + $"numpy.savez(file, {Combined}=…, {Classmap}=…).");
        }
        return new DataException(files.Images is { } combined
            ? $"'{combined}' has no masks beside it: classmap.npy[.gz] or segmented.npy[.gz] was expected."
            : !InputFile.IsFolder(data) ? $"no M2NIST in '{data}': {(InputFile.Exists(data) ? "it is no folder" : "it does not exist")}."
            : $"no M2NIST in '{data}': combined.npy or combined.npy.gz was expected there or in its folder m2nist. "
                + "'fcn data get m2nist' fetches it, 'fcn data make m2nist' composes one.");
    }

    /// <summary>An inner folder without images, left by a download that failed, must not hide a set.</summary>
    private static bool HasSet(string folder) => Find(folder, Combined) is not null;

    private static string? Find(string folder, string array)
    {
        string plain = Path.Combine(folder, array + ".npy"), packed = plain + ".gz";
        return InputFile.Exists(plain) ? plain : InputFile.Exists(packed) ? packed : null;
    }

    private static NpyReader Open(string path, string array) => Npz.Is(path) ? Npz.Open(path, array) : new NpyReader(path);

    private static byte[] ReadImages(string path)
    {
        using var reader = Open(path, Combined);
        ExpectShape(reader, reader.Rows, [Height, Width]);
        if (reader.Rows == 0) throw new DataException($"'{reader.Path}' holds no images.");
        return reader.ReadAll<byte>();
    }

    private static byte[] ReadClassmap(string path, int count)
    {
        using var reader = Open(path, Classmap);
        ExpectShape(reader, count, [Height, Width]);
        return reader.ReadAll<byte>();
    }

    /// <summary>The class of a pixel is the channel that is 1; where two are (12 pixels of the real set), the lowest.</summary>
    private static byte[] ReadSegmented(string path, int count)
    {
        const int classes = SegmentationData.Classes;
        using var reader = Open(path, Segmented);
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
                {
                    throw new DataException($"'{reader.Path}': image {image}, row {pixel / Width}, column {pixel % Width} has channels "
                        + $"{string.Join(' ', channels.ToArray())}; zeros and at least a one were expected.");
                }
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
            {
                throw new DataException($"'{path}', line {line}: {Quoted(row)} is no digit of {count} images of {Height}×{Width} in ascending order; "
                    + "'fcn data index --exist-ok' makes the file anew.");
            }
            digits.Add(new PlacedDigit(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9]));
        }
        return digits;
    }
}
