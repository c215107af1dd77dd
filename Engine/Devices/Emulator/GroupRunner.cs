using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Devices.Emulator;

internal enum ItemState : byte { NotStarted, Running, Ready, AtBarrier, AtWarpBarrier, AtShuffle, Ended }

/// <summary>
/// Runs the groups of an explicit launch one after the other. Each work item that waits keeps a thread, but one thread runs at a
/// time: it holds a baton and hands it on, in item order, when its item waits or ends. So the order is always the same, and the
/// group's state needs no locks. When no item can run, the barriers that are complete open; if none is, the kernel is at fault.
/// </summary>
internal sealed class GroupRunner : IDisposable
{
    /// <summary>What devices surely offer (CUDA without opting in to more).</summary>
    private const int MaxSharedBytes = 48 * 1024;

    private readonly ItemState[] _state = new ItemState[EmulatorDevice.MaxGroupSize];
    private readonly EmulatedItem[] _holder = new EmulatedItem[EmulatorDevice.MaxGroupSize];
    private readonly long[] _bits = new long[EmulatorDevice.MaxGroupSize];
    private readonly int[] _sourceLane = new int[EmulatorDevice.MaxGroupSize];
    private readonly Stack<EmulatedItem> _idle = new();
    private readonly List<(EmulatedItem Item, Thread Thread)> _workers = [];
    private readonly List<HostBuffer> _shared = [];
    private readonly EmulatedItem _caller;
    private int _items, _sharedUsed;
    private long _sharedBytes;
    private Index3D _grid;
    private KernelLaunch _launch = null!;
    private KernelFaultException? _fault;
    private bool _closing;

    public GroupRunner() => _caller = new EmulatedItem(this);

    /// <summary>Runs all groups of the launch, x fastest; throws the first fault.</summary>
    public void Run(KernelLaunch launch)
    {
        var outer = WorkItem.Current;
        WorkItem.Current = _caller;
        _launch = launch;
        _items = launch.Size.Group.Size;
        _fault = null;
        try
        {
            for (int i = 0; i < launch.Size.Grid.Size && _fault is null; i++) RunGroup(Position(i, launch.Size.Grid));
            if (_fault is not null) throw _fault;
        }
        finally
        {
            WorkItem.Current = outer;
            _caller.FreeLocal();
            foreach (var (item, _) in _workers) item.FreeLocal();
            foreach (var block in _shared) block.Dispose();
            _shared.Clear();
        }
    }

    public static Index3D Position(int linear, Index3D extent) =>
        new(linear % extent.X, linear / extent.X % extent.Y, linear / (extent.X * extent.Y));

    public static string AtNode(Launch launch) => launch.NodeName is null ? "" : $" (node '{launch.NodeName}')";

    private void RunGroup(Index3D grid)
    {
        _grid = grid;
        _sharedUsed = 0;
        _sharedBytes = 0;
        Array.Fill(_state, ItemState.NotStarted, 0, _items);
        // The baton comes back to the caller when the last item of the group has ended.
        if (!RunItemsFrom(_caller, 0)) _caller.AwaitBaton();
    }

    /// <summary>
    /// Runs items on the thread of <paramref name="self"/> until the baton must go elsewhere; true if the group is over and the baton still here.
    /// </summary>
    private bool RunItemsFrom(EmulatedItem self, int item)
    {
        while (item >= 0 && _state[item] == ItemState.NotStarted)
        {
            _state[item] = ItemState.Running;
            _holder[item] = self;
            self.Begin(item, _grid, _launch.Size);
            try
            {
                _launch.RunItems(0, 1);
            }
            catch (GroupAbandonedException)
            {
            }
            catch (Exception e)
            {
                _fault ??= new KernelFaultException($"{Where()}, work item {Text(self.Group)}: {e.Message}", e);
            }
            _state[item] = ItemState.Ended;
            item = NextAfter(item);
        }
        if (item < 0 && self == _caller) return true;
        if (self != _caller) _idle.Push(self);
        HandTo(item);
        return false;
    }

    /// <summary>Called by the item that runs: waits at a barrier until it opens.</summary>
    public void Wait(EmulatedItem self, ItemState at)
    {
        int item = self.Item;
        _state[item] = at;
        int next = NextAfter(item);
        if (next != item)
        {
            HandTo(next);
            self.AwaitBaton();
        }
        if (_fault is not null) throw new GroupAbandonedException();
        _state[item] = ItemState.Running;
    }

    public long Shuffle(EmulatedItem self, long bits, int sourceLane)
    {
        _bits[self.Item] = bits;
        _sourceLane[self.Item] = sourceLane & (EmulatedItem.Lanes - 1);
        Wait(self, ItemState.AtShuffle);
        return _bits[self.Item];
    }

