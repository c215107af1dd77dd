using System.Diagnostics;
using System.Runtime.InteropServices;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Devices.Cpu;

/// <summary>
/// The host's processor. Hot ops bring SIMD code (<see cref="CpuLaunch"/>); all others run their C# kernels as loops over work items.
/// The same input gives the same bits for any number of threads.
/// </summary>
internal sealed class CpuDevice : HostDevice
{
    private readonly ThreadTeam _team;

    /// <param name="threads">Threads to use; 0 takes all cores.</param>
    public CpuDevice(int threads = 0) => _team = new ThreadTeam(threads > 0 ? threads : Environment.ProcessorCount);

    public override string Name => "cpu";
    public override DeviceKind Kind => DeviceKind.Cpu;
    public int Threads => _team.Count;

    public override string Description =>
        $"{RuntimeInformation.ProcessArchitecture}, {Threads} of {Environment.ProcessorCount} cores, {SimdWidth.Available[0].Bits}-bit vectors";

    public override CommandList Prepare(IReadOnlyList<Launch> launches) => new Commands(_team, [.. launches.Select(Bound)]);

    private static CpuLaunch Bound(Launch launch) => launch switch
    {
        CpuLaunch own => own,
        KernelLaunch kernel => new LoopLaunch(kernel),
        _ => throw new EngineException($"the cpu device cannot run '{launch.Name}', a {launch.GetType().Name}"),
    };

    public override void Dispose() => _team.Dispose();

    private sealed class Commands(ThreadTeam team, CpuLaunch[] launches) : CommandList
    {
        public override void Run()
        {
            foreach (var launch in launches) launch.Run(team);
        }
    }

    /// <summary>
    /// A C# kernel as loops: items of an implicit kernel in stretches, groups of an explicit kernel one by one. An item may be an addition or a thousand
    /// of them: a stretch is as long as takes a while, by the time that the run before took.
    /// </summary>
    private sealed class LoopLaunch : CpuLaunch
    {
        private const int LongestStretch = 4096;
        private const double StretchSeconds = 50e-6; // what waking a thread costs

        private readonly KernelLaunch _launch;
        private readonly Action<int> _part;
        private int _stretch;

        public LoopLaunch(KernelLaunch launch)
        {
            if ((launch.Kernel.Features & (KernelFeatures.Barrier | KernelFeatures.SharedMemory | KernelFeatures.Warp)) != 0)
                throw new EngineException(
                    $"kernel '{launch.Name}' needs groups that meet at barriers; the cpu device runs work items one by one: use the emulator");
            _launch = launch;
            _part = launch.Size.IsImplicit ? RunItems : RunGroup;
        }

        public override string Name => _launch.Name;

        public override void Run(ThreadTeam team)
        {
            long items = _launch.Size.Items;
            if (!_launch.Size.IsImplicit) team.Run(_launch.Size.Grid.Size, _part);
            else if (items > 0)
            {
                if (_stretch == 0) _stretch = (int)Math.Clamp(items / (4 * team.Count), 1, LongestStretch);
                int parts = (int)((items + _stretch - 1) / _stretch);
                long start = Stopwatch.GetTimestamp();
                team.Run(parts, _part);
                double secondsPerItem = Stopwatch.GetElapsedTime(start).TotalSeconds * Math.Min(parts, team.Count) / items;
                _stretch = (int)Math.Clamp(StretchSeconds / secondsPerItem, 1, LongestStretch);
            }
        }

        private void RunItems(int part)
        {
            long begin = (long)part * _stretch;
            _launch.RunItems(begin, Math.Min(begin + _stretch, _launch.Size.Items));
        }

        private void RunGroup(int part)
        {
            var (item, size) = (WorkItem.Current, _launch.Size);
            item.GridDim = size.Grid;
            item.GroupDim = size.Group;
            item.Grid = new Index3D(part % size.Grid.X, part / size.Grid.X % size.Grid.Y, part / (size.Grid.X * size.Grid.Y));
            for (int z = 0; z < size.Group.Z; z++)
                for (int y = 0; y < size.Group.Y; y++)
                    for (int x = 0; x < size.Group.X; x++)
                    {
                        item.Group = new Index3D(x, y, z);
                        item.BeginItem();
                        _launch.RunItems(0, 0);
                    }
        }
    }
}
