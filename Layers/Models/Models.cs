namespace FcnFromScratch.Layers;

/// <summary>The table of networks: a new one is a file here and a row.</summary>
public static class Models
{
    public static IReadOnlyList<Model> All { get; } =
    [
        .. Fcn8.Family.Select(f => Fcn8.Variant(f.Name, f.Description, f.Options)), .. Classifiers.Family, .. Detectors.Family,
    ];

    /// <summary>Those of a task, the one to take first unless told otherwise.</summary>
    public static IReadOnlyList<Model> Of(string task) => [.. All.Where(model => model.Task == task)];
}
