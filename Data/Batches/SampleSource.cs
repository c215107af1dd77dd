namespace FcnFromScratch.Data;

/// <summary>Numbered samples of one size, read from memory or made on the fly. Must give the same sample for the same (epoch, position).</summary>
public interface ISampleSource
{
    int Count { get; }

    int Height { get; }

    int Width { get; }

    /// <summary>Fills pixels 0 … 255 and classes, both <c>[Height, Width]</c>, of sample <paramref name="position"/> in 0 … <see cref="Count"/> − 1.</summary>
    void Read(int epoch, int position, Span<byte> image, Span<byte> labels);
}

/// <summary>The images of a data set that <paramref name="indices"/> names, a list of a <see cref="Split"/>, say; the same in every epoch.</summary>
public sealed class DataSource(SegmentationData data, IReadOnlyList<int> indices) : ISampleSource
{
    public int Count => indices.Count;

    public int Height => data.Height;

    public int Width => data.Width;

    public void Read(int epoch, int position, Span<byte> image, Span<byte> labels)
    {
        data.Image(indices[position]).CopyTo(image);
        data.Mask(indices[position]).CopyTo(labels);
    }
}

/// <summary>
/// Samples of <paramref name="real"/>, of which in every epoch another <paramref name="share"/> (0 … 1) gives way to images newly composed from
/// <paramref name="digits"/>. What is drawn is a function of (seed, epoch, position).
/// </summary>
public sealed class AugmentedSource(ISampleSource real, IDigitSource digits, double share, ulong seed) : ISampleSource
{
    public int Count => real.Count;

    public int Height => real.Height;

    public int Width => real.Width;

    public void Read(int epoch, int position, Span<byte> image, Span<byte> labels)
    {
        var random = new CounterRandom(seed, RandomStream.Augmentation, (uint)epoch, (uint)position);
        if (random.NextFloat() < share) M2nistComposer.Compose(ref random, digits, image, labels);
        else real.Read(epoch, position, image, labels);
    }
}
