using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace FcnFromScratch.KernelCompiler;

/// <summary>Translates one C# method into one C function: the kernel itself or a helper that it calls.</summary>
internal sealed partial class FunctionTranslator
{
    private const string Indentation = "    ";
    private const int LineLimit = 120;
    private const string Self = "self";

    private readonly Translation _program;
    private readonly SemanticModel _model;
    private readonly IMethodSymbol _method;
    private readonly SyntaxNode? _syntax;
    private readonly Dictionary<ISymbol, string> _names = new(SymbolEqualityComparer.Default);
    private readonly Dictionary<ISymbol, Pointer> _pointers = new(SymbolEqualityComparer.Default);
    private readonly List<Pointer> _pointersInOrder = [];
    private readonly HashSet<string> _taken = [];
    private readonly List<string> _sharedArrays = [];
    private readonly bool _isEntry;
    private List<string> _lines = [];
    private int _indent = 1;

    /// <param name="model">Null only for a constructor without source, whose parameters are its fields.</param>
    /// <param name="spaces">Where the helper's views and references point, in order; null for the kernel itself.</param>
    public FunctionTranslator(Translation program, SemanticModel? model, IMethodSymbol method, SyntaxNode? syntax, IReadOnlyList<Space>? spaces)
    {
        (_program, _model, _method, _syntax) = (program, model!, method, syntax);
        _isEntry = spaces is null;
        foreach (var parameter in method.Parameters) _taken.Add(parameter.Name);
        foreach (var node in syntax?.DescendantNodes() ?? [])
            if (node is VariableDeclaratorSyntax variable) _taken.Add(variable.Identifier.ValueText);
            else if (node is SingleVariableDesignationSyntax designation) _taken.Add(designation.Identifier.ValueText);
        if (!method.IsStatic) _taken.Add(Self);

        int pointer = 0;
        foreach (var parameter in method.Parameters)
        {
            var element = KernelTypes.ViewElement(parameter.Type);
            if (element is null && !IsReference(parameter)) continue;
            AddPointer(parameter, spaces is null ? Space.Global : spaces[pointer++], element ?? parameter.Type, root: null);
        }
    }

    public static bool IsReference(IParameterSymbol parameter) => parameter.RefKind is RefKind.Ref or RefKind.Out;

    private Dialect Dialect => _program.Dialect;

    /// <summary>For each parameter its view or reference, null for values.</summary>
    public IReadOnlyList<Pointer?> Pointers => _method.Parameters.Select(p => _pointers.TryGetValue(p, out var pointer) ? pointer : null).ToList();

    /// <summary>The kernel: its text ends the program.</summary>
    public string Entry()
    {
        var values = _method.Parameters.Skip(_program.IsImplicit ? 1 : 0).ToList();
        foreach (var parameter in values.Where(p => KernelTypes.SpecializedElement(p.Type) is not null))
            Line($"const int {NameOf(parameter)} = SPECIALIZED_{parameter.Name};");
        string[] extents = IndexPrologue();
        int prologue = _lines.Count;
        Body(((MethodDeclarationSyntax)_syntax!).Body, ((MethodDeclarationSyntax)_syntax).ExpressionBody);
        _lines.InsertRange(prologue, _sharedArrays);
        if (prologue + _sharedArrays.Count > 0) _lines.Insert(prologue + _sharedArrays.Count, "");

        var body = Finish();
        var parameters = new List<string>();
        foreach (var parameter in values.Where(p => KernelTypes.SpecializedElement(p.Type) is null))
            parameters.AddRange(Parameter(parameter));
        parameters.AddRange(extents.Select(extent => $"int {extent}"));
        return Assemble(Dialect.Entry, _program.EntryPoint, parameters, body);
    }

