using System.CommandLine;
using FcnFromScratch.Engine.Devices;

namespace FcnFromScratch.App.Commands;

/// <summary><c>fcn kernels</c>: the C# kernels and what the compiler made of them.</summary>
public static class KernelsCommand
{
    public static Command Create()
    {
        var list = new Command("list", "List all kernels.");
        list.SetAction(_ =>
        {
            foreach (var kernel in KernelCatalog.All.OrderBy(k => k.Name, StringComparer.Ordinal))
            {
                string features = kernel.Features == KernelFeatures.None ? "" : $"  {kernel.Features}";
                Console.WriteLine($"{kernel.Name,-44} {(kernel.IsImplicit ? "implicit" : "explicit")}  {kernel.SourceFile}:{kernel.SourceLine}{features}");
            }
            return ExitCode.Ok;
        });

        var name = new Argument<string>("NAME") { Description = "such as Conv2dKernels.Forward" };
        var target = CommandLine.Choice("--target", "opencl", ["opencl", "cuda"], "the language");
        var show = new Command("show", "Print a kernel's translation.") { name, target };
        show.SetAction(parsed =>
        {
            var kernel = KernelCatalog.Find(parsed.GetValue(name)!);
            Console.WriteLine(parsed.GetValue(target) == "cuda" ? kernel.Cuda : kernel.OpenCl);
            return ExitCode.Ok;
        });
        return new Command("kernels", "Study the kernels.") { list, show };
    }
}
