namespace FcnFromScratch.Data;

/// <summary>Single digits as samples of 28×28 pixels with the target "labels" [1, 1], the digit.</summary>
/// <param name="indices">Which of the images, a list of a <see cref="Split"/>, say.</param>
public sealed class DigitSource(DigitImages images, IReadOnlyList<int> indices) : ISampleSource
{
    /// <summary>What a sample of a single digit is.</summary>
    public static SampleSpec Form { get; } = new(DigitImages.Side, DigitImages.Side, 1, new TargetSpec("labels", TargetType.Int32, 1, 1));

    public int Count => indices.Count;

    public SampleSpec Spec => Form;

    public void Read(int epoch, int position, Sample sample)
    {
        images.Image(indices[position]).CopyTo(sample.Pixels);
        sample.Ints(0)[0] = images.Labels[indices[position]];
    }
}

/// <summary>
/// Digits of which in every epoch another <paramref name="share"/> (0 … 1) gives way to new ones. What is drawn is a function of (seed, epoch, position).
/// </summary>
public sealed class FreshDigits(ISampleSource kept, IDigitSource digits, double share, ulong seed) : ISampleSource
{
    public int Count => kept.Count;

    public SampleSpec Spec => kept.Spec;

    public void Read(int epoch, int position, Sample sample)
    {
        // Counted from 1: epoch 0 is that of the digits that are made once.
        var random = new CounterRandom(seed, RandomStream.Digit, (uint)epoch + 1, (uint)position);
        if (random.NextFloat() < share) sample.Ints(0)[0] = digits.Draw(ref random, sample.Pixels);
        else kept.Read(epoch, position, sample);
    }
}

/// <summary>
/// Digits of another source, of which in every epoch another share comes warped. How is a function of (seed, epoch, position).
/// </summary>
/// <param name="share">Of an epoch, from 0: 0 … 1.</param>
public sealed class WarpedDigits(ISampleSource digits, Func<int, double> share, ulong seed) : ISampleSource
{
    public int Count => digits.Count;

    public SampleSpec Spec => digits.Spec;

    public void Read(int epoch, int position, Sample sample)
    {
        digits.Read(epoch, position, sample);
        var random = new CounterRandom(seed, RandomStream.Augmentation, (uint)epoch, (uint)position);
        if (random.NextFloat() < share(epoch)) Warp.Apply(ref random, sample.Pixels);
    }
}