    /// <summary>A helper, and what its callers must know of it.</summary>
    public string Helper(string name, out Function function)
    {
        bool isConstructor = _method.MethodKind == MethodKind.Constructor;
        if (isConstructor) Constructor();
        else
            switch (_syntax)
            {
                case BaseMethodDeclarationSyntax method: Body(method.Body, method.ExpressionBody); break;
                case AccessorDeclarationSyntax accessor: Body(accessor.Body, accessor.ExpressionBody); break;
                case ArrowExpressionClauseSyntax arrow: Body(null, arrow); break;
                default: Unsupported(_syntax!, "a local function or lambda", "write a static method of the class"); break;
            }
        var body = Finish();
        var parameters = new List<string>();
        if (!_method.IsStatic && !isConstructor) parameters.Add($"{TypeName(_method.ContainingType, _syntax)} {Self}");
        foreach (var parameter in _method.Parameters) parameters.AddRange(Parameter(parameter));
        function = new Function(name, Pointers);
        string result = _method.ReturnsVoid && !isConstructor ? "void" : TypeName(isConstructor ? _method.ContainingType : _method.ReturnType, _syntax);
        return Assemble(Dialect.Helper + result, name, parameters, body);
    }

    /// <summary>A constructor returns the struct that it fills.</summary>
    private void Constructor()
    {
        var type = _method.ContainingType;
        string name = TypeName(type, _syntax);
        if (Translation.IsPositional(_method))
        {
            Line($"{name} {Self} = {{{string.Join(", ", _method.Parameters.Select(NameOf))}}};");
        }
        else
        {
            Line($"{name} {Self} = {{0}};");
            foreach (var declaration in type.DeclaringSyntaxReferences.Select(r => r.GetSyntax()).OfType<TypeDeclarationSyntax>())
                foreach (var member in declaration.Members)
                {
                    if (member is PropertyDeclarationSyntax { Initializer: { } initializer } property)
                        Line($"{Self}.{Names.Escape(property.Identifier.ValueText)} = {FullExpression(initializer.Value).Text};");
                    if (member is FieldDeclarationSyntax field && !field.Modifiers.Any(m => m.ValueText is "static" or "const"))
                        foreach (var variable in field.Declaration.Variables)
                            if (variable.Initializer is not null)
                                Line($"{Self}.{Names.Escape(variable.Identifier.ValueText)} = {FullExpression(variable.Initializer.Value).Text};");
                }
            if (_syntax is ConstructorDeclarationSyntax constructor)
            {
                if (constructor.Initializer is not null) Unsupported(constructor.Initializer, "a call to another constructor", "assign all fields");
                Body(constructor.Body, constructor.ExpressionBody);
            }
        }
        Line($"return {Self};");
    }

    private void Body(BlockSyntax? block, ArrowExpressionClauseSyntax? arrow)
    {
        if (block is not null) Statements(block.Statements);
        else if (arrow is not null)
            Line(_method.ReturnsVoid || _method.MethodKind == MethodKind.Constructor
                ? FullExpression(arrow.Expression).Text + ";"
                : $"return {FullExpression(arrow.Expression).Text};");
    }

    /// <summary>Finds the work item's index and returns what is past the end. Gives the names of the extent's parameters.</summary>
    private string[] IndexPrologue()
    {
        if (!_program.IsImplicit) return [];
        string index = NameOf(_method.Parameters[0]), linear = Fresh("linear");
        var axes = new[] { "x", "y", "z" }.Take(_program.Dimensions).ToArray();
        string[] extents = axes.Select(axis => Fresh("extent_" + axis)).ToArray();
        // A launch has less than 2^31 items. Unsigned, the items that fill the last group cannot wrap, and division is cheaper.
        string unsigned = Dialect.Scalar(SpecialType.System_UInt32)!, first = $"({unsigned}){extents[0]}";
        Line($"const {unsigned} {linear} = {Dialect.Linear};");
        Line($"if ({linear} >= {string.Join(" * ", extents.Skip(1).Prepend(first))}) return;");
        if (_program.Dimensions == 1)
        {
            Line($"int {index} = {linear};");
            return extents;
        }
        string type = TypeName(_method.Parameters[0].Type, _syntax!);
        string[] components = _program.Dimensions == 2
            ? [$"{linear} % {extents[0]}", $"{linear} / {extents[0]}"]
            : [$"{linear} % {extents[0]}", $"{linear} / {extents[0]} % {extents[1]}", $"{linear} / ({first} * {extents[1]})"];
        Line($"{type} {index} = {{{string.Join(", ", components.Select(c => $"(int)({c})"))}}};");
        return extents;
    }

    private string Long => Dialect.Scalar(SpecialType.System_Int64)!;

