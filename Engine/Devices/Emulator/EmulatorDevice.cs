using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Devices.Emulator;

/// <summary>
/// Runs kernels as the C# methods they are, one work item at a time in a fixed order: groups and warps with real barriers, every
/// access checked, and a fault that names kernel, group, work item and buffer. For tests, debugging and study.
/// A fault leaves the device usable. Not for use from several threads at once.
/// </summary>
internal sealed class EmulatorDevice : HostDevice
{
    /// <summary>Work items in a group at most, as on CUDA.</summary>
    public const int MaxGroupSize = 1024;

    private readonly GroupRunner _groups = new();

    public override string Name => "emulator";
    public override string Description => "C# kernels as plain methods, one work item at a time, every access checked";
    public override DeviceKind Kind => DeviceKind.Emulator;

    public override CommandList Prepare(IReadOnlyList<Launch> launches)
    {
        var kernels = new KernelLaunch[launches.Count];
        for (int i = 0; i < kernels.Length; i++)
        {
            kernels[i] = launches[i] as KernelLaunch
                ?? throw new EngineException($"'{launches[i].Name}' is code of the cpu device; the emulator runs C# kernels only");
            if (kernels[i].Size.Group.Size > MaxGroupSize)
                throw new EngineException(
                    $"kernel '{kernels[i].Name}' asks for groups of {kernels[i].Size.Group.Size} work items; the emulator allows {MaxGroupSize}, as CUDA does");
        }
        return new EmulatorCommandList(this, kernels);
    }

    public override void Dispose() => _groups.Dispose();

    private sealed class EmulatorCommandList(EmulatorDevice device, KernelLaunch[] launches) : CommandList
    {
        public override void Run()
        {
            foreach (var launch in launches)
            {
                if (launch.Size.IsImplicit) RunItemByItem(launch);
                else device._groups.Run(launch);
            }
            WorkItem.Current.FreeLocal();
        }

        private static void RunItemByItem(KernelLaunch launch)
        {
            for (long i = 0; i < launch.Size.Items; i++)
            {
                try
                {
                    launch.RunItems(i, i + 1);
                }
                catch (Exception e)
                {
                    throw new KernelFaultException($"kernel '{launch.Name}'{GroupRunner.AtNode(launch)}: work item {i} of {launch.Size.Items}: {e.Message}", e);
                }
            }
        }
    }
}
