namespace FcnFromScratch.Engine.Devices.Native;

/// <summary>Launches bound to a driver's handles, so that a run only enqueues.</summary>
/// <typeparam name="TEntry">What is kept of a launch; freed by <see cref="Free"/>.</typeparam>
/// <param name="mostItems">Work items in a group at most, by axis.</param>
internal abstract class NativeCommandList<TEntry>(NativeDevice device, (long X, long Y, long Z) mostItems) : CommandList
{
    protected List<TEntry> Entries { get; } = [];

    /// <summary>Adds all launches that have work items, or none. For the constructors of derived classes, when their fields are set.</summary>
    protected void AddAll(IReadOnlyList<Launch> launches)
    {
        try
        {
            foreach (var launch in launches)
            {
                var kernel = launch as KernelLaunch
                    ?? throw new EngineException($"'{launch.Name}' is code of the cpu device; {device.Name} runs kernels only");
                if (kernel.Size.Items > 0) Add(kernel, new BoundArguments(device, kernel));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Compiles a kernel and adds its entry, from where on it is freed with the others.</summary>
    protected abstract void Add(KernelLaunch launch, BoundArguments bound);

    protected abstract void Free(TEntry entry);

    /// <summary>Throws where the groups of an explicit launch are larger than the device, or the compiled kernel on it, allows.</summary>
    protected void CheckGroup(KernelLaunch launch, long limit)
    {
        if (launch.Size.IsImplicit) return;
        var group = launch.Size.Group;
        if (group.Size > limit || group.X > mostItems.X || group.Y > mostItems.Y || group.Z > mostItems.Z)
            throw new EngineException(
                $"kernel '{launch.Name}' asks for groups of {group.X}x{group.Y}x{group.Z} = {group.Size} work items; "
                + $"{device.Name} allows {limit} for it, {mostItems.X}x{mostItems.Y}x{mostItems.Z} by axis");
    }

    public override void Dispose()
    {
        foreach (var entry in Entries) Free(entry);
        Entries.Clear();
        base.Dispose();
    }
}
