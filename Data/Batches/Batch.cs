namespace FcnFromScratch.Data;

/// <summary>One target of all samples of a batch.</summary>
public sealed class BatchTarget
{
    internal BatchTarget(TargetSpec spec, int size)
    {
        Spec = spec;
        Ints = spec.Type == TargetType.Int32 ? new int[size * spec.Length] : [];
        Floats = spec.Type == TargetType.Float32 ? new float[size * spec.Length] : [];
    }

    public TargetSpec Spec { get; }

    /// <summary>An integer target's elements, <c>[size, …Shape]</c>; −1 (to be ignored) in the samples beyond the batch's count. Else empty.</summary>
    public int[] Ints { get; }

    /// <summary>A float target's elements, <c>[size, …Shape]</c>; 0 in the samples beyond the batch's count. Else empty.</summary>
    public float[] Floats { get; }

    internal Span<T> Of<T>(T[] values, int slot) => values.AsSpan(slot * Spec.Length, Spec.Length);

    internal void Clear(int from)
    {
        if (Ints.Length > 0) Ints.AsSpan(from * Spec.Length).Fill(-1);
        if (Floats.Length > 0) Floats.AsSpan(from * Spec.Length).Clear();
    }
}

/// <summary>Samples as a network takes them, side by side in arrays of a fixed size.</summary>
public sealed class Batch
{
    private readonly byte[] _pixels;
    private readonly BatchTarget[] _targets;

    /// <param name="size">Samples there is room for.</param>
    public Batch(SampleSpec spec, int size)
    {
        Spec = spec;
        Size = size;
        Images = new float[size * spec.PixelCount];
        _targets = [.. spec.Targets.Select(target => new BatchTarget(target, size))];
        _pixels = new byte[Images.Length];
    }

    public SampleSpec Spec { get; }
    public int Size { get; }

    /// <summary>Pictures by <see cref="Preprocessing"/>, <c>[size, height, width, channels]</c>; black beyond <see cref="Count"/>.</summary>
    public float[] Images { get; }

    /// <summary>In the order of <see cref="SampleSpec.Targets"/>.</summary>
    public IReadOnlyList<BatchTarget> Targets => _targets;

    /// <summary>Samples that are real.</summary>
    public int Count { get; private set; }

    /// <summary>The pixels 0 … 255 of a sample, <c>[height, width, channels]</c>.</summary>
    public Span<byte> PixelsOf(int slot) => _pixels.AsSpan(slot * Spec.PixelCount, Spec.PixelCount);

    /// <summary>Fills the batch with the samples at some positions, at most <see cref="Size"/>; the rest is marked to be ignored.</summary>
    public void Read(ISampleSource source, int epoch, ReadOnlySpan<int> positions)
    {
        Count = positions.Length;
        for (int slot = 0; slot < Count; slot++) source.Read(epoch, positions[slot], new Sample(this, slot));
        _pixels.AsSpan(Count * Spec.PixelCount).Clear();
        foreach (var target in _targets) target.Clear(from: Count);
        Preprocessing.Normalise(_pixels, Images);
    }
}
