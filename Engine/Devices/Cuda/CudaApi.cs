using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FcnFromScratch.Engine.Devices.Native;

namespace FcnFromScratch.Engine.Devices.Cuda;

/// <summary>
/// The part of the CUDA driver API that the engine uses, all of it there since CUDA 11.4. Contexts, streams, modules, functions,
/// graphs and events are pointers, and so is a CUdeviceptr, of the device's memory; a CUdevice is an int.
/// </summary>
internal static unsafe partial class CudaApi
{
    private const string Lib = NativeLibraries.Cuda;

    public const int OutOfMemory = 2, IllegalAddress = 700;

    // CUdevice_attribute
    public const int MaxThreadsPerBlock = 1, MaxBlockDimX = 2, MaxBlockDimY = 3, MaxBlockDimZ = 4, MaxGridDimX = 5, MaxGridDimY = 6, MaxGridDimZ = 7,
        MultiprocessorCount = 16, ComputeCapabilityMajor = 75, ComputeCapabilityMinor = 76;

    public const int FunctionMaxThreadsPerBlock = 0;                    // CUfunction_attribute
    public const int JitErrorLogBuffer = 5, JitErrorLogBufferBytes = 6; // CUjit_option
    public const uint StreamNonBlocking = 1, EventDisableTiming = 2;
    public const int CaptureThreadLocal = 1;

    [LibraryImport(Lib)] public static partial int cuInit(uint flags);
    [LibraryImport(Lib)] public static partial int cuDriverGetVersion(int* version);
    [LibraryImport(Lib)] public static partial int cuDeviceGetCount(int* count);
    [LibraryImport(Lib)] public static partial int cuDeviceGet(int* device, int ordinal);
    [LibraryImport(Lib)] public static partial int cuDeviceGetName(byte* name, int length, int device);
    [LibraryImport(Lib)] public static partial int cuDeviceTotalMem_v2(nuint* bytes, int device);
    [LibraryImport(Lib)] public static partial int cuDeviceGetAttribute(int* value, int attribute, int device);
    [LibraryImport(Lib)] public static partial int cuDevicePrimaryCtxRetain(nint* context, int device);
    [LibraryImport(Lib)] public static partial int cuDevicePrimaryCtxRelease_v2(int device);
    [LibraryImport(Lib)] public static partial int cuCtxSetCurrent(nint context);
    [LibraryImport(Lib)] public static partial int cuStreamCreate(nint* stream, uint flags);
    [LibraryImport(Lib)] public static partial int cuStreamDestroy_v2(nint stream);
    [LibraryImport(Lib)] public static partial int cuStreamSynchronize(nint stream);
    [LibraryImport(Lib)] public static partial int cuMemGetInfo_v2(nuint* free, nuint* total);
    [LibraryImport(Lib)] public static partial int cuMemAlloc_v2(nint* address, nuint bytes);
    [LibraryImport(Lib)] public static partial int cuMemFree_v2(nint address);
    [LibraryImport(Lib)] public static partial int cuMemAllocHost_v2(void** address, nuint bytes);
    [LibraryImport(Lib)] public static partial int cuMemFreeHost(void* address);
    [LibraryImport(Lib)] public static partial int cuMemsetD8Async(nint address, byte value, nuint count, nint stream);
    [LibraryImport(Lib)] public static partial int cuMemcpyHtoDAsync_v2(nint target, void* source, nuint bytes, nint stream);
    [LibraryImport(Lib)] public static partial int cuMemcpyDtoHAsync_v2(void* target, nint source, nuint bytes, nint stream);
    [LibraryImport(Lib)] public static partial int cuEventCreate(nint* done, uint flags);
    [LibraryImport(Lib)] public static partial int cuEventRecord(nint done, nint stream);
    [LibraryImport(Lib)] public static partial int cuEventSynchronize(nint done);
    [LibraryImport(Lib)] public static partial int cuEventDestroy_v2(nint done);
    [LibraryImport(Lib)] public static partial int cuModuleLoadDataEx(nint* module, void* image, uint options, int* option, void** optionValue);
    [LibraryImport(Lib)] public static partial int cuModuleUnload(nint module);
    [LibraryImport(Lib, StringMarshalling = StringMarshalling.Utf8)] public static partial int cuModuleGetFunction(nint* function, nint module, string name);
    [LibraryImport(Lib)] public static partial int cuFuncGetAttribute(int* value, int attribute, nint function);
    [LibraryImport(Lib)] public static partial int cuLaunchKernel(nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ,
        uint sharedBytes, nint stream, void** parameters, void** extra);
    [LibraryImport(Lib)] public static partial int cuStreamBeginCapture_v2(nint stream, int mode);
    [LibraryImport(Lib)] public static partial int cuStreamEndCapture(nint stream, nint* graph);
    [LibraryImport(Lib)] public static partial int cuGraphInstantiateWithFlags(nint* executable, nint graph, ulong flags);
    [LibraryImport(Lib)] public static partial int cuGraphLaunch(nint executable, nint stream);
    [LibraryImport(Lib)] public static partial int cuGraphExecDestroy(nint executable);
    [LibraryImport(Lib)] public static partial int cuGraphDestroy(nint graph);
    [LibraryImport(Lib)] private static partial int cuGetErrorName(int code, byte** name);
    [LibraryImport(Lib)] private static partial int cuGetErrorString(int code, byte** text);

