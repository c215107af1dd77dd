namespace FcnFromScratch.Data;

/// <summary>The MNIST data set: 60000 digits to train on, 10000 to test on (LeCun, Cortes and Burges).</summary>
public sealed record MnistData(DigitImages Train, DigitImages Test)
{
    /// <summary>MNIST's test images are counted on from its training images.</summary>
    private const int FirstTest = 60_000;

    /// <summary>The four files, as they are named plain; packed they end in .gz.</summary>
    public static readonly IReadOnlyList<string> FileNames =
        ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];

    /// <summary>Training and test digits together.</summary>
    public DigitImages All() => new("mnist", [.. Train.Images, .. Test.Images], [.. Train.Labels, .. Test.Labels],
        [.. Enumerable.Range(0, Train.Count), .. Enumerable.Range(FirstTest, Test.Count)]);

    /// <summary>Those of the four files that are there, plain or .gz, in <paramref name="folder"/>/mnist or <paramref name="folder"/> itself.</summary>
    public static IReadOnlyList<string> Locate(string folder) => [.. FileNames.Select(name => Find(Home(folder), name)).OfType<string>()];

    /// <summary>Reads the four idx files, plain or .gz, from <paramref name="folder"/>/mnist or <paramref name="folder"/> itself.</summary>
    /// <exception cref="DataException">A file is missing, damaged or of another shape, or images and labels disagree.</exception>
    public static MnistData Load(string folder)
    {
        string home = Home(folder);
        return new MnistData(LoadPart(home, FileNames[0], FileNames[1], "mnist train", 0), LoadPart(home, FileNames[2], FileNames[3], "mnist t10k", FirstTest));
    }

    /// <summary>
    /// The training digits that none of these images of <paramref name="data"/> shows: what may be composed into new training images
    /// without giving anything of a hold-out away.
    /// </summary>
    /// <exception cref="DataException">The data set does not say which MNIST digits its images show, all of them.</exception>
    public DigitImages TrainExcept(SegmentationData data, IEnumerable<int> holdOut)
    {
        var hidden = holdOut.ToHashSet();
        var shown = new HashSet<int>();
        var listed = new Dictionary<int, List<int>>();
        foreach (var digit in data.Digits ?? throw new DataException($"{data.Name}: digits.csv is missing, which says what MNIST digits the hold-out shows; 'fcn data index' makes it."))
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
                if (labels.Count < 2 || (label != SegmentationData.Background && !labels.Contains(label)))
                    throw new DataException($"{data.Name}: digits.csv lists {labels.Count} digits of image {image} and not all that it shows; 'fcn data index --exist-ok' makes it anew.");
        }
        return Train.Select("mnist train without the hold-out's", [.. Enumerable.Range(0, Train.Count).Where(i => !shown.Contains(i))]);
    }

    private static DigitImages LoadPart(string home, string imageName, string labelName, string part, int first)
    {
        string imagePath = Expect(home, imageName), labelPath = Expect(home, labelName);
        var (images, labels) = (Idx.Read(imagePath), Idx.Read(labelPath));
        if (images.Shape is not [_, DigitImages.Side, DigitImages.Side])
            throw new DataException($"'{imagePath}' has shape ({string.Join(", ", images.Shape)}); (n, 28, 28) was expected.");
        if (labels.Shape is not [_]) throw new DataException($"'{labelPath}' has shape ({string.Join(", ", labels.Shape)}); (n) was expected.");
        return new DigitImages(part, images.Bytes, labels.Bytes, [.. Enumerable.Range(first, labels.Bytes.Length)]);
    }

    /// <summary>The inner folder, unless it is empty, left by a download that failed, and the files lie in the outer one.</summary>
    private static string Home(string folder) =>
        Path.Combine(folder, "mnist") is var inner && Directory.Exists(inner) && (Find(inner, FileNames[0]) is not null || Find(folder, FileNames[0]) is null) ? inner : folder;

    private static string Expect(string home, string name) =>
        Find(home, name) ?? throw new DataException($"no MNIST in '{home}': {name} or {name}.gz is missing. 'fcn data get mnist' fetches it.");

    private static string? Find(string home, string name)
    {
        string plain = Path.Combine(home, name), packed = plain + ".gz";
        return File.Exists(plain) ? plain : File.Exists(packed) ? packed : null;
    }
}
