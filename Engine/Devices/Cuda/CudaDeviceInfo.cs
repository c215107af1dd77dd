using System.Runtime.InteropServices;
using FcnFromScratch.Engine.Devices.Native;
using static FcnFromScratch.Engine.Devices.Cuda.CudaApi;

namespace FcnFromScratch.Engine.Devices.Cuda;

/// <summary>A CUDA device as the driver describes it.</summary>
internal sealed unsafe record CudaDeviceInfo
{
    private CudaDeviceInfo(int index, int driver)
    {
        Name = $"cuda:{index}";
        Driver = driver;
        int device;
        Check(cuDeviceGet(&device, index), Name, "opening the device");
        Handle = device;
        byte* name = stackalloc byte[256];
        Check(cuDeviceGetName(name, 256, device), Name, "asking for its name");
        Hardware = Marshal.PtrToStringUTF8((nint)name)!;
        nuint bytes;
        Check(cuDeviceTotalMem_v2(&bytes, device), Name, "asking for its memory");
        TotalMemory = (long)bytes;
        Architecture = 10 * Attribute(ComputeCapabilityMajor) + Attribute(ComputeCapabilityMinor);
        MaxThreads = Attribute(MaxThreadsPerBlock);
        MaxBlock = (Attribute(MaxBlockDimX), Attribute(MaxBlockDimY), Attribute(MaxBlockDimZ));
        MaxGrid = (Attribute(MaxGridDimX), Attribute(MaxGridDimY), Attribute(MaxGridDimZ));
        Multiprocessors = Attribute(MultiprocessorCount);
    }

    public int Handle { get; }
    public string Name { get; }
    public string Hardware { get; }

    /// <summary>1000·major + 10·minor of the CUDA version that the driver knows.</summary>
    public int Driver { get; }
    public long TotalMemory { get; }

    /// <summary>10·major + minor of the compute capability: 90 for sm_90.</summary>
    public int Architecture { get; }
    public int MaxThreads { get; }
    public (int X, int Y, int Z) MaxBlock { get; }
    public (int X, int Y, int Z) MaxGrid { get; }
    public int Multiprocessors { get; }

    public string Description =>
        $"{Hardware}, sm_{Architecture}, {Multiprocessors} multiprocessors, {TotalMemory / (double)(1 << 30):F1} GiB, "
        + $"driver for CUDA {Driver / 1000}.{Driver % 1000 / 10}";

    /// <summary>The driver's devices in its order; none, and why, where there is no driver or no GPU.</summary>
    public static List<CudaDeviceInfo> Discover(out string? whyNone)
    {
        var devices = new List<CudaDeviceInfo>();
        whyNone = NativeLibraries.WhyMissing(NativeLibraries.Cuda);
        if (whyNone is not null) return devices;
        int driver, count = 0;
        int code = cuInit(0);
        // A driver library without a GPU behind it (a container, a removed card) fails here: no device, not an error.
        if (code != 0) whyNone = $"cuInit failed with {NameOf(code)}";
        else if (cuDriverGetVersion(&driver) != 0 || driver < 11040) whyNone = "the NVIDIA driver is older than CUDA 11.4";
        else if (cuDeviceGetCount(&count) != 0 || count == 0) whyNone = "the NVIDIA driver sees no device";
        else
            for (int i = 0; i < count; i++) devices.Add(new CudaDeviceInfo(i, driver));
        return devices;
    }

    private int Attribute(int attribute)
    {
        int value;
        Check(cuDeviceGetAttribute(&value, attribute, Handle), Name, $"asking for attribute {attribute}");
        return value;
    }
}
