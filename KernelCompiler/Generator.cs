using System.Text;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace FcnFromScratch.KernelCompiler;

/// <summary>
/// Translates every method with [Kernel] to OpenCL C 1.2 and CUDA C while the project is built, and adds its launcher.
/// The way: syntax with the attribute → <see cref="KernelModel"/> (values only) → C#. Only a changed model writes a file again.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class Generator : IIncrementalGenerator
{
    internal const string KernelsStep = "Kernels", CatalogStep = "Catalog";
    private const string AttributeName = "FcnFromScratch.Engine.KernelAttribute";

    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var kernels = context.SyntaxProvider
            .ForAttributeWithMetadataName(AttributeName, (node, _) => node is MethodDeclarationSyntax, Model)
            .WithTrackingName(KernelsStep);
        context.RegisterSourceOutput(kernels, (output, kernel) =>
        {
            foreach (var diagnostic in kernel.Diagnostics) output.ReportDiagnostic(diagnostic.ToDiagnostic());
            if (kernel.HasLauncher) output.AddSource(kernel.HintName, SourceText.From(LauncherWriter.Launcher(kernel), Encoding.UTF8));
        });

        var launchers = kernels
            .Where(kernel => kernel.HasLauncher)
            .Select((kernel, _) => kernel.Launcher)
            .Collect()
            .Select((names, _) => new EquatableArray<string>(names.OrderBy(name => name, StringComparer.Ordinal)))
            .WithTrackingName(CatalogStep);
        context.RegisterSourceOutput(launchers, (output, names) =>
            output.AddSource("GeneratedKernels.g.cs", SourceText.From(LauncherWriter.Catalog(names), Encoding.UTF8)));
    }

    private static KernelModel Model(GeneratorAttributeSyntaxContext context, CancellationToken cancellation)
    {
        var method = (IMethodSymbol)context.TargetSymbol;
        var syntax = (MethodDeclarationSyntax)context.TargetNode;
        int dimensions = method.Parameters.IsEmpty ? 0 : KernelTypes.IndexDimensions(method.Parameters[0].Type);
        var compilation = context.SemanticModel.Compilation;
        var openCl = new Translation(compilation, Dialect.OpenCl, method, dimensions, cancellation);
        var cuda = new Translation(compilation, Dialect.Cuda, method, dimensions, cancellation);

        bool isSound = Signature.Check(openCl, method, syntax, dimensions);
        string openClText = "", cudaText = "";
        IReadOnlyList<Pointer?> pointers = [];
        if (isSound)
        {
            openClText = openCl.Run(syntax, out pointers);
            // The dialects share what can be wrong: one of them reports it.
            if (openCl.Diagnostics.Count == 0) cudaText = cuda.Run(syntax, out _);
            if (openCl.Features.HasFlag(KernelFeatures.Warp))
                openClText = $"/* {openCl.KernelName} uses Warp, and OpenCL C 1.2 has no shuffles: it runs on cuda and on the emulator. */\n";
        }
        var line = syntax.Identifier.GetLocation().GetLineSpan();
        var parameters = method.Parameters.Select((parameter, i) => new ParameterModel(
            parameter.Name, parameter.Type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat),
            KernelTypes.SpecializedElement(parameter.Type) is not null ? ParameterKind.Specialized
                : KernelTypes.ViewElement(parameter.Type) is not null ? ParameterKind.View : ParameterKind.Value,
            isSound && pointers[i] is { UsesLength: true }));
        return new KernelModel(
            method.ContainingNamespace.IsGlobalNamespace ? "" : method.ContainingNamespace.ToDisplayString(), method.ContainingType.Name, method.Name,
            isSound, method.Parameters.All(p => IsPublic(p.Type)), dimensions,
            new EquatableArray<ParameterModel>(parameters.Skip(dimensions > 0 ? 1 : 0)), Written(syntax), openClText, cudaText,
            openCl.Features, openCl.UsesLocalMemory,
            Translation.FileName(line.Path), line.StartLinePosition.Line + 1, new EquatableArray<DiagnosticInfo>(openCl.Diagnostics.Distinct()));
    }

    /// <summary>The lines of a method, moved to the left as one.</summary>
    private static string Written(MethodDeclarationSyntax syntax)
    {
        string[] lines = syntax.ToFullString().Replace("\r", "").Trim('\n').Split('\n');
        int indent = lines.Where(line => line.Trim().Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join("\n", lines.Select(line => line.Length > indent ? line.Substring(indent).TrimEnd() : "")).Trim('\n');
    }

    private static bool IsPublic(ITypeSymbol type)
    {
        for (var t = type; t is not null; t = t.ContainingType)
            if (t.DeclaredAccessibility is not (Accessibility.Public or Accessibility.NotApplicable)) return false;
        return type is not INamedTypeSymbol named || named.TypeArguments.All(IsPublic);
    }
}
