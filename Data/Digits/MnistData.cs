namespace FcnFromScratch.Data;

/// <summary>The MNIST data set: 60000 digits to train on, 10000 to test on (LeCun, Cortes and Burges).</summary>
public sealed record MnistData(DigitImages Train, DigitImages Test)
{
    /// <summary>Reads the four idx files, plain or .gz, from <paramref name="folder"/>/mnist or <paramref name="folder"/> itself.</summary>
    /// <exception cref="DataException">A file is missing, damaged or of another shape, or images and labels disagree.</exception>
    public static MnistData Load(string folder)
    {
        string inner = Path.Combine(folder, "mnist"), home = Directory.Exists(inner) ? inner : folder;
        return new MnistData(LoadPart(home, "train"), LoadPart(home, "t10k"));
    }

    /// <summary>
    /// The training digits that none of these images of <paramref name="data"/> shows: what may be composed into new training images
    /// without giving anything of a hold-out away.
    /// </summary>
    /// <exception cref="DataException">The data set does not say which MNIST digits its images show.</exception>
    public DigitImages TrainExcept(SegmentationData data, IEnumerable<int> holdOut)
    {
        var hidden = holdOut.ToHashSet();
        var shown = new HashSet<int>();
        foreach (var digit in data.Digits ?? throw new DataException($"{data.Name}: digits.csv is missing, which says what MNIST digits the hold-out shows."))
        {
            if (digit.MnistIndex < 0) throw new DataException($"{data.Name}: its digits are not from MNIST.");
            if (hidden.Contains(digit.Image)) shown.Add(digit.MnistIndex);
        }
        return Train.Select("mnist train without the hold-out's", [.. Enumerable.Range(0, Train.Count).Where(i => !shown.Contains(i))]);
    }

    private static DigitImages LoadPart(string folder, string part)
    {
        string imagePath = Find(folder, $"{part}-images-idx3-ubyte"), labelPath = Find(folder, $"{part}-labels-idx1-ubyte");
        var (images, labels) = (Idx.Read(imagePath), Idx.Read(labelPath));
        if (images.Shape is not [_, DigitImages.Side, DigitImages.Side])
            throw new DataException($"'{imagePath}' has shape ({string.Join(", ", images.Shape)}); (n, 28, 28) was expected.");
        if (labels.Shape is not [_]) throw new DataException($"'{labelPath}' has shape ({string.Join(", ", labels.Shape)}); (n) was expected.");
        return new DigitImages($"mnist {part}", images.Bytes, labels.Bytes);
    }

    private static string Find(string folder, string name)
    {
        string plain = Path.Combine(folder, name), packed = plain + ".gz";
        return File.Exists(plain) ? plain : File.Exists(packed) ? packed
            : throw new DataException($"no MNIST in '{folder}': {name} or {name}.gz is missing.");
    }
}
