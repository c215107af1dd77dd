using FcnFromScratch.Data;

namespace FcnFromScratch.Training.Tasks.Detect;

/// <summary>Something that a detector found in a picture.</summary>
/// <param name="Class">Counted from 0, in the order of the set's class names.</param>
/// <param name="Score">The higher, the surer.</param>
internal sealed record Detection(Box Box, int Class, double Score);

/// <summary>What a picture shows and what a detector found in it.</summary>
/// <param name="Position">The picture's position in its source.</param>
/// <param name="Found">In any order; of equal scores the first counts as the surer.</param>
internal sealed record DetectedPicture(int Position, IReadOnlyList<SceneObject> Truth, IReadOnlyList<Detection> Found);
