using System.Runtime.InteropServices;
using FcnFromScratch.Engine.Devices.Native;
using static FcnFromScratch.Engine.Devices.Cuda.CudaApi;

namespace FcnFromScratch.Engine.Devices.Cuda;

/// <summary>
/// Launches with their parameter blocks in unmanaged memory. The first run launches them one by one, which also loads them; the
/// second captures them into a CUDA graph, and from then on a run is one call to the driver.
/// </summary>
internal sealed unsafe class CudaCommandList : NativeCommandList<CudaCommandList.Entry>
{
    /// <summary>Threads in a block where the device may choose: eight warps, so that full occupancy needs no more blocks than an SM holds.</summary>
    private const int ImplicitBlock = 256;

    private readonly CudaDevice _device;
    private readonly CudaPrograms _programs;
    private nint _graph;
    private bool _ran;

    public readonly record struct Entry(KernelLaunch Launch, nint Function, Dim Grid, Dim Block, nint Parameters);
    public readonly record struct Dim(uint X, uint Y, uint Z);

    public CudaCommandList(CudaDevice device, CudaPrograms programs, IReadOnlyList<Launch> launches) : base(device, device.Info.MaxBlock)
    {
        (_device, _programs) = (device, programs);
        AddAll(launches);
    }

    public override void Run()
    {
        if (Entries.Count == 0) return;
        _device.MakeCurrent();
        // A graph of one launch would save nothing.
        if (_ran && _graph == 0 && Entries.Count > 1) Capture();
        _ran = true;
        if (_graph == 0)
        {
            LaunchAll();
            return;
        }
        int code = cuGraphLaunch(_graph, _device.Stream);
        if (code != 0) throw Error(code, _device.Name, $"launching a graph of {Entries.Count} kernels", nameof(cuGraphLaunch));
    }

    private void LaunchAll()
    {
        foreach (var entry in Entries)
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
        Check(code, _device.Name, $"making a graph of {Entries.Count} kernels", nameof(cuGraphInstantiateWithFlags));
        _graph = executable;
    }

    public override void Dispose()
    {
        if (_graph != 0 && _device.TryMakeCurrent()) cuGraphExecDestroy(_graph);
        _graph = 0;
        base.Dispose();
    }

    protected override void Free(Entry entry) => NativeMemory.Free((void*)entry.Parameters);

    protected override void Add(KernelLaunch launch, BoundArguments bound)
    {
        CheckGroup(launch, _device.Info.MaxThreads);
        nint function = _programs.Get(launch.Kernel, bound.Defines);
        int limit;
        Check(cuFuncGetAttribute(&limit, FunctionMaxThreadsPerBlock, function), _device.Name, $"asking for the limits of kernel '{launch.Name}'");
        if (launch.Size.IsImplicit)
        {
            long block = Math.Min(ImplicitBlock, limit);
            long blocks = (launch.Size.Items + block - 1) / block;
            if (blocks > _device.Info.MaxGrid.X)
                throw new EngineException($"kernel '{launch.Name}': {launch.Size.Items} work items; {_device.Name} allows {block * _device.Info.MaxGrid.X}");
            Entries.Add(new Entry(launch, function, new Dim((uint)blocks, 1, 1), new Dim((uint)block, 1, 1), ParameterBlock(bound.Values)));
        }
        else
        {
            CheckGroup(launch, limit);
            CheckGrid(launch);
            var (grid, group) = (launch.Size.Grid, launch.Size.Group);
            Entries.Add(new Entry(launch, function, new Dim((uint)grid.X, (uint)grid.Y, (uint)grid.Z),
                new Dim((uint)group.X, (uint)group.Y, (uint)group.Z), ParameterBlock(bound.Values)));
        }
    }

    private void CheckGrid(KernelLaunch launch)
    {
        var (grid, most) = (launch.Size.Grid, _device.Info.MaxGrid);
        if (grid.X > most.X || grid.Y > most.Y || grid.Z > most.Z)
            throw new EngineException($"kernel '{launch.Name}' asks for {grid.X}x{grid.Y}x{grid.Z} groups; {_device.Name} allows {most.X}x{most.Y}x{most.Z}");
    }

    /// <summary>What cuLaunchKernel wants: an array of pointers, one for each parameter, to where its value is. The values follow the pointers.</summary>
    private static nint ParameterBlock(IReadOnlyList<byte[]> values)
    {
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
