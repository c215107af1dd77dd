using System.Text;
using FcnFromScratch.Engine.Devices.Native;
using static FcnFromScratch.Engine.Devices.OpenCl.OpenClApi;

namespace FcnFromScratch.Engine.Devices.OpenCl;

/// <summary>An OpenCL device as its driver describes it; sizes in bytes.</summary>
internal sealed unsafe record OpenClDeviceInfo
{
    private OpenClDeviceInfo(nint handle, int index, string platform)
    {
        Handle = handle;
        Name = $"opencl:{index}";
        Hardware = Text(clGetDeviceInfo, handle, DeviceName);
        Versions = $"{Text(clGetDeviceInfo, handle, DeviceVersion)}, driver {Text(clGetDeviceInfo, handle, DriverVersion)}";
        Platform = platform;
        IsGpu = (Number<ulong>(DeviceType) & DeviceTypeGpu) != 0;
        GlobalMemory = Number<ulong>(DeviceGlobalMemSize);
        MaxAllocation = Number<ulong>(DeviceMaxMemAllocSize);
        LocalMemory = Number<ulong>(DeviceLocalMemSize);
        AlignmentInBytes = (int)Number<uint>(DeviceMemBaseAddrAlign) / 8;
        MaxGroupSize = (long)Number<nuint>(DeviceMaxWorkGroupSize);
        // Devices before OpenCL 1.2 without doubles answer with an error: no doubles either.
        ulong doubles = 0;
        HasDouble = clGetDeviceInfo(handle, DeviceDoubleFpConfig, sizeof(ulong), &doubles, null) == 0 && doubles != 0;
        Units = Number<uint>(DeviceMaxComputeUnits);
        nuint* sizes = stackalloc nuint[3];
        Check(clGetDeviceInfo(handle, DeviceMaxWorkItemSizes, (nuint)(3 * sizeof(nuint)), sizes, null), Name, "asking for its group limits");
        MaxItems = ((long)sizes[0], (long)sizes[1], (long)sizes[2]);
    }

    public nint Handle { get; }
    public string Name { get; }
    public string Hardware { get; init; }
    public string Versions { get; init; }
    public string Platform { get; init; }
    public bool IsGpu { get; }
    public bool HasDouble { get; }
    public uint Units { get; }
    public ulong GlobalMemory { get; }
    public ulong MaxAllocation { get; }
    public ulong LocalMemory { get; }
    public int AlignmentInBytes { get; }
    public long MaxGroupSize { get; }
    public (long X, long Y, long Z) MaxItems { get; }

    public string Description => $"{Hardware}, {Versions}, {Units} compute units, {GlobalMemory / (double)(1 << 30):F1} GiB";

    /// <summary>All devices of all platforms, in the drivers' order; none, and why, where there is no OpenCL.</summary>
    public static List<OpenClDeviceInfo> Discover(out string? whyNone)
    {
        var devices = new List<OpenClDeviceInfo>();
        whyNone = NativeLibraries.WhyMissing(NativeLibraries.OpenCl);
        if (whyNone is not null) return devices;
        uint count = 0;
        int code = clGetPlatformIDs(0, null, &count);
        var platforms = new nint[code == 0 ? count : 0];
        if (platforms.Length > 0)
            fixed (nint* p = platforms) code = clGetPlatformIDs(count, p, null);
        string? failure = code is 0 or PlatformNotFound ? null : $"clGetPlatformIDs failed with {NameOf(code)}";
        foreach (nint platform in platforms)
        {
            try
            {
                AddDevices(platform, devices);
            }
            catch (DeviceException e)
            {
                // One broken driver must not hide the devices of the others.
                failure = e.Message;
            }
        }
        if (devices.Count == 0)
            whyNone = failure ?? (platforms.Length == 0 ? "the OpenCL loader is there, but no driver (ICD) is registered" : "no OpenCL platform has a device");
        return devices;
    }

    private static void AddDevices(nint platform, List<OpenClDeviceInfo> devices)
    {
        uint count = 0;
        int code = clGetDeviceIDs(platform, DeviceTypeAll, 0, null, &count);
        if (code == DeviceNotFound) return;
        Check(code, "opencl", "looking for devices");
        var found = new nint[count];
        fixed (nint* p = found) Check(clGetDeviceIDs(platform, DeviceTypeAll, count, p, null), "opencl", "listing the devices");
        string version = Text(clGetPlatformInfo, platform, PlatformVersion);
        foreach (nint device in found) devices.Add(new OpenClDeviceInfo(device, devices.Count, version));
    }

    private T Number<T>(uint what) where T : unmanaged
    {
        T value = default;
        Check(clGetDeviceInfo(Handle, what, (nuint)sizeof(T), &value, null), Name, $"asking for property 0x{what:X}");
        return value;
    }

    private delegate int Query(nint handle, uint what, nuint size, void* value, nuint* sizeNeeded);

    private static string Text(Query query, nint handle, uint what)
    {
        nuint size = 0;
        Check(query(handle, what, 0, null, &size), "opencl", $"asking for property 0x{what:X}");
        var bytes = new byte[size];
        fixed (byte* p = bytes) Check(query(handle, what, size, p, null), "opencl", $"asking for property 0x{what:X}");
        return Encoding.UTF8.GetString(bytes).TrimEnd('\0').Trim();
    }
}
