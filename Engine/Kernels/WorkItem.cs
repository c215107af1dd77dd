using FcnFromScratch.Engine.Devices;

namespace FcnFromScratch.Engine.Kernels;

/// <summary>
/// The work item that the current thread stands for while a kernel runs as plain C#: where it is, and how it meets its group.
/// Devices that run kernels as C# set <see cref="Current"/>; this base knows no group and refuses what needs one.
/// </summary>
public class WorkItem
{
    [ThreadStatic] private static WorkItem? s_current;

    private readonly List<HostBuffer> _localBlocks = [];
    private long _localUsed;

    /// <summary>That of this thread.</summary>
    public static WorkItem Current
    {
        get => s_current ??= new WorkItem();
        set => s_current = value;
    }

    /// <summary>Where it is, and how large group and grid are.</summary>
    public Index3D Grid, GridDim = new(1, 1, 1), Group, GroupDim = new(1, 1, 1);

    /// <summary>Lanes of a warp.</summary>
    public virtual int WarpSize => 1;

    /// <summary>Waits for the group.</summary>
    public virtual void Barrier() => throw NeedsGroup("Group.Barrier()");

    /// <summary>Waits for the warp.</summary>
    public virtual void WarpBarrier() => throw NeedsGroup("Warp.Barrier()");

    /// <summary>Another lane's bits.</summary>
    public virtual long Shuffle(long bits, int sourceLane) => throw NeedsGroup("Warp.Shuffle");

    /// <summary>Memory of the group: what its first item asks for, all get.</summary>
    public virtual ArrayView<T> AllocateShared<T>(int extent) where T : unmanaged => throw NeedsGroup("SharedMemory.Allocate");

    /// <summary>Forgets the local memory of the previous work item on this thread.</summary>
    public void BeginItem() => _localUsed = 0;

    /// <summary>Frees the local memory of all work items that ran on this thread.</summary>
    public void FreeLocal()
    {
        foreach (var block in _localBlocks) block.Dispose();
        _localBlocks.Clear();
        _localUsed = 0;
    }

    /// <summary>Memory of this item, until the next begins.</summary>
    public unsafe ArrayView<T> AllocateLocal<T>(int extent) where T : unmanaged
    {
        long bytes = (extent * (long)sizeof(T) + 15) & ~15L;
        if (_localBlocks.Count == 0 || _localUsed + bytes > _localBlocks[^1].LengthInBytes)
        {
            // Views of the old block may still be alive in this item; it is left to them and a larger one begins.
            _localBlocks.Add(new HostBuffer(Math.Max(64 * 1024, 2 * bytes), "local memory"));
            _localUsed = 0;
        }
        var view = new ArrayView<T>(_localBlocks[^1], _localUsed, extent);
        _localUsed += bytes;
        return view;
    }

    private static KernelFaultException NeedsGroup(string what) =>
        new($"{what} needs the work items of a group at once, and this device runs them one by one; use the emulator");
}
