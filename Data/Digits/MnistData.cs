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

    /// <summary>
    /// Those of the four files that are there, plain or .gz, in <paramref name="data"/>/mnist or <paramref name="data"/> itself; an .npz file
    /// stands for its folder.
    /// </summary>
    public static IReadOnlyList<string> Locate(string data) => [.. FileNames.Select(name => Find(Home(data), name)).OfType<string>()];

    /// <summary>Reads the four idx files from where <see cref="Locate"/> finds them.</summary>
    /// <exception cref="DataException">A file is missing, damaged or of another shape, or images and labels disagree.</exception>
    public static MnistData Load(string data)
    {
        string home = Home(data);
        return new MnistData(
            LoadPart(home, FileNames[0], FileNames[1], "mnist train", 0), LoadPart(home, FileNames[2], FileNames[3], "mnist t10k", FirstTest));
    }

    private static DigitImages LoadPart(string home, string imageName, string labelName, string part, int first)
    {
        string imagePath = Expect(home, imageName), labelPath = Expect(home, labelName);
        var (images, labels) = (Idx.Read(imagePath), Idx.Read(labelPath));
        if (images.Shape is not [_, DigitImages.Side, DigitImages.Side])
            throw new DataException($"'{imagePath}' has shape ({string.Join(", ", images.Shape)}); (n, 28, 28) was expected.");
        if (labels.Shape is not [_]) throw new DataException($"'{labelPath}' has shape ({string.Join(", ", labels.Shape)}); (n) was expected.");
        try
        {
            return new DigitImages(part, images.Bytes, labels.Bytes, [.. Enumerable.Range(first, labels.Bytes.Length)]);
        }
        catch (DataException e)
        {
            throw new DataException($"'{labelPath}': {e.Message}", e);
        }
    }

    /// <summary>The inner folder, unless it is empty, left by a download that failed, and the files lie in the outer one.</summary>
    private static string Home(string data)
    {
        string folder = Npz.FolderOf(data), inner = Path.Combine(folder, "mnist");
        return InputFile.IsFolder(inner) && (Find(inner, FileNames[0]) is not null || Find(folder, FileNames[0]) is null) ? inner : folder;
    }

    private static string Expect(string home, string name) =>
        Find(home, name) ?? throw new DataException($"no MNIST in '{home}': {name} or {name}.gz is missing. 'fcn data get mnist' fetches it.");

    private static string? Find(string home, string name)
    {
        string plain = Path.Combine(home, name), packed = plain + ".gz";
        return InputFile.Exists(plain) ? plain : InputFile.Exists(packed) ? packed : null;
    }
}
