namespace FcnFromScratch.Data;

/// <summary>What classes may be called whose names come from a file: they are printed, drawn, and keys of JSON.</summary>
public static class ClassNames
{
    /// <summary>As many as a byte tells apart, beside one value for none of them.</summary>
    public const int Most = 255;

    /// <summary>What is wrong with names, in words; null where nothing is.</summary>
    public static string? Fault(IReadOnlyList<string> names)
    {
        if (names.Count > Most) return $"{names.Count} classes are more than {Most}";
        if (names.Contains("")) return "the name of a class is empty";
        if (names.FirstOrDefault(name => ForeignText.Name(name) != name) is { } wild)
            return $"the class name {ForeignText.Quoted(wild)} has characters that are not printed";
        var twice = names.GroupBy(name => name).FirstOrDefault(alike => alike.Count() > 1);
        return twice is null ? null : $"two classes have the name {ForeignText.Quoted(twice.Key)}";
    }
}
