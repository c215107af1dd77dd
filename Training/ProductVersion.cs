using System.Reflection;

namespace FcnFromScratch.Training;

/// <summary>The program's version and commit, as reports, weights and benchmarks name it.</summary>
public static class ProductVersion
{
    public static string Text { get; } =
        typeof(ProductVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
