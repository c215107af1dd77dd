using FcnFromScratch.Data;

namespace FcnFromScratch.Training;

/// <summary>What a sample shows.</summary>
/// <param name="Names">The names of its objects' classes from left to right.</param>
/// <param name="Objects">Where they are; null where the sample is one object as a whole.</param>
public sealed record Truth(string Names, IReadOnlyList<(string Class, Box Box)>? Objects)
{
    /// <summary>Objects with their boxes, in any order.</summary>
    public static Truth Of(IEnumerable<(string Class, Box Box)> objects)
    {
        (string Class, Box Box)[] ordered = [.. objects.OrderBy(o => o.Box.XMin + o.Box.XMax).ThenBy(o => o.Box.YMin)];
        return new Truth(string.Concat(ordered.Select(o => o.Class)), ordered);
    }
}
