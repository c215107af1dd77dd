using System.Collections.Immutable;
using System.Reflection;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.KernelCompiler;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Compiler;

/// <summary>Runs the kernel compiler on C# text, as a build would.</summary>
internal static class Harness
{
    private const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using FcnFromScratch.Engine;
        global using FcnFromScratch.Engine.Devices;
        global using FcnFromScratch.Engine.Kernels;
        global using FcnFromScratch.Engine.Kernels.Algorithms;
        global using FcnFromScratch.Engine.Kernels.Runtime;
        """;

    private static readonly CSharpParseOptions s_parse = new(LanguageVersion.Preview);

    private static readonly ImmutableArray<MetadataReference> s_references =
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
        .Append(typeof(KernelLaunch).Assembly.Location)
        .DistinctBy(Path.GetFileName)
        .Select(path => (MetadataReference)MetadataReference.CreateFromFile(path))
        .ToImmutableArray();

    public static SyntaxTree Parse(string source, string path) => CSharpSyntaxTree.ParseText(source, s_parse, path);

    // All compilations are made from this one, so that the references are read once.
    private static readonly CSharpCompilation s_empty = CSharpCompilation.Create(
        "Trial", [Parse(Usings, "Usings.cs")], s_references,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable, allowUnsafe: true));

    public static CSharpCompilation Compilation(params (string Path, string Text)[] sources) =>
        s_empty.AddSyntaxTrees(sources.Select(source => Parse(source.Text, source.Path)));

    public static GeneratorDriver Driver() => CSharpGeneratorDriver.Create(
        [new Generator().AsSourceGenerator()], parseOptions: s_parse,
        driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));

    /// <summary>The kernel compiler's errors for one file.</summary>
    public static ImmutableArray<Diagnostic> Diagnose(string source)
    {
        Driver().RunGeneratorsAndUpdateCompilation(Compilation(("Kernels.cs", source)), out _, out var diagnostics);
        return diagnostics;
    }

    /// <summary>Builds and loads an assembly; any error fails the test.</summary>
    public static Assembly Build(params (string Path, string Text)[] sources)
    {
        Driver().RunGeneratorsAndUpdateCompilation(Compilation(sources), out var compilation, out var diagnostics);
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        var errors = diagnostics.Concat(result.Diagnostics).Where(d => d.Severity >= DiagnosticSeverity.Warning).ToList();
        Assert.True(errors.Count == 0, string.Join(Environment.NewLine, errors));
        return Assembly.Load(image.ToArray());
    }

    public static IReadOnlyList<KernelInfo> Kernels(Assembly assembly) =>
        (IReadOnlyList<KernelInfo>)assembly.GetType("FcnFromScratch.Engine.Devices.GeneratedKernels", throwOnError: true)!.GetProperty("All")!.GetValue(null)!;

    public static KernelLaunch Launch(Assembly assembly, string type, params object[] arguments) =>
        (KernelLaunch)Activator.CreateInstance(assembly.GetType(type, throwOnError: true)!, arguments)!;
}
