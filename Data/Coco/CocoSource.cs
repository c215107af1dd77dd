namespace FcnFromScratch.Data;

/// <summary>
/// Pictures of a COCO set as samples of one size, the largest width and height of the set: smaller ones have black at their right and below. Crowds are no
/// targets.
/// </summary>
/// <param name="indices">Which of the pictures, a list of a <see cref="Split"/>, say.</param>
public sealed class CocoSource(CocoSet set, IReadOnlyList<int> indices) : ISceneSource
{
    /// <summary>Of the classes, as the set numbers them.</summary>
    public IReadOnlyList<long> CategoryIds { get; } = [.. set.Categories.Select(category => category.Id)];

    public int Count => indices.Count;

    public IReadOnlyList<string> Classes { get; } = [.. set.Categories.Select(category => category.Name)];

    public SampleSpec Spec { get; } = ISceneSource.SpecOf(set.Height, set.Width, set.Most);

    public SceneObject[] Objects(int epoch, int position) => [.. Image(position).Objects];

    public (int Width, int Height) SizeOf(int position) => (Image(position).Picture.Width, Image(position).Picture.Height);

    /// <summary>The picture at a position.</summary>
    public CocoImage Image(int position) => set.Images[indices[position]];

    public void Read(int epoch, int position, Sample sample)
    {
        var (_, _, (width, height, _, pixels), objects) = Image(position);
        sample.Pixels.Clear();
        for (int y = 0; y < height; y++) pixels.AsSpan(y * width, width).CopyTo(sample.Pixels[(y * set.Width)..]);
        int count = 0;
        foreach (var item in objects)
            if (!item.IsCrowd) ISceneSource.Put(sample, count++, item.Box, item.Class);
        ISceneSource.PutNone(sample, count);
    }
}
