using System.Text;
using static FcnFromScratch.Engine.Devices.OpenCl.OpenClApi;

namespace FcnFromScratch.Engine.Devices.OpenCl;

/// <summary>The compiled programs of a device: one for each kernel and set of specialised values, from the disk where they are known there.</summary>
internal sealed unsafe class OpenClPrograms(OpenClDevice device, KernelCache cache) : IDisposable
{
    // OpenCL C 1.2 by name; a·b+c may become one instruction, as it does on CUDA. Nothing that changes NaN or infinity.
    private const string Options = "-cl-std=CL1.2 -cl-mad-enable";

    private readonly Dictionary<(KernelInfo, string), nint> _programs = [];

    /// <exception cref="KernelBuildException">The driver's compiler refused the text; carries its log.</exception>
    public nint Get(KernelInfo kernel, string defines)
    {
        if (_programs.TryGetValue((kernel, defines), out nint program)) return program;
        string text = defines + kernel.OpenCl;
        string key = KernelCache.Key("opencl", text, Options, device.Info.Hardware, device.Info.Versions, device.Info.Platform);
        program = FromBinary(cache.Read(key));
        if (program == 0)
        {
            program = FromText(kernel, text);
            cache.Write(key, Binary(program));
        }
        _programs.Add((kernel, defines), program);
        return program;
    }

    private nint FromText(KernelInfo kernel, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        nuint length = (nuint)bytes.Length;
        int error;
        nint program;
        fixed (byte* p = bytes)
        {
            byte* start = p;
            program = clCreateProgramWithSource(device.Context, 1, &start, &length, &error);
        }
        Check(error, device.Name, $"reading the text of kernel '{kernel.Name}'", nameof(clCreateProgramWithSource));
        int code = Build(program);
        if (code == 0) return program;
        string log = BuildLog(program);
        clReleaseProgram(program);
        throw new KernelBuildException(kernel.Name, device.Name, $"{NameOf(code)}\n{log}");
    }

    /// <summary>0 where there is no binary or the driver does not take it: then the text is compiled.</summary>
    private nint FromBinary(byte[]? binary)
    {
        if (binary is null) return 0;
        nint handle = device.Info.Handle;
        nuint length = (nuint)binary.Length;
        int status, error;
        nint program;
        fixed (byte* p = binary)
        {
            byte* start = p;
            program = clCreateProgramWithBinary(device.Context, 1, &handle, &length, &start, &status, &error);
        }
        if (error == 0 && status == 0 && Build(program) == 0) return program;
        if (program != 0) clReleaseProgram(program);
        return 0;
    }

    private int Build(nint program)
    {
        nint handle = device.Info.Handle;
        return clBuildProgram(program, 1, &handle, Options, 0, 0);
    }

    private string BuildLog(nint program)
    {
        nuint size = 0;
        if (clGetProgramBuildInfo(program, device.Info.Handle, ProgramBuildLog, 0, null, &size) != 0 || size == 0) return "(no log)";
        var log = new byte[size];
        fixed (byte* p = log)
            if (clGetProgramBuildInfo(program, device.Info.Handle, ProgramBuildLog, size, p, null) != 0) return "(no log)";
        return Encoding.UTF8.GetString(log).TrimEnd('\0');
    }

    private byte[] Binary(nint program)
    {
        nuint size;
        Check(clGetProgramInfo(program, ProgramBinarySizes, (nuint)sizeof(nuint), &size, null), device.Name, "asking for a compiled program");
        var binary = new byte[size];
        fixed (byte* p = binary)
        {
            byte* start = p;
            Check(clGetProgramInfo(program, ProgramBinaries, (nuint)sizeof(byte*), &start, null), device.Name, "reading a compiled program");
        }
        return binary;
    }

    public void Dispose()
    {
        foreach (nint program in _programs.Values) clReleaseProgram(program);
        _programs.Clear();
    }
}
