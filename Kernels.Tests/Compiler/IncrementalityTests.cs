using Microsoft.CodeAnalysis;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Compiler;

/// <summary>Typing in an editor translates kernels again, since a helper may lie in any file, but must not write again what comes out the same.</summary>
public sealed class IncrementalityTests
{
    private const string First = "public static partial class A { [Kernel] public static void Run(Index1D i, ArrayView<float> y) => y[i] = Tools.Value(i); }";
    private const string Second = "public static partial class B { [Kernel] public static void Run(Index1D i, ArrayView<float> y) => y[i] = 2; }";
    private const string Helper = "static class Tools { public static float Value(int i) => i; }";

    [Fact]
    public void An_edit_in_another_file_changes_nothing()
    {
        var result = RunTwice("Other.cs", "class Other { int a; }", "class Other { int a, b; void M() { } }");
        Assert.All(Reasons(result, KernelCompiler.Generator.KernelsStep), reason => Assert.Equal(IncrementalStepRunReason.Unchanged, reason));
        Assert.All(Reasons(result, KernelCompiler.Generator.CatalogStep), AssertNotNew);
        Assert.All(Outputs(result), reason => Assert.Equal(IncrementalStepRunReason.Cached, reason));
    }

    [Fact]
    public void An_edit_of_one_kernel_writes_that_kernel_only()
    {
        var result = RunTwice("B.cs", Second, Second.Replace("= 2", "= 3"));
        Assert.Equal([IncrementalStepRunReason.Modified, IncrementalStepRunReason.Unchanged], Reasons(result, KernelCompiler.Generator.KernelsStep).Order());
        Assert.All(Reasons(result, KernelCompiler.Generator.CatalogStep), AssertNotNew);
        Assert.Equal(1, Outputs(result).Count(reason => reason == IncrementalStepRunReason.Modified));
    }

    [Fact]
    public void An_edit_of_a_helper_reaches_the_kernels_that_call_it()
    {
        var result = RunTwice("Helper.cs", Helper, Helper.Replace("=> i", "=> 2 * i"));
        Assert.Equal([IncrementalStepRunReason.Modified, IncrementalStepRunReason.Unchanged], Reasons(result, KernelCompiler.Generator.KernelsStep).Order());
        Assert.Contains("return 2 * i;", result.GeneratedSources.Single(source => source.HintName == "A.Run.g.cs").SourceText.ToString());
    }

    [Fact]
    public void A_kernel_of_another_name_is_another_in_the_catalog()
    {
        var result = RunTwice("B.cs", Second, Second.Replace("Run", "Set"));
        Assert.Equal([IncrementalStepRunReason.Modified], Reasons(result, KernelCompiler.Generator.CatalogStep));
        string catalog = result.GeneratedSources.Single(source => source.HintName == "GeneratedKernels.g.cs").SourceText.ToString();
        Assert.Contains("B.SetLaunch", catalog);
        Assert.DoesNotContain("B.RunLaunch", catalog);
    }

    /// <summary>Of the same kind and at the same place, so that only its words differ.</summary>
    [Fact]
    public void Another_error_is_told()
    {
        var result = RunTwice("B.cs", Second.Replace("= 2", "= MathF.Acosh(2)"), Second.Replace("= 2", "= MathF.Asinh(2)"));
        Assert.StartsWith("kernel 'B.Run' calls 'MathF.Asinh'", Assert.Single(result.Diagnostics).GetMessage());
    }

    private static void AssertNotNew(IncrementalStepRunReason reason) =>
        Assert.True(reason is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged, reason.ToString());

    private static GeneratorRunResult RunTwice(string path, string before, string after)
    {
        var sources = new Dictionary<string, string> { ["A.cs"] = First, ["B.cs"] = Second, ["Helper.cs"] = Helper, [path] = before };
        var compilation = Harness.Compilation(sources.Select(source => (source.Key, source.Value)).ToArray());
        var driver = Harness.Driver().RunGenerators(compilation);
        var old = compilation.SyntaxTrees.Single(tree => tree.FilePath == path);
        return driver.RunGenerators(compilation.ReplaceSyntaxTree(old, Harness.Parse(after, path))).GetRunResult().Results.Single();
    }

    private static List<IncrementalStepRunReason> Reasons(GeneratorRunResult result, string step) =>
        result.TrackedSteps[step].SelectMany(run => run.Outputs).Select(output => output.Reason).ToList();

    private static List<IncrementalStepRunReason> Outputs(GeneratorRunResult result) =>
        result.TrackedOutputSteps.SelectMany(step => step.Value).SelectMany(run => run.Outputs).Select(output => output.Reason).ToList();
}
