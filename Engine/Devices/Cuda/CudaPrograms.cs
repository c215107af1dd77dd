using System.Text;
using static FcnFromScratch.Engine.Devices.Cuda.CudaApi;
using static FcnFromScratch.Engine.Devices.Cuda.NvrtcApi;

namespace FcnFromScratch.Engine.Devices.Cuda;

/// <summary>The loaded kernels of a device: one for each kernel and set of specialised values, from the disk where they are known there.</summary>
internal sealed unsafe class CudaPrograms : IDisposable
{
    private const int LogBytes = 16 * 1024;

    private readonly CudaDevice _device;
    private readonly KernelCache _cache;
    private readonly Dictionary<(KernelInfo, string), (nint Module, nint Function)> _programs = [];
    private readonly string _target, _compiler;

    public CudaPrograms(CudaDevice device, KernelCache cache)
    {
        _device = device;
        _cache = cache;
        int major, minor;
        NvrtcApi.Check(nvrtcVersion(&major, &minor), "asking for NVRTC's version");
        _compiler = $"NVRTC {major}.{minor}";
        _target = Target(device.Info);
    }

    /// <summary>
    /// Machine code where NVRTC knows the device's architecture. Where the device is younger than NVRTC, PTX of the youngest
    /// architecture that NVRTC knows, which the driver compiles on.
    /// </summary>
    private string Target(CudaDeviceInfo device)
    {
        int count;
        NvrtcApi.Check(nvrtcGetNumSupportedArchs(&count), "asking for NVRTC's architectures");
        var known = new int[count];
        fixed (int* p = known) NvrtcApi.Check(nvrtcGetSupportedArchs(p), "asking for NVRTC's architectures");
        if (known.Contains(device.Architecture)) return $"sm_{device.Architecture}";
        int below = known.Where(architecture => architecture < device.Architecture).DefaultIfEmpty(0).Max();
        if (below == 0)
            throw new DeviceException(
                $"{device.Name}: {_compiler} does not know sm_{device.Architecture} ({device.Hardware}); "
                + $"the oldest it knows is sm_{known.Min()}: install an older NVRTC");
        return $"compute_{below}";
    }

    /// <exception cref="KernelBuildException">NVRTC refused the text, or the driver what NVRTC made of it; carries the log.</exception>
    public nint Get(KernelInfo kernel, string defines)
    {
        if (_programs.TryGetValue((kernel, defines), out var program)) return program.Function;
        string text = defines + kernel.Cuda;
        string key = KernelCache.Key("cuda", text, _target, _compiler, _device.Info.Hardware, _device.Info.Driver.ToString());
        nint module = 0;
        if (_cache.Read(key) is { } stored && Load(stored, &module, out _) != 0) module = 0;
        if (module == 0)
        {
            byte[] image = Compile(kernel, text);
            int code = Load(image, &module, out string log);
            if (code != 0)
                throw new KernelBuildException(
                    kernel.Name, _device.Name, $"the driver does not load what {_compiler} made for {_target}: {CudaApi.NameOf(code)}\n{log}");
            _cache.Write(key, image);
        }
        nint function;
        int found = cuModuleGetFunction(&function, module, kernel.EntryPoint);
        if (found != 0) cuModuleUnload(module);
        CudaApi.Check(found, _device.Name, $"looking for '{kernel.EntryPoint}', the entry point of kernel '{kernel.Name}'", nameof(cuModuleGetFunction));
        _programs.Add((kernel, defines), (module, function));
        return function;
    }

    private int Load(byte[] image, nint* module, out string log)
    {
        var buffer = new byte[LogBytes];
        int code;
        fixed (byte* imageStart = image, logStart = buffer)
        {
            int* option = stackalloc int[2] { JitErrorLogBuffer, JitErrorLogBufferBytes };
            // The driver takes the size as a 32-bit number in the place of a pointer.
            void** value = stackalloc void*[2] { logStart, (void*)LogBytes };
            code = cuModuleLoadDataEx(module, imageStart, 2, option, value);
        }
        int length = Array.IndexOf(buffer, (byte)0);
        log = Encoding.UTF8.GetString(buffer, 0, length < 0 ? LogBytes : length);
        return code;
    }

    private byte[] Compile(KernelInfo kernel, string text)
    {
        byte[] source = Encoding.UTF8.GetBytes(text + '\0');
        byte[] name = Encoding.UTF8.GetBytes(kernel.EntryPoint + ".cu\0");
        byte[] architecture = Encoding.UTF8.GetBytes($"--gpu-architecture={_target}\0");
        nint program;
        fixed (byte* sourceStart = source, nameStart = name, option = architecture)
        {
            NvrtcApi.Check(nvrtcCreateProgram(&program, sourceStart, nameStart, 0, null, null), $"reading the text of kernel '{kernel.Name}'");
            try
            {
                byte* options = option;
                int code = nvrtcCompileProgram(program, 1, &options);
                if (code != NvrtcApi.Success) throw new KernelBuildException(kernel.Name, _device.Name, $"{NvrtcApi.NameOf(code)}\n{Log(program)}");
                return Image(program, kernel.Name);
            }
            finally
            {
                nvrtcDestroyProgram(&program);
            }
        }
    }

    private byte[] Image(nint program, string kernel)
    {
        bool machineCode = _target.StartsWith("sm_", StringComparison.Ordinal);
        nuint size;
        NvrtcApi.Check(
            machineCode ? nvrtcGetCUBINSize(program, &size) : nvrtcGetPTXSize(program, &size),
            $"asking for compiled kernel '{kernel}'", nameof(nvrtcGetCUBINSize));
        var image = new byte[size];
        fixed (byte* p = image)
            NvrtcApi.Check(machineCode ? nvrtcGetCUBIN(program, p) : nvrtcGetPTX(program, p), $"reading compiled kernel '{kernel}'", nameof(nvrtcGetCUBIN));
        return image;
    }

    private static string Log(nint program)
    {
        nuint size = 0;
        if (nvrtcGetProgramLogSize(program, &size) != NvrtcApi.Success || size == 0) return "(no log)";
        var log = new byte[size];
        fixed (byte* p = log)
            if (nvrtcGetProgramLog(program, p) != NvrtcApi.Success) return "(no log)";
        return Encoding.UTF8.GetString(log).TrimEnd('\0');
    }

    public void Dispose()
    {
        foreach (var (module, _) in _programs.Values) cuModuleUnload(module);
        _programs.Clear();
    }
}
