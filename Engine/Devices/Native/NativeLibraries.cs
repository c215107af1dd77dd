using System.Reflection;
using System.Runtime.InteropServices;

namespace FcnFromScratch.Engine.Devices.Native;

/// <summary>
/// Finds the native libraries that the bindings name, at their first use. A library that is nowhere is no error here:
/// <see cref="WhyMissing"/> says so, and the devices that need it are reported as not there.
/// </summary>
internal static partial class NativeLibraries
{
    public const string OpenCl = "OpenCL", Cuda = "cuda", Nvrtc = "nvrtc";

    private static readonly Dictionary<string, nint> s_loaded = [];

    static NativeLibraries() => NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, Resolve);

    /// <summary>Null when the library could be loaded, else one line that names what was looked for.</summary>
    public static string? WhyMissing(string library) => Load(library) != 0 ? null : $"{FileNames(library).First()} not found";

    private static nint Resolve(string library, Assembly assembly, DllImportSearchPath? path) =>
        library is OpenCl or Cuda or Nvrtc ? Load(library) : 0;

    private static nint Load(string library)
    {
        lock (s_loaded)
        {
            if (s_loaded.TryGetValue(library, out nint handle)) return handle;
            if (library == OpenCl && OperatingSystem.IsLinux()) KeepDivisionByZero();
            foreach (string name in FileNames(library))
                foreach (string folder in Folders(library))
                    if (handle == 0) NativeLibrary.TryLoad(Path.Combine(folder, name), out handle);
            return s_loaded[library] = handle;
        }
    }

    /// <summary>
    /// PoCL (3.1 is one) takes SIGFPE for the whole process, and from then on an integer division by zero in C# throws nothing
    /// and gives any number. Told so before it is loaded, it leaves the signal to .NET.
    /// </summary>
    private static void KeepDivisionByZero() => SetEnvironment("POCL_SIGFPE_HANDLER", "0", 0);

    // Environment.SetEnvironmentVariable changes .NET's copy only, which native code does not see.
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    private static IEnumerable<string> FileNames(string library)
    {
        bool windows = OperatingSystem.IsWindows();
        return library switch
        {
            OpenCl when windows => ["OpenCL.dll"],
            OpenCl when OperatingSystem.IsMacOS() => ["/System/Library/Frameworks/OpenCL.framework/OpenCL"],
            OpenCl => ["libOpenCL.so.1", "libOpenCL.so"],
            Cuda => windows ? ["nvcuda.dll"] : ["libcuda.so.1", "libcuda.so"],
            // A driver loads what compilers of its own major version and older made, so a newer one is the last resort.
            _ => NvrtcVersions.OrderBy(v => v.Major > DriverMajor()).Select(v => windows ? v.Windows : v.Unix).Append(windows ? "nvrtc64.dll" : "libnvrtc.so"),
        };
    }

    private static readonly (int Major, string Unix, string Windows)[] NvrtcVersions =
        [(13, "libnvrtc.so.13", "nvrtc64_130_0.dll"), (12, "libnvrtc.so.12", "nvrtc64_120_0.dll"), (11, "libnvrtc.so.11.2", "nvrtc64_112_0.dll")];

    private static unsafe int DriverMajor()
    {
        int version;
        return Load(Cuda) != 0 && Devices.Cuda.CudaApi.cuDriverGetVersion(&version) == 0 ? version / 1000 : int.MaxValue;
    }

    /// <summary>The loader's own search path first, then where the driver (under WSL) or the CUDA toolkit puts its libraries.</summary>
    private static IEnumerable<string> Folders(string library)
    {
        yield return "";
        if (library == Cuda) yield return "/usr/lib/wsl/lib";
        if (library != Nvrtc) yield break;
        string?[] roots = [Environment.GetEnvironmentVariable("CUDA_PATH"), Environment.GetEnvironmentVariable("CUDA_HOME"), "/usr/local/cuda"];
        foreach (string? root in roots)
        {
            if (string.IsNullOrEmpty(root)) continue;
            foreach (string sub in (string[])["lib64", "lib", "bin", "bin/x64"]) yield return Path.Combine(root, sub);
        }
    }
}
