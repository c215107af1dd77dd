using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Devices;

/// <summary>One recorded piece of device work, its arguments bound. Recorded once, run many times.</summary>
public abstract class Launch
{
    /// <summary>The kernel or the SIMD code, for profiles and errors.</summary>
    public abstract string Name { get; }

    /// <summary>The name of the graph node that asked for this launch, for profiles and errors.</summary>
    public string? NodeName { get; set; }
}

/// <summary>A recorded launch of the SIMD code that an op brings for the cpu device.</summary>
public abstract class CpuLaunch : Launch
{
    public override string Name => GetType() is { DeclaringType: { } op } type ? $"{op.Name}.{type.Name}" : GetType().Name;

    /// <summary>Does the work on the calling thread and the team's workers; returns when all of it is done.</summary>
    public abstract void Run(Cpu.ThreadTeam team);
}

/// <summary>A recorded launch of a C# kernel. The compiler generates one sealed class for each kernel.</summary>
public abstract class KernelLaunch(KernelInfo kernel, LaunchSize size) : Launch
{
    /// <summary>What is launched.</summary>
    public KernelInfo Kernel { get; } = kernel;

    /// <summary>How many work items.</summary>
    public LaunchSize Size { get; } = size;
    public override string Name => Kernel.Name;

    /// <summary>Hands the arguments to a native device, in the order of the translated kernel's parameters.</summary>
    public abstract void Bind(IArgumentBinder binder);

    /// <summary>
    /// Runs work items as plain C#. For an implicit kernel: the items [begin, end) of the launch in linear order.
    /// For an explicit kernel: the one work item that <see cref="WorkItem.Current"/> describes; both arguments are ignored.
    /// </summary>
    public abstract void RunItems(long begin, long end);
}

/// <summary>Receives a kernel's arguments in order.</summary>
public interface IArgumentBinder
{
    /// <summary>A pointer to the view's first element.</summary>
    void View<T>(ArrayView<T> view) where T : unmanaged;

    /// <summary>A scalar or a struct of scalars, by value.</summary>
    void Value<T>(T value) where T : unmanaged;

    /// <summary>A constant for the compiler: the macro SPECIALIZED_{name}.</summary>
    void Specialized(string name, int value);
}

/// <summary>The groups of an explicit launch, ILGPU's KernelConfig.</summary>
public readonly record struct KernelConfig(Index3D GridDim, Index3D GroupDim);

/// <summary>How many work items a launch has: a flat number (implicit kernels), or groups of items (explicit kernels).</summary>
public readonly record struct LaunchSize(long Items, Index3D Grid, Index3D Group)
{
    /// <summary>Groups are up to the device; items past the end return at once.</summary>
    public bool IsImplicit => Group.X == 0;

    /// <summary>That many items; groups are up to the device.</summary>
    public static LaunchSize Implicit(long items) => items >= 0 ? new(items, default, default)
        : throw new EngineException($"a launch of {items} work items: a tensor has more than 2^31 elements; use a smaller batch");

    /// <summary>Groups as the caller wants them.</summary>
    public static LaunchSize Explicit(KernelConfig config) =>
        new((long)config.GridDim.X * config.GridDim.Y * config.GridDim.Z * config.GroupDim.Size, config.GridDim, config.GroupDim);
}
