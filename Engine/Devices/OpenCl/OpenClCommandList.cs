using FcnFromScratch.Engine.Devices.Native;
using static FcnFromScratch.Engine.Devices.OpenCl.OpenClApi;

namespace FcnFromScratch.Engine.Devices.OpenCl;

/// <summary>Launches as cl_kernel objects with their arguments set, one each.</summary>
internal sealed unsafe class OpenClCommandList : NativeCommandList<OpenClCommandList.Entry>
{
    /// <summary>Work items in a group where the device may choose: two warps or one wavefront of GPUs, whole vectors of CPUs.</summary>
    private const int ImplicitGroup = 64;

    private readonly OpenClDevice _device;
    private readonly OpenClPrograms _programs;

    public readonly record struct Entry(KernelLaunch Launch, nint Kernel, nuint[] Global, nuint[] Local);

    public OpenClCommandList(OpenClDevice device, OpenClPrograms programs, IReadOnlyList<Launch> launches) : base(device, device.Info.MaxItems)
    {
        (_device, _programs) = (device, programs);
        AddAll(launches);
    }

    public override void Run()
    {
        foreach (var entry in Entries)
        {
            int code;
            fixed (nuint* global = entry.Global, local = entry.Local)
                code = clEnqueueNDRangeKernel(_device.Queue, entry.Kernel, (uint)entry.Global.Length, null, global, local, 0, null, null);
            if (code != 0) throw Error(code, _device.Name, $"launching kernel '{entry.Launch.Name}'", nameof(clEnqueueNDRangeKernel));
        }
        Check(clFlush(_device.Queue), _device.Name, "flushing the queue");
    }

    protected override void Free(Entry entry) => clReleaseKernel(entry.Kernel);

    protected override void Add(KernelLaunch launch, BoundArguments bound)
    {
        var info = launch.Kernel;
        if ((info.Features & KernelFeatures.Warp) != 0)
            throw new EngineException(
                $"kernel '{info.Name}' uses Warp, which OpenCL 1.2 does not have; {_device.Name} cannot run it: pick a kernel without Warp");
        if ((info.Features & KernelFeatures.Double) != 0 && !_device.Info.HasDouble)
            throw new EngineException($"kernel '{info.Name}' computes in double, which {_device.Name} ({_device.Info.Hardware}) does not have");
        CheckGroup(launch, _device.Info.MaxGroupSize);

        nint program = _programs.Get(info, bound.Defines);
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
        Entries.Add(new Entry(launch, kernel, global, local));

        CheckGroup(launch, (long)groupLimit);
        ulong localMemory = WorkGroupInfo<ulong>(kernel, KernelLocalMemSize);
        if (localMemory > _device.Info.LocalMemory)
            throw new EngineException($"kernel '{info.Name}' needs {localMemory:N0} bytes of shared memory; {_device.Name} has {_device.Info.LocalMemory:N0}");
        for (int i = 0; i < bound.Values.Count; i++)
            fixed (byte* value = bound.Values[i])
                Check(clSetKernelArg(kernel, (uint)i, (nuint)bound.Values[i].Length, value), _device.Name, $"setting argument {i} of kernel '{info.Name}'");
    }

    private T WorkGroupInfo<T>(nint kernel, uint what) where T : unmanaged
    {
        T value = default;
        Check(clGetKernelWorkGroupInfo(kernel, _device.Info.Handle, what, (nuint)sizeof(T), &value, null), _device.Name, "asking for a kernel's limits");
        return value;
    }
}
