using System.CommandLine;
using System.Text.Json.Nodes;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Training;

namespace FcnFromScratch.App.Commands;

/// <summary><c>fcn kernels</c>: the C# kernels and what the compiler made of them.</summary>
internal static class KernelsCommand
{
    public static Command Create() => new ExampleCommand("kernels", "Study the kernels.",
        ("fcn kernels list", "names and places"), ("fcn kernels show Conv2dKernels.NaiveForward", "the OpenCL C it became")) { List(), Show() };

    private static Command List()
    {
        var quiet = CommonParameters.Quiet with { Help = "print names only" };
        var list = new ExampleCommand("list", "List all kernels.",
            ("fcn kernels list", "name, form, place, what it uses"), ("fcn kernels list --quiet", "names only"));
        var options = new Options(list, [quiet, CommonParameters.Json]);
        list.SetAction(parsed =>
        {
            var given = options.Of(parsed);
            var kernels = KernelCatalog.All.OrderBy(k => k.Name, StringComparer.Ordinal);
            if (given.Get(CommonParameters.Json))
                JsonOutput.Print(Json.Array(kernels.Select(k => new JsonObject
                {
                    ["name"] = k.Name,
                    ["index"] = Index(k),
                    ["file"] = k.SourceFile,
                    ["line"] = k.SourceLine,
                    ["features"] = Json.Array(Enum.GetValues<KernelFeatures>().Where(f => f != KernelFeatures.None && k.Features.HasFlag(f))
                        .Select(f => f.ToString())),
                })));
            else
                foreach (var kernel in kernels)
                {
                    string features = kernel.Features == KernelFeatures.None ? "" : $"  {kernel.Features}";
                    Console.WriteLine(given.Get(quiet) ? kernel.Name
                        : $"{kernel.Name,-44} {Index(kernel)}  {kernel.SourceFile}:{kernel.SourceLine}{features}");
                }
            return ExitCode.Ok;
        });
        return list;
    }

    private static Command Show()
    {
        var name = new Argument<string>("NAME") { Description = "such as Conv2dKernels.NaiveForward" };
        var target = new TextParameter("target", "the language") { Default = "opencl", Words = ["opencl", "cuda"] };
        var show = new ExampleCommand("show", "Print a kernel's translation.",
            ("fcn kernels show Conv2dKernels.NaiveForward", "OpenCL C"),
            ("fcn kernels show Tiled --target cuda", "CUDA C; the class may be left out where one class has the method")) { name };
        var options = new Options(show, [target]);
        show.SetAction(parsed =>
        {
            var kernel = Find(parsed.GetValue(name)!);
            Console.WriteLine(options.Of(parsed).Get(target) == "cuda" ? kernel.Cuda : kernel.OpenCl);
            return ExitCode.Ok;
        });
        return show;
    }

    private static KernelInfo Find(string name)
    {
        try
        {
            return KernelCatalog.Find(name);
        }
        catch (EngineException e)
        {
            throw new UsageException($"{e.Message}; 'fcn kernels list' has them all");
        }
    }

    /// <summary>Whether the device (implicit) or the kernel's caller (explicit) chooses the groups.</summary>
    private static string Index(KernelInfo kernel) => kernel.IsImplicit ? "implicit" : "explicit";
}
