using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FcnFromScratch.Engine.Devices.Native;

namespace FcnFromScratch.Engine.Devices.OpenCl;

/// <summary>The part of the OpenCL 1.2 C API that the engine uses. Handles are <see cref="nint"/>, cl_bitfield is <see cref="ulong"/>.</summary>
internal static unsafe partial class OpenClApi
{
    private const string Lib = NativeLibraries.OpenCl;

    public const ulong DeviceTypeGpu = 1 << 2, DeviceTypeAll = 0xFFFFFFFF, MemReadWrite = 1;
    public const uint PlatformVersion = 0x0901;
    public const uint DeviceType = 0x1000, DeviceMaxComputeUnits = 0x1002, DeviceMaxWorkGroupSize = 0x1004, DeviceMaxWorkItemSizes = 0x1005,
        DeviceMaxMemAllocSize = 0x1010, DeviceMemBaseAddrAlign = 0x1019, DeviceGlobalMemSize = 0x101F, DeviceLocalMemSize = 0x1023,
        DeviceName = 0x102B, DriverVersion = 0x102D, DeviceVersion = 0x102F, DeviceDoubleFpConfig = 0x1032;
    public const uint BufferCreateTypeRegion = 0x1220, ProgramBinarySizes = 0x1165, ProgramBinaries = 0x1166, ProgramBuildLog = 0x1183,
        KernelWorkGroupSize = 0x11B0, KernelLocalMemSize = 0x11B2;
    public const int DeviceNotFound = -1, MemObjectAllocationFailure = -4, OutOfResources = -5, OutOfHostMemory = -6,
        InvalidBufferSize = -61, PlatformNotFound = -1001;

    [StructLayout(LayoutKind.Sequential)]
    public readonly record struct BufferRegion(nuint Origin, nuint Size);

    [LibraryImport(Lib)] public static partial int clGetPlatformIDs(uint count, nint* platforms, uint* found);
    [LibraryImport(Lib)] public static partial int clGetPlatformInfo(nint platform, uint what, nuint size, void* value, nuint* sizeNeeded);
    [LibraryImport(Lib)] public static partial int clGetDeviceIDs(nint platform, ulong type, uint count, nint* devices, uint* found);
    [LibraryImport(Lib)] public static partial int clGetDeviceInfo(nint device, uint what, nuint size, void* value, nuint* sizeNeeded);
    [LibraryImport(Lib)] public static partial nint clCreateContext(nint* properties, uint count, nint* devices, nint notify, nint user, int* error);
    [LibraryImport(Lib)] public static partial int clReleaseContext(nint context);
    [LibraryImport(Lib)] public static partial nint clCreateCommandQueue(nint context, nint device, ulong properties, int* error);
    [LibraryImport(Lib)] public static partial int clReleaseCommandQueue(nint queue);
    [LibraryImport(Lib)] public static partial nint clCreateBuffer(nint context, ulong flags, nuint size, void* host, int* error);
    [LibraryImport(Lib)] public static partial nint clCreateSubBuffer(nint buffer, ulong flags, uint type, BufferRegion* region, int* error);
    [LibraryImport(Lib)] public static partial int clReleaseMemObject(nint buffer);
    [LibraryImport(Lib)] public static partial int clEnqueueFillBuffer(nint queue, nint buffer, void* pattern, nuint patternSize, nuint offset,
        nuint size, uint waits, nint* waitList, nint* done);
    [LibraryImport(Lib)] public static partial int clEnqueueWriteBuffer(nint queue, nint buffer, uint blocking, nuint offset, nuint size,
        void* source, uint waits, nint* waitList, nint* done);
    [LibraryImport(Lib)] public static partial int clEnqueueReadBuffer(nint queue, nint buffer, uint blocking, nuint offset, nuint size,
        void* target, uint waits, nint* waitList, nint* done);
    [LibraryImport(Lib)] public static partial nint clCreateProgramWithSource(nint context, uint count, byte** texts, nuint* lengths, int* error);
    [LibraryImport(Lib)] public static partial nint clCreateProgramWithBinary(nint context, uint count, nint* devices, nuint* lengths,
        byte** binaries, int* statuses, int* error);
    [LibraryImport(Lib, StringMarshalling = StringMarshalling.Utf8)] public static partial int clBuildProgram(nint program, uint count,
        nint* devices, string options, nint notify, nint user);
    [LibraryImport(Lib)] public static partial int clGetProgramBuildInfo(nint program, nint device, uint what, nuint size, void* value, nuint* sizeNeeded);
    [LibraryImport(Lib)] public static partial int clGetProgramInfo(nint program, uint what, nuint size, void* value, nuint* sizeNeeded);
    [LibraryImport(Lib)] public static partial int clReleaseProgram(nint program);
    [LibraryImport(Lib, StringMarshalling = StringMarshalling.Utf8)] public static partial nint clCreateKernel(nint program, string name, int* error);
    [LibraryImport(Lib)] public static partial int clSetKernelArg(nint kernel, uint index, nuint size, void* value);
    [LibraryImport(Lib)] public static partial int clGetKernelWorkGroupInfo(nint kernel, nint device, uint what, nuint size, void* value, nuint* sizeNeeded);
    [LibraryImport(Lib)] public static partial int clReleaseKernel(nint kernel);
    [LibraryImport(Lib)] public static partial int clEnqueueNDRangeKernel(nint queue, nint kernel, uint dimensions, nuint* offset, nuint* global,
        nuint* local, uint waits, nint* waitList, nint* done);
    [LibraryImport(Lib)] public static partial int clWaitForEvents(uint count, nint* events);
    [LibraryImport(Lib)] public static partial int clReleaseEvent(nint done);
    [LibraryImport(Lib)] public static partial int clFlush(nint queue);
    [LibraryImport(Lib)] public static partial int clFinish(nint queue);

