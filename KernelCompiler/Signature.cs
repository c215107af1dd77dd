using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace FcnFromScratch.KernelCompiler;

/// <summary>What a kernel's declaration must be, before its body is looked at.</summary>
internal static class Signature
{
    private const int MaxParameters = 14;

    /// <summary>Reports what is wrong; true if a launcher can be written.</summary>
    public static bool Check(Translation translation, IMethodSymbol method, MethodDeclarationSyntax syntax, int dimensions)
    {
        int before = translation.Diagnostics.Count;
        var name = syntax.Identifier.GetLocation();
        var type = method.ContainingType;
        bool isPartial = syntax.Parent is ClassDeclarationSyntax declaration && declaration.Modifiers.Any(SyntaxKind.PartialKeyword);
        if (!type.IsStatic || !isPartial || type.ContainingType is not null || type.IsGenericType || type.IsFileLocal)
            translation.Report(Diagnostics.ClassShape, name, type.Name);
        if (!method.IsStatic || !method.ReturnsVoid || method.IsAsync || syntax is { Body: null, ExpressionBody: null })
            translation.Report(Diagnostics.MethodShape, name);
        if (method.IsGenericMethod) translation.Report(Diagnostics.GenericKernel, name);
        if (type.GetMembers(method.Name).OfType<IMethodSymbol>().FirstOrDefault(IsKernel) is { } first && !SymbolEqualityComparer.Default.Equals(first, method))
            translation.Report(Diagnostics.SameName, name, method.Name);

        var parameters = method.Parameters.Skip(dimensions > 0 ? 1 : 0).ToList();
        if (parameters.Count > MaxParameters) translation.Report(Diagnostics.TooManyParameters, name, parameters.Count.ToString());
        foreach (var parameter in method.Parameters)
        {
            var location = parameter.Locations.FirstOrDefault() ?? name;
            if (parameter.RefKind != RefKind.None) translation.Report(Diagnostics.ParameterByReference, location, parameter.Name);
            else if (parameter.Type.TypeKind == TypeKind.Error) return false;
            else if (KernelTypes.SpecializedElement(parameter.Type) is { } specialized)
            {
                if (specialized.SpecialType != SpecialType.System_Int32)
                    translation.Report(Diagnostics.Specialized, location, parameter.Name, parameter.Type.ToDisplayString());
            }
            else if (Problem(parameter.Type) is { } problem)
                translation.Report(Diagnostics.ParameterType, location, parameter.Name, parameter.Type.ToDisplayString(), problem);
        }
        return translation.Diagnostics.Count == before;
    }

    private static string? Problem(ITypeSymbol type)
    {
        var value = KernelTypes.ViewElement(type) ?? type;
        var scalar = KernelTypes.ScalarOf(value);
        if (scalar == SpecialType.System_Boolean) return "C compilers differ on the size of a bool; use int, 0 or 1";
        return scalar != SpecialType.None ? null : KernelTypes.StructProblem(value);
    }

    private static bool IsKernel(IMethodSymbol method) =>
        method.GetAttributes().Any(a => a.AttributeClass?.ToDisplayString() == "FcnFromScratch.Engine.KernelAttribute");
}
