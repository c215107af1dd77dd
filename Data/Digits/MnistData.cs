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
