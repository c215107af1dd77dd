namespace FcnFromScratch.Engine.Devices;

/// <summary>Every kernel of the engine, with its C#, OpenCL C and CUDA C.</summary>
public static class KernelCatalog
{
    /// <summary>In the order of their names.</summary>
    public static IReadOnlyList<KernelInfo> All => GeneratedKernels.All;

    /// <summary>The kernel of that name (<c>Class.Method</c>, or the method alone if only one class has it), whatever the case.</summary>
    /// <exception cref="EngineException">No kernel or several have the name; names the nearest.</exception>
    public static KernelInfo Find(string name)
    {
        var found = All.Where(kernel => Same(kernel.Name, name)).ToList();
        if (found.Count == 0) found = All.Where(kernel => Same(Method(kernel), name)).ToList();
        if (found.Count == 1) return found[0];
        if (found.Count > 1)
            throw new EngineException($"several kernels are called '{name}': {string.Join(", ", found.Select(kernel => kernel.Name))}; write the class too");
        var nearest = All.MinBy(kernel => Math.Min(Distance(kernel.Name), Distance(Method(kernel))));
        throw new EngineException($"no kernel is called '{name}'; " + (nearest is null ? "this build has none" : $"did you mean '{nearest.Name}'?"));

        int Distance(string known) => EditDistance.Between(name, known, ignoreCase: true);
    }

    private static string Method(KernelInfo kernel) => kernel.Name[(kernel.Name.LastIndexOf('.') + 1)..];

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
}
