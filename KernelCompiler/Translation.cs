using System.Text;
using System.Text.RegularExpressions;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace FcnFromScratch.KernelCompiler;

/// <summary>A method as C sees it after its body is known.</summary>
/// <param name="Parameters">One for each C# parameter; null for those passed by value.</param>
internal sealed record Function(string Name, IReadOnlyList<Pointer?> Parameters);

/// <summary>
/// One kernel on its way into one dialect: the program around it, with its constants, structs and helper functions.
/// The text computes what the C# does, with one exception: where signed integers overflow, C# wraps and C is undefined. Kernels that
/// mean to wrap (hashes, random numbers) use uint.
/// </summary>
internal sealed class Translation(Compilation compilation, Dialect dialect, IMethodSymbol kernel, int dimensions, CancellationToken cancellation)
{
    private readonly Dictionary<ITypeSymbol, string> _structs = new(SymbolEqualityComparer.Default);
    private readonly Dictionary<string, Function> _functions = [];
    private readonly List<IMethodSymbol> _path = [];
    private readonly List<(IFieldSymbol Field, string Value)> _constants = [];
    private readonly StringBuilder _structText = new(), _functionText = new();
    private readonly HashSet<string> _globalNames = [];

    public Dialect Dialect => dialect;
    public bool IsImplicit => dimensions > 0;
    public int Dimensions => dimensions;
    public KernelFeatures Features { get; set; }
    public bool UsesLocalMemory { get; set; }
    public List<DiagnosticInfo> Diagnostics { get; } = [];

    /// <summary>Every identifier that some function of the program declares: no macro may have such a name.</summary>
    public HashSet<string> Identifiers { get; } = [];

    public string KernelName => $"{kernel.ContainingType.Name}.{kernel.Name}";
    public string EntryPoint => $"{kernel.ContainingType.Name}_{kernel.Name}";

    public void Report(DiagnosticDescriptor descriptor, Location location, params string[] arguments) =>
        Diagnostics.Add(new DiagnosticInfo(descriptor, LocationInfo.From(location), new EquatableArray<string>([KernelName, .. arguments])));

    /// <summary>Translates the kernel and all it calls.</summary>
    /// <param name="pointers">The kernel's parameters; null for those that are no views.</param>
    public string Run(MethodDeclarationSyntax syntax, out IReadOnlyList<Pointer?> pointers)
    {
        pointers = [.. kernel.Parameters.Select(_ => (Pointer?)null)];
        if (syntax.ContainsDiagnostics) return "";
        _globalNames.Add(EntryPoint);
        _path.Add(kernel);
        var function = new FunctionTranslator(this, compilation.GetSemanticModel(syntax.SyntaxTree), kernel, syntax, spaces: null);
        string entry = function.Entry();
        pointers = function.Pointers;

        var line = syntax.Identifier.GetLocation().GetLineSpan();
        var text = new StringBuilder();
        text.Append($"/* {KernelName}, from {FileName(line.Path)}:{line.StartLinePosition.Line + 1} */\n\n");
        if (!dialect.IsCuda && Features.HasFlag(KernelFeatures.Double)) text.Append("#pragma OPENCL EXTENSION cl_khr_fp64 : enable\n\n");
        var names = ConstantNames();
        for (int i = 0; i < names.Count; i++) text.Append($"#define {names[i]} {_constants[i].Value}\n");
        if (_constants.Count > 0) text.Append('\n');
        text.Append(_structText).Append(_functionText).Append(entry);
        return Regex.Replace(text.ToString(), "\u0002([0-9]+)\u0002", match => names[int.Parse(match.Groups[1].Value)]);
    }

    public static string FileName(string path) => path.Substring(path.LastIndexOfAny(['/', '\\']) + 1);

    /// <summary>A named constant, a macro of the program. Its final name is chosen when all other names are known.</summary>
    public Expr Constant(IFieldSymbol field)
    {
        int index = _constants.FindIndex(c => SymbolEqualityComparer.Default.Equals(c.Field, field));
        if (index < 0)
        {
            index = _constants.Count;
            string value = dialect.Literal(field.ConstantValue!);
            _constants.Add((field, value.StartsWith("-", StringComparison.Ordinal) ? $"({value})" : value));
        }
        return new Expr($"\u0002{index}\u0002");
    }

    /// <summary>A macro stands for its value wherever its name does: no other thing may have it, nor another constant.</summary>
    private List<string> ConstantNames()
    {
        _globalNames.UnionWith(Identifiers);
        return _constants.ConvertAll(constant =>
        {
            var field = constant.Field;
            bool clashes = field.ContainingType.TypeKind == TypeKind.Enum || Names.Escape(field.Name) != field.Name
                || _globalNames.Contains(field.Name) || _constants.Count(c => c.Field.Name == field.Name) > 1;
            return GlobalName(clashes ? Names.Escape($"{field.ContainingType.Name}_{field.Name}") : field.Name);
        });
    }

