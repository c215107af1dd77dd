namespace FcnFromScratch.Data;

/// <summary>What the elements of a target are.</summary>
public enum TargetType { Int32, Float32 }

/// <summary>Something a network is to say of a picture: classes of its pixels, a label, boxes.</summary>
/// <param name="Name">Also that of the graph's input that takes it.</param>
/// <param name="Shape">Of one sample; empty for a single value.</param>
public sealed record TargetSpec(string Name, TargetType Type, params IReadOnlyList<int> Shape)
{
    /// <summary>Elements of one sample.</summary>
    public int Length { get; } = Shape.Aggregate(1, (length, size) => checked(length * size));
}

/// <summary>What a sample is made of: a picture of <c>[Height, Width, Channels]</c> and its targets.</summary>
public sealed record SampleSpec(int Height, int Width, int Channels, params IReadOnlyList<TargetSpec> Targets)
{
    /// <summary>Pixels of one picture, channels counted.</summary>
    public int PixelCount => Height * Width * Channels;
}

/// <summary>The room of one sample in a <see cref="Batch"/>, to be filled whole by its source.</summary>
public readonly ref struct Sample
{
    private readonly Batch _batch;
    private readonly int _slot;

    internal Sample(Batch batch, int slot) => (_batch, _slot) = (batch, slot);

    /// <summary>Pixels 0 … 255, <c>[Height, Width, Channels]</c>.</summary>
    public Span<byte> Pixels => _batch.PixelsOf(_slot);

    /// <summary>The elements of an integer target.</summary>
    public Span<int> Ints(int target) => _batch.Targets[target].Of(_batch.Targets[target].Ints, _slot);

    /// <summary>The elements of a float target.</summary>
    public Span<float> Floats(int target) => _batch.Targets[target].Of(_batch.Targets[target].Floats, _slot);
}

/// <summary>Numbered samples of one make, read from memory or made on the fly. Must give the same sample for the same (epoch, position).</summary>
public interface ISampleSource
{
    int Count { get; }

    SampleSpec Spec { get; }

    /// <summary>Fills the room of a sample with the one at <paramref name="position"/>, 0 … <see cref="Count"/> − 1.</summary>
    void Read(int epoch, int position, Sample sample);
}
