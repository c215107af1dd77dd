namespace FcnFromScratch.Data;

/// <summary>Where single digits come from: a set of images or a generator.</summary>
public interface IDigitSource
{
    /// <summary>Fills 28×28 grey pixels, some of them ink above 0, and returns the digit. The same numbers draw the same digit.</summary>
    int Draw(ref CounterRandom random, Span<byte> pixels);

    /// <summary>Also says which image of MNIST it is, counted as in <see cref="DigitImages.MnistIndex"/>.</summary>
    int Draw(ref CounterRandom random, Span<byte> pixels, out int mnistIndex)
    {
        mnistIndex = -1;
        return Draw(ref random, pixels);
    }

    /// <summary>Tells sources apart whose digits differ.</summary>
    string Fingerprint { get; }
}

/// <summary>Labelled digits in MNIST's form: grey, 28×28, ink on 0.</summary>
public sealed class DigitImages : IDigitSource
{
    public const int Side = 28, Area = Side * Side;

    private readonly int[]? _mnistIndices;
    private readonly Lazy<string> _fingerprint;

    /// <param name="name">For messages and reports.</param>
    /// <param name="images">Pixels, <c>[count, 28, 28]</c>.</param>
    /// <param name="labels">Digits 0 … 9, <c>[count]</c>.</param>
    /// <param name="mnistIndices">Which images of MNIST these are, <c>[count]</c>; null where they are not from MNIST.</param>
    /// <exception cref="DataException">Images and labels disagree, or a label is no digit.</exception>
    public DigitImages(string name, byte[] images, byte[] labels, int[]? mnistIndices = null)
    {
        if (images.Length != (long)labels.Length * Area)
            throw new DataException($"{name}: images and labels disagree: {images.Length / Area} images, {labels.Length} labels.");
        if (labels.Length == 0) throw new DataException($"{name}: holds no digits.");
        int bad = labels.AsSpan().IndexOfAnyInRange((byte)10, byte.MaxValue);
        if (bad >= 0) throw new DataException($"{name}: label {labels[bad]} of image {bad}; labels are 0 to 9.");
        (Name, Images, Labels, _mnistIndices) = (name, images, labels, mnistIndices);
        _fingerprint = new Lazy<string>(() => ContentHash.Of(Images, Labels));
    }

    public string Name { get; }

    /// <summary>SHA-256 of the images, then the labels, in lower-case hexadecimal.</summary>
    public string Fingerprint => _fingerprint.Value;

    public int Count => Labels.Length;

    /// <summary>Pixels, <c>[Count, 28, 28]</c>.</summary>
    public byte[] Images { get; }

    /// <summary>Digits 0 … 9, <c>[Count]</c>.</summary>
    public byte[] Labels { get; }

    /// <summary>Which image of MNIST an image is: training images count from 0, test images from 60000; −1 where it is not from MNIST.</summary>
    public int MnistIndex(int index) => _mnistIndices?[index] ?? -1;

    public ReadOnlySpan<byte> Image(int index) => Images.AsSpan(index * Area, Area);

    /// <summary>The images of these indices, in their order: to keep a hold-out's digits out of training, say.</summary>
    public DigitImages Select(string name, IReadOnlyList<int> indices)
    {
        var (images, labels) = (new byte[indices.Count * Area], new byte[indices.Count]);
        for (int i = 0; i < indices.Count; i++)
        {
            Image(indices[i]).CopyTo(images.AsSpan(i * Area));
            labels[i] = Labels[indices[i]];
        }
        return new DigitImages(name, images, labels, _mnistIndices is null ? null : [.. indices.Select(i => _mnistIndices[i])]);
    }

    /// <summary>One of the images, all equally likely.</summary>
    public int Draw(ref CounterRandom random, Span<byte> pixels) => Draw(ref random, pixels, out _);

    public int Draw(ref CounterRandom random, Span<byte> pixels, out int mnistIndex)
    {
        int index = random.NextInt(Count);
        Image(index).CopyTo(pixels);
        mnistIndex = MnistIndex(index);
        return Labels[index];
    }
}
