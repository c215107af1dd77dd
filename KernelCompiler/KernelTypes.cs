using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace FcnFromScratch.KernelCompiler;

/// <summary>What the compiler asks about C# types.</summary>
internal static class KernelTypes
{
    public const string Language = "FcnFromScratch.Engine.Kernels";

    /// <summary>1 to 3 for the index types of implicit kernels, 0 for any other type.</summary>
    public static int IndexDimensions(ITypeSymbol type) =>
        Is(type, Language, "Index1D") ? 1 : Is(type, Language, "Index2D") ? 2 : Is(type, Language, "Index3D") ? 3 : 0;

    /// <summary>The element type of an ArrayView, or null.</summary>
    public static ITypeSymbol? ViewElement(ITypeSymbol? type) =>
        type is INamedTypeSymbol { TypeArguments.Length: 1 } view && Is(type, Language, "ArrayView") ? view.TypeArguments[0] : null;

    /// <summary>The type that a SpecializedValue holds, or null.</summary>
    public static ITypeSymbol? SpecializedElement(ITypeSymbol? type) =>
        type is INamedTypeSymbol { TypeArguments.Length: 1 } value && Is(type, Language + ".Runtime", "SpecializedValue") ? value.TypeArguments[0] : null;

    /// <summary>The number that stands for the type in C: itself, an enum's, an index's, a specialised value's; None for any other type.</summary>
    public static SpecialType ScalarOf(ITypeSymbol? type)
    {
        if (type is null) return SpecialType.None;
        if (type is INamedTypeSymbol { EnumUnderlyingType: { } underlying }) return underlying.SpecialType;
        if (Is(type, Language, "Index1D")) return SpecialType.System_Int32;
        if (Is(type, Language, "LongIndex1D")) return SpecialType.System_Int64;
        if (SpecializedElement(type) is { } element) return ScalarOf(element);
        return Dialect.OpenCl.Scalar(type.SpecialType) is null ? SpecialType.None : type.SpecialType;
    }

    /// <summary>The instance fields of a struct in memory order, backing fields of properties under the property's name.</summary>
    public static List<(string Name, ITypeSymbol Type, IFieldSymbol Symbol)> Fields(ITypeSymbol type) =>
        type.GetMembers().OfType<IFieldSymbol>().Where(field => !field.IsStatic && !field.IsConst)
            .Select(field => (FieldName(field), field.Type, field)).ToList();

    /// <summary>The name that the kernel's author gave the field: of a backing field, the property's.</summary>
    public static string FieldName(IFieldSymbol field)
    {
        string name = field.AssociatedSymbol?.Name ?? field.Name;
        int end = name.IndexOf('>');
        return name.StartsWith("<", StringComparison.Ordinal) && end > 1 ? name.Substring(1, end - 1) : name;
    }

    /// <summary>Whether a property is stored: its name is that of a field.</summary>
    public static bool IsStored(IPropertySymbol property) =>
        !property.IsStatic && property.Parameters.IsEmpty && Fields(property.ContainingType).Any(field => field.Name == property.Name);

    /// <summary>
    /// 8 or 16 for a struct of exactly two or four floats, so that compilers move it with one vector instruction; 0 for the natural alignment.
    /// </summary>
    public static int VectorAlignment(ITypeSymbol type)
    {
        var fields = Fields(type);
        return fields.Count is 2 or 4 && fields.All(field => field.Type.SpecialType == SpecialType.System_Single) ? fields.Count * 4 : 0;
    }

    /// <summary>Why a struct cannot be one of C with the same layout, or null if it can.</summary>
    public static string? StructProblem(ITypeSymbol type)
    {
        if (type.TypeKind != TypeKind.Struct) return "kernels know only numbers and readonly structs of numbers; pass data as an ArrayView<T>";
        if (type.SpecialType != SpecialType.None || ViewElement(type) is not null)
            return "devices have no such type; use a number of 8 to 64 bits or a float";
        if (type is not INamedTypeSymbol { IsReadOnly: true, IsGenericType: false }) return "declare it a non-generic 'readonly struct'";
        var fields = Fields(type);
        if (fields.Count == 0) return "it has no fields";
        foreach (var (name, fieldType, _) in fields)
            if (ScalarOf(fieldType) is SpecialType.None or SpecialType.System_Boolean)
                return $"its field '{name}' is of type {fieldType.ToDisplayString()}; fields are numbers (int for bool)";
        var layout = type.GetAttributes().FirstOrDefault(a => a.AttributeClass?.Name == "StructLayoutAttribute");
        if (layout is not null && (layout.ConstructorArguments.FirstOrDefault().Value is not 0 || layout.NamedArguments.Any(a => a.Key is "Pack" or "Size")))
            return "its StructLayout differs from C's; drop the attribute";
        return CapturesParameter(type) ? "it uses a primary constructor's parameter outside of an initialiser; store it in a field" : null;
    }

    /// <summary>A captured parameter would be a field that only the C# compiler knows.</summary>
    private static bool CapturesParameter(ITypeSymbol type)
    {
        if (type.IsRecord) return false;
        foreach (var reference in type.DeclaringSyntaxReferences)
        {
            if (reference.GetSyntax() is not TypeDeclarationSyntax { ParameterList.Parameters: { Count: > 0 } parameters } declaration) continue;
            foreach (var member in declaration.Members.Where(member => member is BaseMethodDeclarationSyntax or BasePropertyDeclarationSyntax))
            {
                var initializer = (member as PropertyDeclarationSyntax)?.Initializer;
                var own = (member as BaseMethodDeclarationSyntax)?.ParameterList.Parameters.Select(p => p.Identifier.ValueText) ?? [];
                var captured = new HashSet<string>(parameters.Select(p => p.Identifier.ValueText).Except(own));
                if (member.DescendantNodes(node => node != initializer).OfType<IdentifierNameSyntax>().Any(id =>
                        captured.Contains(id.Identifier.ValueText) && !(id.Parent is MemberAccessExpressionSyntax access && access.Name == id)))
                    return true;
            }
        }
        return false;
    }

    private static bool Is(ITypeSymbol type, string space, string name) =>
        type.Name == name && type.ContainingNamespace?.ToDisplayString() == space;
}
