using FcnFromScratch.Training.Tasks.Classify;
using FcnFromScratch.Training.Tasks.Detect;
using FcnFromScratch.Training.Tasks.Segment;

namespace FcnFromScratch.Training.Tasks;

/// <summary>The table of tasks: a new one is a folder here and a row. The first is what <c>fcn train</c> does unless told otherwise.</summary>
public static class Tasks
{
    public static IReadOnlyList<ITask> All { get; } = [new SegmentTask(), new ClassifyTask(), new DetectTask()];
}
