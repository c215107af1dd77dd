using System.Runtime.InteropServices;
using FcnFromScratch.Engine.Devices.Native;
using static FcnFromScratch.Engine.Devices.Cuda.CudaApi;

namespace FcnFromScratch.Engine.Devices.Cuda;

/// <summary>
/// Launches with their parameter blocks in unmanaged memory. The first run launches them one by one, which also loads them; the
/// second captures them into a CUDA graph, and from then on a run is one call to the driver.
/// </summary>
internal sealed unsafe class CudaCommandList : CommandList
{
    /// <summary>Threads in a block where the device may choose: eight warps, so that full occupancy needs no more blocks than an SM holds.</summary>
    private const int ImplicitBlock = 256;

    private readonly CudaDevice _device;
    private readonly List<Entry> _entries = [];
    private nint _graph;
    private bool _ran;

    private readonly record struct Entry(KernelLaunch Launch, nint Function, Dim Grid, Dim Block, nint Parameters);
    private readonly record struct Dim(uint X, uint Y, uint Z);

    public CudaCommandList(CudaDevice device, CudaPrograms programs, IReadOnlyList<Launch> launches)
    {
        _device = device;
        try
        {
            foreach (var launch in launches)
            {
                var kernel = launch as KernelLaunch
                    ?? throw new EngineException($"'{launch.Name}' is code of the cpu device; {device.Name} runs kernels only");
                if (kernel.Size.Items > 0) Add(kernel, programs);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public override void Run()
    {
        if (_entries.Count == 0) return;
        _device.MakeCurrent();
        // A graph of one launch would save nothing.
        if (_ran && _graph == 0 && _entries.Count > 1) Capture();
        _ran = true;
        if (_graph == 0)
        {
            LaunchAll();
            return;
        }
        int code = cuGraphLaunch(_graph, _device.Stream);
        if (code != 0) throw Error(code, _device.Name, $"launching a graph of {_entries.Count} kernels", nameof(cuGraphLaunch));
    }

    private void LaunchAll()
    {
        foreach (var entry in _entries)
        {
            int code = cuLaunchKernel(entry.Function, entry.Grid.X, entry.Grid.Y, entry.Grid.Z, entry.Block.X, entry.Block.Y, entry.Block.Z,
                0, _device.Stream, (void**)entry.Parameters, null);
            if (code != 0) throw Error(code, _device.Name, $"launching kernel '{entry.Launch.Name}'", nameof(cuLaunchKernel));
        }
    }

    private void Capture()
    {
        nint graph = 0, executable = 0;
        Check(cuStreamBeginCapture_v2(_device.Stream, CaptureThreadLocal), _device.Name, "beginning a graph");
        try
        {
            LaunchAll();
        }
        catch
        {
            // A stream left in capture would be lost for all that comes after.
            if (cuStreamEndCapture(_device.Stream, &graph) == 0 && graph != 0) cuGraphDestroy(graph);
            throw;
        }
        Check(cuStreamEndCapture(_device.Stream, &graph), _device.Name, "ending a graph");
        int code = cuGraphInstantiateWithFlags(&executable, graph, 0);
        cuGraphDestroy(graph);
        Check(code, _device.Name, $"making a graph of {_entries.Count} kernels", nameof(cuGraphInstantiateWithFlags));
        _graph = executable;
    }

    public override void Dispose()
    {
        if (_graph != 0 && _device.TryMakeCurrent()) cuGraphExecDestroy(_graph);
        _graph = 0;
        foreach (var entry in _entries) NativeMemory.Free((void*)entry.Parameters);
        _entries.Clear();
        base.Dispose();
    }

    private void Add(KernelLaunch launch, CudaPrograms programs)
    {
        if (!launch.Size.IsImplicit) CheckSize(launch, _device.Info.MaxThreads);
        var bound = new BoundArguments(launch);
        nint function = programs.Get(launch.Kernel, bound.Defines);
        int limit;
        Check(cuFuncGetAttribute(&limit, FunctionMaxThreadsPerBlock, function), _device.Name, $"asking for the limits of kernel '{launch.Name}'");
        if (launch.Size.IsImplicit)
        {
            long block = Math.Min(ImplicitBlock, limit);
            long blocks = (launch.Size.Items + block - 1) / block;
            if (blocks > _device.Info.MaxGrid.X)
                throw new EngineException($"kernel '{launch.Name}': {launch.Size.Items} work items; {_device.Name} allows {block * _device.Info.MaxGrid.X}");
            _entries.Add(new Entry(launch, function, new Dim((uint)blocks, 1, 1), new Dim((uint)block, 1, 1), ParameterBlock(bound)));
        }
        else
        {
            CheckSize(launch, limit);
            var (grid, group) = (launch.Size.Grid, launch.Size.Group);
            _entries.Add(new Entry(launch, function, new Dim((uint)grid.X, (uint)grid.Y, (uint)grid.Z),
                new Dim((uint)group.X, (uint)group.Y, (uint)group.Z), ParameterBlock(bound)));
        }
    }

    private void CheckSize(KernelLaunch launch, int limit)
    {
        var (grid, group) = (launch.Size.Grid, launch.Size.Group);
        var (mostGroup, mostGrid) = (_device.Info.MaxBlock, _device.Info.MaxGrid);
        if (group.Size > limit || group.X > mostGroup.X || group.Y > mostGroup.Y || group.Z > mostGroup.Z)
            throw new EngineException(
                $"kernel '{launch.Name}' asks for groups of {group.X}x{group.Y}x{group.Z} = {group.Size} work items; {_device.Name} allows {limit} for it, {mostGroup.X}x{mostGroup.Y}x{mostGroup.Z} by axis");
        if (grid.X > mostGrid.X || grid.Y > mostGrid.Y || grid.Z > mostGrid.Z)
            throw new EngineException(
                $"kernel '{launch.Name}' asks for {grid.X}x{grid.Y}x{grid.Z} groups; {_device.Name} allows {mostGrid.X}x{mostGrid.Y}x{mostGrid.Z}");
    }

    /// <summary>What cuLaunchKernel wants: an array of pointers, one for each parameter, to where its value is. The values follow the pointers.</summary>
    private nint ParameterBlock(BoundArguments bound)
    {
        var values = new List<byte[]>();
        foreach (var argument in bound.Arguments)
            values.Add(argument.Value ?? BitConverter.GetBytes(argument.Buffer is null ? 0 : _device.Own(argument.Buffer).Address + (ulong)argument.OffsetInBytes));

        int offset = Aligned(values.Count * sizeof(void*));
        byte* block = (byte*)NativeMemory.Alloc((nuint)(offset + values.Sum(value => Aligned(value.Length))));
        for (int i = 0; i < values.Count; i++)
        {
            ((void**)block)[i] = block + offset;
            values[i].CopyTo(new Span<byte>(block + offset, values[i].Length));
            offset += Aligned(values[i].Length);
        }
        return (nint)block;

        static int Aligned(int bytes) => (bytes + 15) & ~15;
    }
}
