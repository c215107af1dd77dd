using FcnFromScratch.Engine.Devices.Cpu;
using FcnFromScratch.Engine.Devices.Cuda;
using FcnFromScratch.Engine.Devices.Emulator;
using FcnFromScratch.Engine.Devices.Native;
using FcnFromScratch.Engine.Devices.OpenCl;

namespace FcnFromScratch.Engine.Devices;

/// <summary>A device as <c>fcn devices</c> lists it; one that is not available carries the reason.</summary>
public sealed record DeviceEntry(string Name, string Description, bool Available, string? Reason);

/// <summary>Finds devices by the name the user writes: cpu, emulator, opencl, opencl:1, cuda, cuda:0, auto.</summary>
public static class DeviceList
{
    private static readonly string[] s_names = ["auto", "cpu", "emulator", "opencl", "cuda"];

    // Drivers are asked once: asking takes tens of milliseconds, and no device comes or goes while we run.
    private static readonly Lazy<(List<OpenClDeviceInfo> Devices, string? WhyNone)> s_openCl = new(() => (OpenClDeviceInfo.Discover(out string? why), why));
    private static readonly Lazy<(List<CudaDeviceInfo> Devices, string? WhyNone)> s_cuda = new(() => (CudaDeviceInfo.Discover(out string? why), why));

    /// <summary>What the last <c>Open("auto")</c> chose, and what it would have preferred; <see cref="Describe"/> has the reasons.</summary>
    public static string Choice { get; private set; } = "";

    /// <param name="threads">For the cpu device: 0 means all cores.</param>
    /// <exception cref="EngineException">No device has such a name; says the nearest that has.</exception>
    /// <exception cref="DeviceException">The device is not there; says why and lists those that are.</exception>
    public static Device Open(string name, int threads = 0)
    {
        if (name == "auto") return OpenAuto(threads);
        var (family, index) = Parse(name);
        if (Missing(name, family, index) is { } missing) throw new DeviceException(missing);
        var cache = KernelCache.FromEnvironment();
        return family switch
        {
            "cpu" => new CpuDevice(threads),
            "emulator" => new EmulatorDevice(),
            "opencl" => new OpenClDevice(s_openCl.Value.Devices[index ?? DefaultOpenCl()], cache),
            _ => new CudaDevice(s_cuda.Value.Devices[index ?? 0], cache),
        };
    }

    /// <summary>All devices; a family that is not there has one entry with its reason.</summary>
    public static IReadOnlyList<DeviceEntry> Describe()
    {
        var entries = new List<DeviceEntry>();
        using (var cpu = new CpuDevice(0)) entries.Add(new(cpu.Name, cpu.Description, true, null));
        using (var emulator = new EmulatorDevice()) entries.Add(new(emulator.Name, emulator.Description, true, null));
        foreach (var device in s_openCl.Value.Devices) entries.Add(new(device.Name, device.Description, true, null));
        if (s_openCl.Value.WhyNone is { } noOpenCl) entries.Add(new("opencl", "OpenCL C 1.2", false, noOpenCl));
        foreach (var device in s_cuda.Value.Devices) entries.Add(new(device.Name, device.Description, NoCompiler(device) is null, NoCompiler(device)));
        if (s_cuda.Value.WhyNone is { } noCuda) entries.Add(new("cuda", "CUDA C through NVRTC", false, noCuda));
        return entries;
    }

    /// <summary>Null when <see cref="Open"/> would find the device, else the reason why not.</summary>
    public static string? WhyMissing(string name)
    {
        if (name == "auto") return null;
        var (family, index) = Parse(name);
        return Missing(name, family, index);
    }

    private static Device OpenAuto(int threads)
    {
        bool hasCuda = s_cuda.Value.WhyNone is null && NoCompiler(s_cuda.Value.Devices[0]) is null;
        int gpu = s_openCl.Value.Devices.FindIndex(device => device.IsGpu);
        var device = Open(hasCuda ? "cuda:0" : gpu >= 0 ? $"opencl:{gpu}" : "cpu", threads);
        Choice = $"{device.Name} ({device.Description}){(hasCuda ? "" : gpu >= 0 ? ", no CUDA" : ", no GPU")}";
        return device;
    }

    private static (string Family, int? Index) Parse(string name)
    {
        int colon = name.IndexOf(':');
        string family = colon < 0 ? name : name[..colon];
        if (!s_names.Contains(family))
            throw new EngineException(
                $"unknown device '{name}'; did you mean '{s_names.MinBy(known => EditDistance.Between(family, known))}'? "
                + "There are cpu, emulator, opencl[:i], cuda[:i], auto");
        if (colon < 0) return (family, null);
        if (family is not ("opencl" or "cuda")) throw new EngineException($"unknown device '{name}': there is one '{family}', without a number");
        if (!int.TryParse(name.AsSpan(colon + 1), out int index) || index < 0)
            throw new EngineException($"unknown device '{name}': after the colon goes a number from 0, as in '{family}:0'");
        return (family, index);
    }

    private static string? Missing(string name, string family, int? index)
    {
        string? why = family switch
        {
            "opencl" => s_openCl.Value.WhyNone ?? Beyond(s_openCl.Value.Devices.Count),
            "cuda" => s_cuda.Value.WhyNone ?? Beyond(s_cuda.Value.Devices.Count) ?? NoCompiler(s_cuda.Value.Devices[index ?? 0]),
            _ => null,
        };
        return why is null ? null
            : $"device '{name}' is not there: {why}. There are: {string.Join(", ", Describe().Where(d => d.Available).Select(d => d.Name))}";

        string? Beyond(int count) => index >= count ? $"{family} has {count} device{(count == 1 ? "" : "s")}, numbered from 0" : null;
    }

    /// <summary>Without NVRTC a CUDA device has no compiler; the same GPU can often be had through OpenCL, whose driver brings one.</summary>
    private static string? NoCompiler(CudaDeviceInfo cuda)
    {
        if (NativeLibraries.WhyMissing(NativeLibraries.Nvrtc) is not { } missing) return null;
        var same = s_openCl.Value.Devices.Find(device => device.Hardware == cuda.Hardware);
        return $"{missing}, so nothing can compile CUDA kernels; install NVRTC (of the CUDA toolkit)"
            + (same is null ? "" : $" or use {same.Name}, which is the same GPU, {cuda.Hardware}");
    }

    /// <summary>The first GPU, else the first device.</summary>
    private static int DefaultOpenCl() => Math.Max(0, s_openCl.Value.Devices.FindIndex(device => device.IsGpu));
}