    /// <summary>Throws unless <paramref name="code"/> is CUDA_SUCCESS; the message names the call, the error and <paramref name="doing"/>.</summary>
    public static void Check(int code, string device, string doing, [CallerArgumentExpression(nameof(code))] string call = "")
    {
        if (code != 0) throw Error(code, device, doing, call);
    }

    public static DeviceException Error(int code, string device, string doing, string call)
    {
        string hint = code == IllegalAddress ? "; a kernel used memory outside its buffers: the emulator device names the kernel and the index" : "";
        return NativeCall.Failed(device, call, NameOf(code), doing + hint);
    }

    public static string NameOf(int code)
    {
        byte* name, text;
        return cuGetErrorName(code, &name) == 0 && cuGetErrorString(code, &text) == 0
            ? $"{Marshal.PtrToStringUTF8((nint)name)} ({Marshal.PtrToStringUTF8((nint)text)})"
            : $"CUDA error {code}";
    }
}

/// <summary>NVRTC, CUDA's compiler as a library (11.2 and later).</summary>
internal static unsafe partial class NvrtcApi
{
    private const string Lib = NativeLibraries.Nvrtc;

    public const int Success = 0;

    [LibraryImport(Lib)] public static partial int nvrtcVersion(int* major, int* minor);
    [LibraryImport(Lib)] public static partial int nvrtcGetNumSupportedArchs(int* count);
    [LibraryImport(Lib)] public static partial int nvrtcGetSupportedArchs(int* architectures);
    [LibraryImport(Lib)] public static partial int nvrtcCreateProgram(nint* program, byte* text, byte* name, int headers, byte** header, byte** includeName);
    [LibraryImport(Lib)] public static partial int nvrtcCompileProgram(nint program, int options, byte** option);
    [LibraryImport(Lib)] public static partial int nvrtcGetProgramLogSize(nint program, nuint* size);
    [LibraryImport(Lib)] public static partial int nvrtcGetProgramLog(nint program, byte* log);
    [LibraryImport(Lib)] public static partial int nvrtcGetCUBINSize(nint program, nuint* size);
    [LibraryImport(Lib)] public static partial int nvrtcGetCUBIN(nint program, byte* cubin);
    [LibraryImport(Lib)] public static partial int nvrtcGetPTXSize(nint program, nuint* size);
    [LibraryImport(Lib)] public static partial int nvrtcGetPTX(nint program, byte* ptx);
    [LibraryImport(Lib)] public static partial int nvrtcDestroyProgram(nint* program);
    [LibraryImport(Lib)] private static partial byte* nvrtcGetErrorString(int code);

    public static void Check(int code, string doing, [CallerArgumentExpression(nameof(code))] string call = "")
    {
        if (code != Success) throw NativeCall.Failed("cuda", call, NameOf(code), doing);
    }

    public static string NameOf(int code) => Marshal.PtrToStringUTF8((nint)nvrtcGetErrorString(code)) ?? $"NVRTC error {code}";
}
