namespace FcnFromScratch.Data;

/// <summary>
/// A digit in an image of <see cref="SegmentationData"/>: its 28×28 window begins at (<paramref name="X"/>, <paramref name="Y"/>);
/// its ink fills the box <paramref name="XMin"/> … <paramref name="YMax"/>, both ends inside. <paramref name="MnistIndex"/> is
/// <see cref="DigitImages.MnistIndex"/>.
/// </summary>
public readonly record struct PlacedDigit(int Image, int Slot, int X, int Y, int Label, int MnistIndex, int XMin, int YMin, int XMax, int YMax);

/// <summary>Grey images with a class for every pixel: 0 … 9 a digit, 10 background.</summary>
public sealed class SegmentationData
{
    public const int Classes = 11, Background = 10;

    private readonly Lazy<string> _sha256;

    /// <param name="name">For reports.</param>
    /// <param name="height">Rows of each image.</param>
    /// <param name="width">Columns of each image.</param>
    /// <param name="images">Pixels 0 … 255, <c>[count, height, width]</c>.</param>
    /// <param name="labels">Classes 0 … 10, same shape.</param>
    /// <param name="digits">The digits in the images, where they are known.</param>
    /// <exception cref="DataException">Images and labels disagree, or a label is out of range.</exception>
    public SegmentationData(string name, int height, int width, byte[] images, byte[] labels, IReadOnlyList<PlacedDigit>? digits = null)
    {
        int size = height * width;
        if (images.Length == 0 || images.Length % size != 0)
            throw new DataException($"{name}: {images.Length} pixels are no whole number of {height}×{width} images.");
        if (images.Length != labels.Length)
            throw new DataException($"{name}: images and masks disagree: {images.Length / size} images, {labels.Length / size} masks of {height}×{width}.");
        int bad = labels.AsSpan().IndexOfAnyInRange((byte)Classes, byte.MaxValue);
        if (bad >= 0)
        {
            throw new DataException($"{name}: label {labels[bad]} in image {bad / size} at row {bad % size / width}, column {bad % width}; "
                + $"labels are 0 to {Classes - 1}.");
        }
        (Name, Count, Height, Width, Images, Labels, Digits) = (name, images.Length / size, height, width, images, labels, digits);
        _sha256 = new Lazy<string>(() => ContentHash.Of(Images, Labels));
    }

    public string Name { get; }

    public int Count { get; }

    public int Height { get; }

    public int Width { get; }

    /// <summary>Pixels 0 … 255, <c>[Count, Height, Width]</c>.</summary>
    public byte[] Images { get; }

    /// <summary>Classes 0 … 10, <c>[Count, Height, Width]</c>.</summary>
    public byte[] Labels { get; }

    /// <summary>The digits in the images in the order of the images, or null where they are not known.</summary>
    public IReadOnlyList<PlacedDigit>? Digits { get; }

    /// <summary>Of the content, images then labels, in lower-case hexadecimal.</summary>
    public string Sha256 => _sha256.Value;

    /// <summary>What a sample of it is: a grey picture and the class of each pixel, "labels" [Height, Width].</summary>
    public SampleSpec Spec => new(Height, Width, 1, new TargetSpec("labels", TargetType.Int32, Height, Width));

    /// <summary>Classes as a target holds them.</summary>
    public static void Widen(ReadOnlySpan<byte> classes, Span<int> target)
    {
        for (int i = 0; i < classes.Length; i++) target[i] = classes[i];
    }

    public ReadOnlySpan<byte> Image(int index) => Images.AsSpan(index * Height * Width, Height * Width);

    public ReadOnlySpan<byte> Mask(int index) => Labels.AsSpan(index * Height * Width, Height * Width);
}
