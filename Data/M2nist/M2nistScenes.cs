namespace FcnFromScratch.Data;

/// <summary>Images of M2NIST as scenes: each digit with the box of its ink, as its list of digits has it.</summary>
/// <param name="indices">Which of the images, a list of a <see cref="Split"/>, say.</param>
public sealed class M2nistScenes : ISceneSource
{
    private readonly SegmentationData _data;
    private readonly IReadOnlyList<int> _indices;
    private readonly ILookup<int, SceneObject> _objects;

    /// <exception cref="DataException">The digits are not listed.</exception>
    public M2nistScenes(SegmentationData data, IReadOnlyList<int> indices)
    {
        var digits = data.Digits ?? throw new DataException(
            $"{data.Name}: digits.csv is missing, which says where digits are; 'fcn data index' makes it.");
        (_data, _indices) = (data, indices);
        _objects = digits.ToLookup(digit => digit.Image, digit => ToObject(data, digit));
        Spec = ISceneSource.SpecOf(data.Height, data.Width, Math.Max(1, _objects.Max(image => image.Count())));
    }

    public IReadOnlyList<string> Classes => SceneSource.DigitNames;

    public int Count => _indices.Count;

    public SampleSpec Spec { get; }

    public SceneObject[] Objects(int epoch, int position) => [.. _objects[_indices[position]]];

    public void Read(int epoch, int position, Sample sample)
    {
        _data.Image(_indices[position]).CopyTo(sample.Pixels);
        int count = 0;
        foreach (var item in _objects[_indices[position]]) ISceneSource.Put(sample, count++, item.Box, item.Class);
        ISceneSource.PutNone(sample, count);
    }

    private static SceneObject ToObject(SegmentationData data, PlacedDigit digit)
    {
        var mask = data.Mask(digit.Image);
        int area = 0;
        for (int y = digit.YMin; y <= digit.YMax; y++)
            for (int x = digit.XMin; x <= digit.XMax; x++)
                if (mask[y * data.Width + x] == digit.Label) area++;
        return new SceneObject(new(digit.XMin, digit.YMin, digit.XMax + 1, digit.YMax + 1), digit.Label, area);
    }
}