    private IEnumerable<string> Parameter(IParameterSymbol parameter)
    {
        if (_pointers.TryGetValue(parameter, out var pointer))
        {
            yield return Resolve($"{PointerType(pointer, pointer.Element, _syntax!)} {pointer.Name}");
            if (pointer.UsesLength) yield return $"{Long} {pointer.LengthName}";
        }
        else yield return $"{TypeName(parameter.Type, parameter.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() ?? _syntax)} {NameOf(parameter)}";
    }

    private static string Assemble(string head, string name, List<string> parameters, List<string> body)
    {
        string signature = $"{head} {name}({string.Join(", ", parameters)}) {{";
        if (signature.Length > LineLimit)
            signature = $"{head} {name}(\n{string.Join(",\n", parameters.Select(p => Indentation + p))}) {{";
        return signature + "\n" + string.Concat(body.Select(line => line + "\n")) + "}\n";
    }

    /// <summary>Replaces the marks that stood for what only the whole function tells.</summary>
    private List<string> Finish()
    {
        foreach (string name in _taken) _program.Identifiers.Add(Names.Escape(name));
        // A local view's length may be made of the lengths of views before it: last first.
        var lengths = new Dictionary<string, string>();
        foreach (var view in Enumerable.Reverse(_pointersInOrder))
            if (view is { ComputeLength: { } compute, UsesLength: true }) lengths.Add(view.LengthMark, $"const {Long} {view.LengthName} = {compute().Text};");
        var result = new List<string>();
        foreach (string line in _lines)
        {
            string mark = line.TrimStart(' ');
            if (!mark.StartsWith("\u0001l", StringComparison.Ordinal)) result.Add(Resolve(line));
            else if (lengths.TryGetValue(mark, out string? length)) result.Add(Resolve(line.Replace(mark, length)));
        }
        return result;
    }

    private string Resolve(string text) => Regex.Replace(text, "\u0001c([0-9]+)\u0001",
        match => _pointersInOrder[int.Parse(match.Groups[1].Value)].IsWritten ? "" : "const ");

    private Pointer AddPointer(ISymbol symbol, Space space, ITypeSymbol element, Pointer? root, string? name = null)
    {
        var pointer = new Pointer(_pointersInOrder.Count, name ?? NameOf(symbol), space, element);
        pointer.Root = root ?? pointer;
        pointer.LengthName = Fresh(pointer.Name + "_length");
        pointer.IsWritten = symbol is IParameterSymbol parameter && IsReference(parameter);
        _pointersInOrder.Add(pointer);
        _pointers.Add(symbol, pointer);
        return pointer;
    }

    /// <summary>The C type of a pointer into the memory of <paramref name="root"/>.</summary>
    private string PointerType(Pointer root, ITypeSymbol element, SyntaxNode at) =>
        $"{Dialect.Prefix(root.Space)}{root.Root.ConstMark}{TypeName(element, at)}*";

    private string TypeName(ITypeSymbol type, SyntaxNode? at) => _program.TypeName(type, LocationOf(at)) ?? "int";

    private Location LocationOf(SyntaxNode? node) => node switch
    {
        null => Location.None,
        BaseMethodDeclarationSyntax when _method.Locations.FirstOrDefault() is { } name => name,
        ParameterSyntax { Type: { } type } => type.GetLocation(),
        _ => node.GetLocation(),
    };

    private string NameOf(ISymbol symbol)
    {
        if (_names.TryGetValue(symbol, out string? name)) return name;
        name = Names.Escape(symbol.Name);
        while (name != symbol.Name && _taken.Contains(name)) name += "_";
        _names.Add(symbol, name);
        return name;
    }

    /// <summary>A name of our own that no C# name of the function has.</summary>
    private string Fresh(string name)
    {
        while (Names.IsReserved(name) || !_taken.Add(name)) name += "_";
        return name;
    }

    private void Line(string text) => _lines.Add(text.Length == 0 ? "" : string.Concat(Enumerable.Repeat(Indentation, _indent)) + text);

    /// <summary>Translates what <paramref name="write"/> writes, one level deeper, into lines of their own.</summary>
    private List<string> Nested(Action write)
    {
        var outer = _lines;
        var inner = _lines = [];
        _indent++;
        write();
        _indent--;
        _lines = outer;
        return inner;
    }

    private Expr Unsupported(SyntaxNode node, string what, string instead)
    {
        _program.Report(Diagnostics.Expression, node.GetLocation(), what, instead);
        return new Expr("0");
    }
}
