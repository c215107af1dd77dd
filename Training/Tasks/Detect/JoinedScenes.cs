using FcnFromScratch.Data;

namespace FcnFromScratch.Training.Tasks.Detect;

/// <summary>Scenes of several sources of one make, one after the other.</summary>
internal sealed class JoinedScenes(IReadOnlyList<ISceneSource> sources) : ISceneSource
{
    public IReadOnlyList<string> Classes => sources[0].Classes;

    public int Count => sources.Sum(source => source.Count);

    public SampleSpec Spec => sources[0].Spec;

    public void Read(int epoch, int position, Sample sample)
    {
        var (source, at) = Find(position);
        source.Read(epoch, at, sample);
    }

    public SceneObject[] Objects(int epoch, int position)
    {
        var (source, at) = Find(position);
        return source.Objects(epoch, at);
    }

    private (ISceneSource Source, int Position) Find(int position)
    {
        int i = 0;
        for (; position >= sources[i].Count; i++) position -= sources[i].Count;
        return (sources[i], position);
    }
}
