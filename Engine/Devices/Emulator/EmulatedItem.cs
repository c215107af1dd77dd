using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Devices.Emulator;

/// <summary>A thread of the emulator as the work item that it runs. Only the thread that holds the baton runs; the others wait for it here.</summary>
internal sealed class EmulatedItem(GroupRunner runner) : WorkItem, IDisposable
{
    public const int Lanes = 32;

    private readonly AutoResetEvent _baton = new(false);
    private int _sharedBlocks;

    /// <summary>The linear index, in its group, of the work item this thread runs or is to begin with.</summary>
    public int Item;

    public override int WarpSize => Lanes;
    public override void Barrier() => runner.Wait(this, ItemState.AtBarrier);
    public override void WarpBarrier() => runner.Wait(this, ItemState.AtWarpBarrier);
    public override long Shuffle(long bits, int sourceLane) => runner.Shuffle(this, bits, sourceLane);
    public override ArrayView<T> AllocateShared<T>(int extent) => runner.SharedBlock<T>(_sharedBlocks++, extent);

    /// <summary>Begins work item <paramref name="item"/> of the group <paramref name="grid"/>.</summary>
    public void Begin(int item, Index3D grid, LaunchSize size)
    {
        Item = item;
        Grid = grid;
        GridDim = size.Grid;
        GroupDim = size.Group;
        Group = GroupRunner.Position(item, size.Group);
        _sharedBlocks = 0;
    }

    public void GiveBaton() => _baton.Set();

    public void AwaitBaton() => _baton.WaitOne();

    public void Dispose() => _baton.Dispose();
}
