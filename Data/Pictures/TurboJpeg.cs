using System.Reflection;
using System.Runtime.InteropServices;

namespace FcnFromScratch.Data;

/// <summary>
/// The system's libturbojpeg, where it is there: functions of its interface 2, which its versions 2 and 3 have (libjpeg-turbo, "turbojpeg.h").
/// It is loaded at the first use.
/// </summary>
internal static unsafe partial class TurboJpeg
{
    public const int Grey = 6, Cmyk = 11; // formats of pixels
    public const int IsCmyk = 3, IsYcck = 4; // colour spaces
    public const int Fatal = 1; // an error; 0 is a warning
    public const int AccurateTransform = 4096, LimitScans = 32768; // flags

    private const string Library = "turbojpeg";

    private static readonly Lazy<nint> s_library = new(() =>
    {
        string[] names = OperatingSystem.IsWindows() ? ["turbojpeg.dll", "libturbojpeg.dll"]
            : OperatingSystem.IsMacOS()
                ? ["libturbojpeg.0.dylib", "/opt/homebrew/opt/jpeg-turbo/lib/libturbojpeg.0.dylib", "/usr/local/opt/jpeg-turbo/lib/libturbojpeg.0.dylib"]
            : ["libturbojpeg.so.0", "libturbojpeg.so"];
        nint library = 0;
        return Array.Exists(names, name => NativeLibrary.TryLoad(name, out library)) ? library : 0;
    });

    static TurboJpeg() => NativeLibrary.SetDllImportResolver(typeof(TurboJpeg).Assembly, (name, _, _) => name == Library ? s_library.Value : 0);

    public static bool IsThere => s_library.Value != 0;

    // Sizes in pixels, a stride and a length in bytes; -1 is an error or a warning.
    [LibraryImport(Library)] public static partial nint tjInitDecompress();
    [LibraryImport(Library)] public static partial int tjDestroy(nint decoder);
    [LibraryImport(Library)] public static partial int tjDecompressHeader3(nint decoder, byte* jpeg, CULong length,
        int* width, int* height, int* sampling, int* space);
    [LibraryImport(Library)] public static partial int tjDecompress2(nint decoder, byte* jpeg, CULong length,
        byte* pixels, int width, int stride, int height, int format, int flags);
    [LibraryImport(Library)] public static partial int tjGetErrorCode(nint decoder);
    [LibraryImport(Library)] private static partial byte* tjGetErrorStr2(nint decoder);

    /// <summary>What went wrong last.</summary>
    public static string Error(nint decoder) => Marshal.PtrToStringUTF8((nint)tjGetErrorStr2(decoder)) ?? "";
}
