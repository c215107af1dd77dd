using FcnFromScratch.Engine.Devices.Native;
using static FcnFromScratch.Engine.Devices.OpenCl.OpenClApi;

namespace FcnFromScratch.Engine.Devices.OpenCl;

/// <summary>Launches as cl_kernel objects with their arguments set: one each, so that a run only enqueues.</summary>
internal sealed unsafe class OpenClCommandList : CommandList
{
    /// <summary>Work items in a group where the device may choose: two warps or one wavefront of GPUs, whole vectors of CPUs.</summary>
    private const int ImplicitGroup = 64;

    private readonly OpenClDevice _device;
    private readonly List<Entry> _entries = [];

    private readonly record struct Entry(KernelLaunch Launch, nint Kernel, nuint[] Global, nuint[] Local);

    public OpenClCommandList(OpenClDevice device, OpenClPrograms programs, IReadOnlyList<Launch> launches)
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
        foreach (var entry in _entries)
        {
            int code;
            fixed (nuint* global = entry.Global, local = entry.Local)
                code = clEnqueueNDRangeKernel(_device.Queue, entry.Kernel, (uint)entry.Global.Length, null, global, local, 0, null, null);
            if (code != 0) throw Error(code, _device.Name, $"launching kernel '{entry.Launch.Name}'", nameof(clEnqueueNDRangeKernel));
        }
        Check(clFlush(_device.Queue), _device.Name, "flushing the queue");
    }

    public override void Dispose()
    {
        foreach (var entry in _entries) clReleaseKernel(entry.Kernel);
        _entries.Clear();
        base.Dispose();
    }

    private void Add(KernelLaunch launch, OpenClPrograms programs)
    {
        var info = launch.Kernel;
        if ((info.Features & KernelFeatures.Warp) != 0)
            throw new EngineException($"kernel '{info.Name}' uses Warp, which OpenCL 1.2 does not have; {_device.Name} cannot run it: pick a kernel without Warp");
        if ((info.Features & KernelFeatures.Double) != 0 && !_device.Info.HasDouble)
            throw new EngineException($"kernel '{info.Name}' computes in double, which {_device.Name} ({_device.Info.Hardware}) does not have");
        if (!launch.Size.IsImplicit) CheckGroup(launch, _device.Info.MaxGroupSize);

        var bound = new BoundArguments(launch);
        nint program = programs.Get(info, bound.Defines);
        int error;
        nint kernel = clCreateKernel(program, info.EntryPoint, &error);
        Check(error, _device.Name, $"looking for '{info.EntryPoint}', the entry point of kernel '{info.Name}'", nameof(clCreateKernel));
        nuint groupLimit = WorkGroupInfo<nuint>(kernel, KernelWorkGroupSize);
        nuint[] global, local;
        if (launch.Size.IsImplicit)
        {
            nuint group = Math.Min(ImplicitGroup, groupLimit);
            local = [group];
            global = [((nuint)launch.Size.Items + group - 1) / group * group];
        }
        else
        {
            var (group, grid) = (launch.Size.Group, launch.Size.Grid);
            local = [(nuint)group.X, (nuint)group.Y, (nuint)group.Z];
            global = [(nuint)grid.X * local[0], (nuint)grid.Y * local[1], (nuint)grid.Z * local[2]];
        }
        _entries.Add(new Entry(launch, kernel, global, local));

        if (!launch.Size.IsImplicit) CheckGroup(launch, groupLimit);
        ulong localMemory = WorkGroupInfo<ulong>(kernel, KernelLocalMemSize);
        if (localMemory > _device.Info.LocalMemory)
            throw new EngineException($"kernel '{info.Name}' needs {localMemory:N0} bytes of shared memory; {_device.Name} has {_device.Info.LocalMemory:N0}");
        for (int i = 0; i < bound.Arguments.Count; i++) SetArgument(info, kernel, i, bound.Arguments[i]);
    }

    private void CheckGroup(KernelLaunch launch, nuint limit)
    {
        var group = launch.Size.Group;
        var most = _device.Info.MaxItems;
        if ((nuint)group.Size > limit || (nuint)group.X > most.X || (nuint)group.Y > most.Y || (nuint)group.Z > most.Z)
            throw new EngineException(
                $"kernel '{launch.Name}' asks for groups of {group.X}x{group.Y}x{group.Z} = {group.Size} work items; {_device.Name} allows {limit} for it, {most.X}x{most.Y}x{most.Z} by axis");
    }

    private void SetArgument(KernelInfo info, nint kernel, int index, BoundArgument argument)
    {
        int code;
        if (argument.Value is { } bytes)
        {
            fixed (byte* p = bytes) code = clSetKernelArg(kernel, (uint)index, (nuint)bytes.Length, p);
        }
        else
        {
            nint memory = argument.Buffer is null ? 0 : _device.Own(argument.Buffer).Part(argument.OffsetInBytes, argument.LengthInBytes);
            code = clSetKernelArg(kernel, (uint)index, (nuint)sizeof(nint), &memory);
        }
        Check(code, _device.Name, $"setting argument {index} of kernel '{info.Name}'", nameof(clSetKernelArg));
    }

    private T WorkGroupInfo<T>(nint kernel, uint what) where T : unmanaged
    {
        T value = default;
        Check(clGetKernelWorkGroupInfo(kernel, _device.Info.Handle, what, (nuint)sizeof(T), &value, null), _device.Name, "asking for a kernel's limits");
        return value;
    }
}
