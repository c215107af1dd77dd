using System.CommandLine;
using System.Text.Json.Nodes;
using FcnFromScratch.Engine.Devices;

namespace FcnFromScratch.App.Commands;

/// <summary><c>fcn kernels</c>: the C# kernels and what the compiler made of them.</summary>
public static class KernelsCommand
{
    public static Command Create() => new("kernels", "Study the kernels.") { List(), Show() };

    private static Command List()
    {
        var json = JsonOutput.Option();
        var quiet = CommandLine.Flag("--quiet", "print names only");
        var list = new Command("list", "List all kernels.") { quiet, json };
        list.SetAction(parsed =>
        {
            var kernels = KernelCatalog.All.OrderBy(k => k.Name, StringComparer.Ordinal);
            if (parsed.GetValue(json))
                JsonOutput.Print(JsonOutput.Array(kernels.Select(k => new JsonObject
                {
                    ["name"] = k.Name,
                    ["index"] = Index(k),
                    ["file"] = k.SourceFile,
                    ["line"] = k.SourceLine,
                    ["features"] = JsonOutput.Array(Enum.GetValues<KernelFeatures>().Where(f => f != KernelFeatures.None && k.Features.HasFlag(f))
                        .Select(f => (JsonNode)f.ToString())),
                })));
            else
                foreach (var kernel in kernels)
                    Console.WriteLine(parsed.GetValue(quiet) ? kernel.Name
                        : $"{kernel.Name,-44} {Index(kernel)}  {kernel.SourceFile}:{kernel.SourceLine}{(kernel.Features == KernelFeatures.None ? "" : $"  {kernel.Features}")}");
            return ExitCode.Ok;
        });
        return list;
    }

    private static Command Show()
    {
        var name = new Argument<string>("NAME") { Description = "such as Conv2dKernels.NaiveForward" };
        var target = CommandLine.Choice("--target", "opencl", ["opencl", "cuda"], "the language");
        var show = new Command("show", "Print a kernel's translation.") { name, target };
        show.SetAction(parsed =>
        {
            var kernel = Find(parsed.GetValue(name)!);
            Console.WriteLine(parsed.GetValue(target) == "cuda" ? kernel.Cuda : kernel.OpenCl);
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
            throw new UsageException(e.Message);
        }
    }

    /// <summary>Whether the device (implicit) or the kernel's caller (explicit) chooses the groups.</summary>
    private static string Index(KernelInfo kernel) => kernel.IsImplicit ? "implicit" : "explicit";
}
