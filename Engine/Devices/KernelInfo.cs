namespace FcnFromScratch.Engine.Devices;

/// <summary>What a kernel needs of a device beyond plain work items.</summary>
[Flags]
public enum KernelFeatures
{
    /// <summary>Work items that know nothing of each other.</summary>
    None = 0,

    /// <summary>Items of a group meet.</summary>
    Barrier = 1,

    /// <summary>Items of a group share memory.</summary>
    SharedMemory = 2,

    /// <summary>Items of a warp exchange values, which OpenCL C 1.2 has not.</summary>
    Warp = 4,

    /// <summary>Atomic operations on integers.</summary>
    Atomics = 8,

    /// <summary>64-bit floats, which a device need not have.</summary>
    Double = 16,
}

/// <summary>A kernel as the compiler left it: the translations, and where the C# is.</summary>
/// <param name="Name">Class and method in C#, such as <c>Conv2dKernels.Tiled</c>.</param>
/// <param name="EntryPoint">The function's name in both translations, such as <c>Conv2dKernels_Tiled</c>.</param>
/// <param name="CSharp">The method as it is written.</param>
/// <param name="OpenCl">A whole OpenCL C 1.2 program.</param>
/// <param name="Cuda">A whole CUDA C program, the entry point <c>extern "C"</c>.</param>
/// <param name="SourceFile">File name of the C# source.</param>
/// <param name="SourceLine">Line of the C# method, from 1.</param>
/// <param name="IsImplicit">Takes an index: the device chooses the groups.</param>
public sealed record KernelInfo(
    string Name, string EntryPoint, string CSharp, string OpenCl, string Cuda, KernelFeatures Features, string SourceFile, int SourceLine, bool IsImplicit);
