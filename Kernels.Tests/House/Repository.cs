namespace FcnFromScratch.Kernels.Tests.House;

/// <summary>The files that this program is built from. Paths are from the repository's root, with slashes.</summary>
internal static class Repository
{
    private static readonly string[] s_built = ["bin", "obj"];

    private static readonly string s_root = Docs.Page.InRepository("");

    /// <summary>Folders of the projects that are the product; tests are not.</summary>
    public static IReadOnlyList<string> Projects { get; } =
        [.. Directory.GetDirectories(s_root).Where(folder => Directory.EnumerateFiles(folder, "*.csproj").Any()).Select(Path.GetFileName).OfType<string>()
            .Where(name => !name.EndsWith(".Tests", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    public static string At(string path) => Path.Combine(s_root, path);

    /// <summary>The C# files below a folder, without those that a build has made.</summary>
    public static IReadOnlyList<string> Sources(string folder) =>
        [.. Directory.EnumerateFiles(At(folder), "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(s_root, path).Replace('\\', '/')).Where(path => !path.Split('/').Intersect(s_built).Any())
            .Order(StringComparer.Ordinal)];
}
