namespace FcnFromScratch.Data;

/// <summary>The images of a data set that <paramref name="indices"/> names, a list of a <see cref="Split"/>, say; the same in every epoch.</summary>
public sealed class SegmentationSource(SegmentationData data, IReadOnlyList<int> indices) : ISampleSource
{
    public int Count => indices.Count;

    public SampleSpec Spec { get; } = data.Spec;

    public void Read(int epoch, int position, Sample sample)
    {
        data.Image(indices[position]).CopyTo(sample.Pixels);
        SegmentationData.Widen(data.Mask(indices[position]), sample.Ints(0));
    }
}

/// <summary>
/// Samples of <paramref name="real"/>, of which in every epoch another <paramref name="share"/> (0 … 1) gives way to images newly composed from
/// <paramref name="digits"/>. What is drawn is a function of (seed, epoch, position).
/// </summary>
public sealed class AugmentedSource(ISampleSource real, IDigitSource digits, double share, ulong seed) : ISampleSource
{
    public int Count => real.Count;

    public SampleSpec Spec => real.Spec;

    public void Read(int epoch, int position, Sample sample)
    {
        var random = new CounterRandom(seed, RandomStream.Augmentation, (uint)epoch, (uint)position);
        if (random.NextFloat() >= share)
        {
            real.Read(epoch, position, sample);
            return;
        }
        Span<byte> mask = stackalloc byte[M2nist.Height * M2nist.Width];
        M2nistComposer.Compose(ref random, digits, sample.Pixels, mask);
        SegmentationData.Widen(mask, sample.Ints(0));
    }
}
