using FcnFromScratch.Data;

namespace FcnFromScratch.Training.Tasks.Classify;

/// <summary>Labelled vectors of pixels less 128, some of them others that are shifted.</summary>
internal sealed class VirtualSamples
{
    private const float Ground = -128;

    private readonly float[] _vectors;
    private readonly (int Index, int Down, int Right)[] _samples;
    private readonly int[][] _ofClass;

    /// <param name="vectors">[labels, 28 · 28].</param>
    public VirtualSamples(float[] vectors, int[] labels) : this(vectors, [.. labels.Select((_, i) => (i, 0, 0))], labels) { }

    private VirtualSamples(float[] vectors, (int, int, int)[] samples, int[] labels)
    {
        (_vectors, _samples) = (vectors, samples);
        var ofClass = Enumerable.Range(0, labels.Length).ToLookup(i => labels[i]);
        _ofClass = [.. Enumerable.Range(0, labels.DefaultIfEmpty(-1).Max() + 1).Select(label => ofClass[label].ToArray())];
    }

    public int Count => _samples.Length;

    /// <summary>Which samples are of a class, ascending.</summary>
    public int[] Of(int label) => label < _ofClass.Length ? _ofClass[label] : [];

    /// <summary>[samples, 28 · 28].</summary>
    public float[] Vectors(int[] samples)
    {
        const int side = DigitImages.Side;
        var vectors = new float[samples.Length * DigitImages.Area];
        Array.Fill(vectors, Ground);
        foreach (var (n, sample) in samples.Index())
        {
            var (index, down, right) = _samples[sample];
            for (int y = Math.Max(0, down); y < Math.Min(side, side + down); y++)
            {
                int width = side - Math.Abs(right), from = index * DigitImages.Area + (y - down) * side + Math.Max(0, -right);
                _vectors.AsSpan(from, width).CopyTo(vectors.AsSpan(n * DigitImages.Area + y * side + Math.Max(0, right)));
            }
        }
        return vectors;
    }

    /// <summary>Some of these samples, and each also shifted by so many pixels up, down, left and right.</summary>
    public VirtualSamples Shifted(int[] samples, int pixels)
    {
        (int Down, int Right)[] shifts = [(0, 0), (-pixels, 0), (pixels, 0), (0, -pixels), (0, pixels)];
        int[] labels = new int[_samples.Length];
        foreach (var (label, members) in _ofClass.Index())
            foreach (int member in members) labels[member] = label;
        var shifted =
            from shift in shifts
            from sample in samples
            let at = _samples[sample]
            select (Sample: (at.Index, at.Down + shift.Down, at.Right + shift.Right), Label: labels[sample]);
        return new VirtualSamples(_vectors, [.. shifted.Select(s => s.Sample)], [.. shifted.Select(s => s.Label)]);
    }
}
