using System.Reflection;
using System.Text.RegularExpressions;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.KernelCompiler;
using FcnFromScratch.Kernels.Tests.App;
using Microsoft.CodeAnalysis;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Compiler;

/// <summary>What devices get and students read: every kernel of the engine in both languages, where a change of the compiler or of a kernel shows.</summary>
public sealed partial class ApprovedKernelTests
{
    [Fact] public void OpenCl() => Approved.Text("kernels-opencl.txt", All("opencl"));

    [Fact] public void Cuda() => Approved.Text("kernels-cuda.txt", All("cuda"));

    [Fact] public void List() => Approved.Text("kernels-list.txt", Print("kernels", "list"));

    [Fact] public void List_as_json() => Approved.Text("kernels-list.json", Print("kernels", "list", "--json"));

    [Fact]
    public void Diagnostics_of_the_compiler() => Approved.Text("diagnostics.txt", string.Concat(
        typeof(Diagnostics).GetFields(BindingFlags.Static | BindingFlags.Public).Select(field => (DiagnosticDescriptor)field.GetValue(null)!)
            .Select(d => $"{d.Id} {d.DefaultSeverity}: {d.Title}\n  {d.MessageFormat}\n")));

    private static string All(string target) =>
        string.Concat(KernelCatalog.All.Select(kernel => Print("kernels", "show", kernel.Name, "--target", target)));

    // An edit above a kernel moves its line, and that is nobody's to approve.
    private static string Print(params string[] args)
    {
        var result = CommandRun.Run(args);
        Assert.Equal((0, ""), (result.Code, result.Error));
        return Line().Replace(result.Out.ReplaceLineEndings("\n"), "${1}0");
    }

    [GeneratedRegex("""(\.cs:|"line": )\d+""")]
    private static partial Regex Line();
}