    /// <summary>Throws unless <paramref name="code"/> is CL_SUCCESS; the message names the call, the error and <paramref name="doing"/>.</summary>
    public static void Check(int code, string device, string doing, [CallerArgumentExpression(nameof(code))] string call = "")
    {
        if (code != 0) throw Error(code, device, doing, call);
    }

    public static DeviceException Error(int code, string device, string doing, string call) => NativeCall.Failed(device, call, NameOf(code), doing);

    public static string NameOf(int code) => s_errors.TryGetValue(code, out string? name) ? name : $"OpenCL error {code}";

    private static readonly Dictionary<int, string> s_errors = new()
    {
        [-1] = "CL_DEVICE_NOT_FOUND", [-2] = "CL_DEVICE_NOT_AVAILABLE", [-3] = "CL_COMPILER_NOT_AVAILABLE",
        [-4] = "CL_MEM_OBJECT_ALLOCATION_FAILURE", [-5] = "CL_OUT_OF_RESOURCES", [-6] = "CL_OUT_OF_HOST_MEMORY",
        [-7] = "CL_PROFILING_INFO_NOT_AVAILABLE", [-8] = "CL_MEM_COPY_OVERLAP", [-11] = "CL_BUILD_PROGRAM_FAILURE", [-12] = "CL_MAP_FAILURE",
        [-13] = "CL_MISALIGNED_SUB_BUFFER_OFFSET", [-14] = "CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST", [-15] = "CL_COMPILE_PROGRAM_FAILURE",
        [-30] = "CL_INVALID_VALUE", [-31] = "CL_INVALID_DEVICE_TYPE", [-32] = "CL_INVALID_PLATFORM", [-33] = "CL_INVALID_DEVICE",
        [-34] = "CL_INVALID_CONTEXT", [-35] = "CL_INVALID_QUEUE_PROPERTIES", [-36] = "CL_INVALID_COMMAND_QUEUE", [-37] = "CL_INVALID_HOST_PTR",
        [-38] = "CL_INVALID_MEM_OBJECT", [-42] = "CL_INVALID_BINARY", [-43] = "CL_INVALID_BUILD_OPTIONS", [-44] = "CL_INVALID_PROGRAM",
        [-45] = "CL_INVALID_PROGRAM_EXECUTABLE", [-46] = "CL_INVALID_KERNEL_NAME", [-47] = "CL_INVALID_KERNEL_DEFINITION", [-48] = "CL_INVALID_KERNEL",
        [-49] = "CL_INVALID_ARG_INDEX", [-50] = "CL_INVALID_ARG_VALUE", [-51] = "CL_INVALID_ARG_SIZE", [-52] = "CL_INVALID_KERNEL_ARGS",
        [-53] = "CL_INVALID_WORK_DIMENSION", [-54] = "CL_INVALID_WORK_GROUP_SIZE", [-55] = "CL_INVALID_WORK_ITEM_SIZE", [-56] = "CL_INVALID_GLOBAL_OFFSET",
        [-57] = "CL_INVALID_EVENT_WAIT_LIST", [-58] = "CL_INVALID_EVENT", [-59] = "CL_INVALID_OPERATION", [-61] = "CL_INVALID_BUFFER_SIZE",
        [-63] = "CL_INVALID_GLOBAL_WORK_SIZE", [-64] = "CL_INVALID_PROPERTY", [-1001] = "CL_PLATFORM_NOT_FOUND_KHR",
    };
}
