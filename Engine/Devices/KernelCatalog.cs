namespace FcnFromScratch.Engine.Devices;

/// <summary>Every kernel of the engine, with its C#, OpenCL C and CUDA C.</summary>
public static class KernelCatalog
{
    /// <summary>In the order of their names.</summary>
    public static IReadOnlyList<KernelInfo> All => GeneratedKernels.All;

    /// <summary>The kernel of that name (<c>Class.Method</c>, or the method alone if only one class has it), whatever the case.</summary>
    /// <exception cref="EngineException">No kernel or several have the name; names one that is near.</exception>
    public static KernelInfo Find(string name)
    {
        var found = All.Where(kernel => Same(kernel.Name, name)).ToList();
        if (found.Count == 0) found = All.Where(kernel => Same(Method(kernel), name)).ToList();
        if (found.Count == 1) return found[0];
        if (found.Count > 1)
            throw new EngineException($"several kernels are called '{name}': {string.Join(", ", found.Select(kernel => kernel.Name))}; write the class too");
        var nearest = EditDistance.Nearest(name, All.Select(kernel => kernel.Name).Concat(All.Select(Method).Distinct()));
        throw new EngineException($"no kernel is called '{name}'{(nearest is null ? "" : $"; did you mean '{nearest}'?")}");
    }

    private static string Method(KernelInfo kernel) => kernel.Name[(kernel.Name.LastIndexOf('.') + 1)..];

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
}
