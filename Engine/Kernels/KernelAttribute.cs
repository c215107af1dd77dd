namespace FcnFromScratch.Engine;

/// <summary>
/// Marks a <c>static void</c> method of a <c>static partial class</c> as a device kernel. The kernel compiler translates it to
/// OpenCL C and CUDA C when the project is built and adds a typed launcher, the nested class <c>{Method}Launch</c>.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KernelAttribute : Attribute;