    public unsafe ArrayView<T> SharedBlock<T>(int block, int extent) where T : unmanaged
    {
        long bytes = (long)extent * sizeof(T);
        string name = $"shared memory #{block + 1}";
        if (block == _sharedUsed)
        {
            _sharedBytes += bytes;
            if (_sharedBytes > MaxSharedBytes)
                throw new KernelFaultException($"{_sharedBytes} bytes of shared memory; a group has {MaxSharedBytes}");
            if (block == _shared.Count) _shared.Add(new HostBuffer(bytes, name));
            else if (_shared[block].LengthInBytes != bytes)
            {
                _shared[block].Dispose();
                _shared[block] = new HostBuffer(bytes, name);
            }
            // All ones is NaN as a float and −1 as an integer: a read before the first write shows.
            new Span<byte>((void*)_shared[block].HostPointer, (int)bytes).Fill(0xFF);
            _sharedUsed++;
        }
        else if (_shared[block].LengthInBytes != bytes)
            throw new KernelFaultException($"{name} is {_shared[block].LengthInBytes} bytes for the group's first work item and {bytes} for this one");
        return new ArrayView<T>(_shared[block], 0, extent);
    }

    private void HandTo(int item)
    {
        if (item < 0) _caller.GiveBaton();
        else if (_state[item] != ItemState.NotStarted) _holder[item].GiveBaton();
        else
        {
            var worker = _idle.TryPop(out var idle) ? idle : StartWorker();
            worker.Item = item;
            worker.GiveBaton();
        }
    }

    private EmulatedItem StartWorker()
    {
        var item = new EmulatedItem(this);
        var thread = new Thread(() =>
        {
            WorkItem.Current = item;
            for (item.AwaitBaton(); !_closing; item.AwaitBaton()) RunItemsFrom(item, item.Item);
        }, 256 * 1024) { IsBackground = true, Name = $"fcn emulator {_workers.Count + 1}" };
        _workers.Add((item, thread));
        thread.Start();
        return item;
    }

    /// <summary>
    /// The next item to run, in cyclic order after <paramref name="item"/>; −1 when the group is over. After a fault, those that wait, to be unwound.
    /// </summary>
    private int NextAfter(int item)
    {
        while (true)
        {
            bool ended = true;
            for (int k = 1; k <= _items; k++)
            {
                int i = (item + k) % _items;
                var state = _state[i];
                bool waits = state is ItemState.AtBarrier or ItemState.AtWarpBarrier or ItemState.AtShuffle;
                if (state == ItemState.Ready || (_fault is null ? state == ItemState.NotStarted : waits)) return i;
                ended &= !waits;
            }
            if (ended) return -1;
            OpenBarriers();
        }
    }

    private void OpenBarriers()
    {
        bool opened = false;
        for (int first = 0; first < _items; first += EmulatedItem.Lanes) opened |= OpenWarp(first, Math.Min(_items, first + EmulatedItem.Lanes));
        if (opened) return;
        var state = _state.AsSpan(0, _items);
        if (state.ContainsAnyExcept(ItemState.AtBarrier)) _fault = Divergence();
        else state.Fill(ItemState.Ready);
    }

    /// <summary>Opens a warp whose lanes, save those that ended, all wait at a warp barrier or all at a shuffle.</summary>
    private bool OpenWarp(int begin, int end)
    {
        var lanes = _state.AsSpan(begin, end - begin);
        int live = lanes.IndexOfAnyExcept(ItemState.Ended);
        if (live < 0 || lanes[live] is not (ItemState.AtWarpBarrier or ItemState.AtShuffle)) return false;
        var at = lanes[live];
        if (lanes.ContainsAnyExcept(at, ItemState.Ended)) return false;
        if (at == ItemState.AtShuffle)
        {
            Span<long> given = stackalloc long[EmulatedItem.Lanes];
            // What a lane that ended or never was would give is undefined: NaN.
            given.Fill(-1);
            for (int i = 0; i < lanes.Length; i++)
                if (lanes[i] == at) given[i] = _bits[begin + i];
            for (int i = 0; i < lanes.Length; i++) _bits[begin + i] = given[_sourceLane[begin + i]];
        }
        lanes.Replace(at, ItemState.Ready);
        return true;
    }

    private KernelFaultException Divergence()
    {
        var state = _state.AsSpan(0, _items);
        int waiting = state.IndexOfAnyExcept(ItemState.Ended);
        int ended = state.IndexOf(ItemState.Ended);
        int other = state[waiting] == ItemState.AtBarrier && ended >= 0 ? ended : state.IndexOfAnyExcept(state[waiting], ItemState.Ended);
        return new KernelFaultException(
            $"{Where()}: work item {Item(other)} {Does(state[other])} while {Item(waiting)} {Does(state[waiting])}; all must reach it");

        string Item(int i) => Text(Position(i, _launch.Size.Group));
        static string Does(ItemState state) => state switch
        {
            ItemState.AtBarrier => "waits at a barrier",
            ItemState.AtWarpBarrier => "waits at a warp barrier",
            ItemState.AtShuffle => "waits at a warp shuffle",
            _ => "ended",
        };
    }

    private string Where() => $"kernel '{_launch.Name}'{AtNode(_launch)}: group {Text(_grid)}";

    private static string Text(Index3D index) => $"({index.X},{index.Y},{index.Z})";

    public void Dispose()
    {
        _closing = true;
        foreach (var (item, _) in _workers) item.GiveBaton();
        foreach (var (item, thread) in _workers)
        {
            thread.Join();
            item.Dispose();
        }
        _workers.Clear();
        _caller.Dispose();
    }

    /// <summary>Unwinds an item that waits after another one was at fault.</summary>
    private sealed class GroupAbandonedException : Exception;
}
