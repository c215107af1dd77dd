namespace FcnFromScratch.Data;

/// <summary>Where single digits come from: a set of images or a generator.</summary>
public interface IDigitSource
{
    /// <summary>Fills 28×28 grey pixels, some of them ink above 0, and returns the digit. The same numbers draw the same digit.</summary>
    int Draw(ref CounterRandom random, Span<byte> pixels);
}

/// <summary>Labelled digits in MNIST's form: grey, 28×28, ink on 0.</summary>
public sealed class DigitImages : IDigitSource
{
    public const int Side = 28, Area = Side * Side;

    /// <param name="name">For messages and reports.</param>
    /// <param name="images">Pixels, <c>[count, 28, 28]</c>.</param>
    /// <param name="labels">Digits 0 … 9, <c>[count]</c>.</param>
    /// <exception cref="DataException">Images and labels disagree, or a label is no digit.</exception>
    public DigitImages(string name, byte[] images, byte[] labels)
    {
        if (images.Length != (long)labels.Length * Area)
            throw new DataException($"{name}: images and labels disagree: {images.Length / Area} images, {labels.Length} labels.");
        int bad = labels.AsSpan().IndexOfAnyInRange((byte)10, byte.MaxValue);
        if (bad >= 0) throw new DataException($"{name}: label {labels[bad]} of image {bad}; labels are 0 to 9.");
        (Name, Images, Labels) = (name, images, labels);
    }

    public string Name { get; }

    public int Count => Labels.Length;

    /// <summary>Pixels, <c>[Count, 28, 28]</c>.</summary>
    public byte[] Images { get; }

    /// <summary>Digits 0 … 9, <c>[Count]</c>.</summary>
    public byte[] Labels { get; }

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
        return new DigitImages(name, images, labels);
    }

    /// <summary>One of the images, all equally likely.</summary>
    public int Draw(ref CounterRandom random, Span<byte> pixels)
    {
        int index = random.NextInt(Count);
        Image(index).CopyTo(pixels);
        return Labels[index];
    }
}