    /// <summary>The C type of a value, or null after an error.</summary>
    public string? TypeName(ITypeSymbol type, Location location)
    {
        var scalar = KernelTypes.ScalarOf(type);
        if (scalar == SpecialType.System_Double) Features |= KernelFeatures.Double;
        if (scalar != SpecialType.None) return dialect.Scalar(scalar);
        if (type.TypeKind == TypeKind.Error) return null;
        if (_structs.TryGetValue(type, out string? known)) return known;
        if (KernelTypes.StructProblem(type) is { } problem)
        {
            Report(KernelCompiler.Diagnostics.Type, location, type.ToDisplayString(), problem);
            return null;
        }
        string name = GlobalName(Names.Escape(type.Name));
        _structs.Add(type, name);
        var fields = new List<string>();
        foreach (var (fieldName, fieldType, _) in KernelTypes.Fields(type))
        {
            string escaped = Names.Escape(fieldName);
            Identifiers.Add(escaped);
            fields.Add($"{TypeName(fieldType, location)} {escaped}");
        }
        _structText.Append(dialect.Struct(name, KernelTypes.VectorAlignment(type), fields)).Append("\n\n");
        return name;
    }

    /// <summary>Whether a method can be a function on devices; reports why not.</summary>
    public bool CanCall(IMethodSymbol method, Location location)
    {
        // What does not parse is the C# compiler's to report.
        if (Source(method) is { ContainsDiagnostics: true }) return false;
        string display = $"{method.ContainingType.Name}.{method.Name}";
        if (_path.Contains(method, SymbolEqualityComparer.Default)) Report(KernelCompiler.Diagnostics.Recursion, location, display);
        else if (Obstacle(method) is { } obstacle) Report(KernelCompiler.Diagnostics.Call, location, display, obstacle);
        else return true;
        return false;
    }

    /// <summary>The function that a method becomes, translated at its first call. Ask <see cref="CanCall"/> first.</summary>
    /// <param name="spaces">Where each parameter that is a view or a reference points: one function for each combination.</param>
    public Function Require(IMethodSymbol method, IReadOnlyList<Space> spaces)
    {
        cancellation.ThrowIfCancellationRequested();
        string suffix = dialect.IsCuda ? "" : string.Concat(spaces.Select((space, i) => ViewParameter(method, i) || space != Space.Private
            ? space switch { Space.Global => "_global", Space.Shared => "_local", _ => "_private" } : ""));
        string key = method.ToDisplayString() + suffix;
        if (_functions.TryGetValue(key, out var known)) return known;
        _path.Add(method);
        string name = method.MethodKind switch
        {
            MethodKind.Constructor => $"{method.ContainingType.Name}_new",
            MethodKind.PropertyGet => $"{method.ContainingType.Name}_{method.AssociatedSymbol!.Name}",
            _ => $"{method.ContainingType.Name}_{method.Name}",
        };
        var syntax = Source(method);
        var model = syntax is null ? null : compilation.GetSemanticModel(syntax.SyntaxTree);
        var translator = new FunctionTranslator(this, model, method, syntax, spaces);
        string text = translator.Helper(GlobalName(Names.Escape(name + suffix)), out var function);
        _path.RemoveAt(_path.Count - 1);
        _functionText.Append(text).Append('\n');
        _functions.Add(key, function);
        return function;
    }

    private static bool ViewParameter(IMethodSymbol method, int pointer)
    {
        var pointers = method.Parameters.Where(p => FunctionTranslator.IsReference(p) || KernelTypes.ViewElement(p.Type) is not null);
        return KernelTypes.ViewElement(pointers.ElementAt(pointer).Type) is not null;
    }

    private static SyntaxNode? Source(IMethodSymbol method) => method.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax();

    private static string? Obstacle(IMethodSymbol method)
    {
        var syntax = Source(method);
        if (method.IsGenericMethod || method.ContainingType.IsGenericType) return "which is generic; write it for the type you need";
        if (method.MethodKind == MethodKind.Constructor && IsPositional(method)) return null;
        if (syntax is null) return "which has no counterpart on devices; use XMath or write a static helper method";
        if (!method.IsStatic && method.ContainingType.TypeKind != TypeKind.Struct)
            return "a method of an object; devices have no objects, write a static helper method";
        return syntax is MethodDeclarationSyntax { Body: null, ExpressionBody: null } ? "which has no body in C#" : null;
    }

    /// <summary>A constructor whose parameters are the fields in order: a positional record, or one read from another assembly.</summary>
    public static bool IsPositional(IMethodSymbol constructor)
    {
        if (Source(constructor) is not (null or RecordDeclarationSyntax)) return false;
        var fields = KernelTypes.Fields(constructor.ContainingType);
        return fields.Select(f => f.Name).SequenceEqual(constructor.Parameters.Select(p => p.Name), StringComparer.OrdinalIgnoreCase);
    }

    private string GlobalName(string name)
    {
        string unique = name;
        for (int i = 2; !_globalNames.Add(unique); i++) unique = $"{name}_{i}";
        return unique;
    }
}
