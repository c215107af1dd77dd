using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace FcnFromScratch.KernelCompiler;

internal sealed partial class FunctionTranslator
{
    /// <summary>An expression of a view's type, or null after an error.</summary>
    private ViewValue? View(ExpressionSyntax expression)
    {
        switch (expression)
        {
            case ParenthesizedExpressionSyntax inner:
                return View(inner.Expression);
            case IdentifierNameSyntax name when _model.GetSymbolInfo(name).Symbol is { } symbol:
                if (_pointers.TryGetValue(symbol, out var pointer) && KernelTypes.ViewElement(TypeOf(name)) is not null)
                {
                    _touched.Add(pointer.Root);
                    return new ViewValue(new Expr(pointer.Name), pointer.Root, pointer.Element, pointer.Length);
                }
                break;
            case InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax access } call
                when _model.GetSymbolInfo(call).Symbol is IMethodSymbol method && KernelTypes.ViewElement(method.ContainingType) is not null:
                if (View(access.Expression) is not { } source) return null;
                if (method.Name == "SubView") return SubView(source, call.ArgumentList);
                if (method.Name == "Cast") return CastView(source, method.TypeArguments[0], call);
                Untranslatable(method, call);
                return null;
            case InvocationExpressionSyntax or MemberAccessExpressionSyntax:
                Translate(expression);
                return null;
        }
        if (_model.GetSymbolInfo(expression).Symbol is not null || expression is not IdentifierNameSyntax)
            _program.Report(Diagnostics.ViewUse, expression.GetLocation(), expression.ToString());
        return null;
    }

    private ViewValue SubView(ViewValue source, ArgumentListSyntax arguments)
    {
        // The length is written where it is asked for, if at all: it must not do anything.
        if (arguments.DescendantNodes().FirstOrDefault(node => node is AssignmentExpressionSyntax || IsStep(node)) is { } effect)
            Unsupported(effect, "an assignment inside SubView", "write it as a statement before");
        var offset = Translate(arguments.Arguments[0].Expression);
        var count = arguments.Arguments.Count > 1 ? arguments.Arguments[1].Expression : null;
        var address = new Expr($"{source.Address.At(Prec.Additive)} + {offset.At(Prec.Multiplicative)}", Prec.Additive);
        return source with
        {
            Address = address,
            Length = () => count is not null
                ? Translate(count)
                : new Expr($"{source.Length().At(Prec.Additive)} - {offset.At(Prec.Multiplicative)}", Prec.Additive),
        };
    }

    private ViewValue CastView(ViewValue source, ITypeSymbol element, SyntaxNode at)
    {
        string type = PointerType(source.Root, element, at), from = TypeName(source.Element, at), to = TypeName(element, at);
        return source with
        {
            Element = element,
            Address = new Expr($"({type}){source.Address.At(Prec.Unary)}", Prec.Unary),
            Length = () => new Expr($"{source.Length().At(Prec.Multiplicative)} * ({Long})sizeof({from}) / ({Long})sizeof({to})", Prec.Multiplicative),
        };
    }

    /// <param name="root">The view that the element lies in; null after an error.</param>
    private Expr Element(ElementAccessExpressionSyntax element, out Pointer? root)
    {
        root = null;
        var arguments = element.ArgumentList.Arguments;
        if (KernelTypes.ViewElement(TypeOf(element.Expression)) is null)
            return TypeOf(element.Expression) is null or { TypeKind: TypeKind.Error } ? new Expr("0")
                : Unsupported(element, $"an index into '{element.Expression}'", "only views are indexed; use ArrayView<T>, LocalMemory or SharedMemory");
        if (View(element.Expression) is not { } view) return new Expr("0");
        root = view.Root;
        var index = Translate(arguments[0].Expression);
        TypeName(view.Element, element);
        return new Expr($"{view.Address.At(Prec.Primary)}[{index.AsInt}]");
    }

    private Expr ViewProperty(MemberAccessExpressionSyntax access, ISymbol property)
    {
        if (property.Name is not ("Length" or "IntLength" or "Extent" or "IntExtent" or "LengthInBytes")) return Untranslatable(property, access);
        if (View(access.Expression) is not { } view) return new Expr("0");
        var length = view.Length();
        return property.Name switch
        {
            "IntLength" or "IntExtent" => new Expr($"(int){length.At(Prec.Unary)}", Prec.Unary, length.Text),
            "LengthInBytes" => new Expr($"{length.At(Prec.Multiplicative)} * ({Long})sizeof({TypeName(view.Element, access)})", Prec.Multiplicative),
            _ => length,
        };
    }

    private static bool IsAllocation(IMethodSymbol method, out string memory)
    {
        memory = method.ContainingType?.Name ?? "";
        return method.Name == "Allocate"
            && method.ContainingType?.ToDisplayString() is KernelTypes.Language + ".SharedMemory" or KernelTypes.Language + ".LocalMemory";
    }

    /// <summary>A view that lives in a local: an array of its own, or a pointer into another view.</summary>
    private void LocalView(VariableDeclaratorSyntax variable)
    {
        if (_model.GetDeclaredSymbol(variable) is not ILocalSymbol local) return;
        if (variable.Initializer?.Value is not { } initial)
        {
            _program.Report(Diagnostics.ViewUse, variable.GetLocation(), local.Name);
            return;
        }
        var element = KernelTypes.ViewElement(local.Type)!;
        if (initial is InvocationExpressionSyntax call && _model.GetSymbolInfo(call).Symbol is IMethodSymbol method && IsAllocation(method, out string memory))
        {
            Allocation(local, element, call, memory == "SharedMemory");
            return;
        }
        CheckEvaluationOrder(initial);
        if (View(initial) is not { } view) return;
        var pointer = AddPointer(local, view.Root.Space, element, view.Root);
        pointer.ComputeLength = view.Length;
        Line($"{PointerType(view.Root, element, variable)} {pointer.Name} = {view.Address.Text};");
        Line(pointer.LengthMark);
    }

    private void Allocation(ILocalSymbol local, ITypeSymbol element, InvocationExpressionSyntax call, bool shared)
    {
        var extent = Extent(call.ArgumentList.Arguments[0].Expression);
        string type = TypeName(element, call);
        if (!shared)
        {
            _program.UsesLocalMemory = true;
            var array = AddPointer(local, Space.Private, element, root: null);
            Own(array);
            Line($"{type} {array.Name}[{extent.Text}];");
            Line(array.LengthMark);
            return;
        }
        _program.Features |= KernelFeatures.SharedMemory;
        if (_program.IsImplicit) _program.Report(Diagnostics.NeedsGroup, call.GetLocation(), "SharedMemory.Allocate");
        if (!_isEntry)
            _program.Report(Diagnostics.Allocation, call.GetLocation(), "SharedMemory.Allocate", "in a helper; allocate in the kernel and pass the view");
        // OpenCL C declares shared memory in the outermost scope of the kernel, where two blocks may have used one name.
        string name = NameOf(local);
        if (_sharedArrays.Any(line => line.Contains($" {name}["))) _names[local] = name = Fresh(name);
        var tile = AddPointer(local, Space.Shared, element, root: null, name);
        Own(tile);
        _sharedArrays.Add($"{Indentation}{Dialect.SharedArray}{type} {tile.Name}[{extent.Text}];");
        _sharedArrays.Add(Indentation + tile.LengthMark);

        void Own(Pointer memory)
        {
            memory.IsWritten = true;
            memory.ComputeLength = () => extent;
        }
    }

    /// <summary>The size of an array: a constant in C's sense too, so local constants are folded into it.</summary>
    private Expr Extent(ExpressionSyntax expression)
    {
        var constant = _model.GetConstantValue(expression);
        bool specialized = false, variable = false, folds = false;
        foreach (var name in expression.DescendantNodesAndSelf().OfType<IdentifierNameSyntax>())
            switch (_model.GetSymbolInfo(name).Symbol)
            {
                case IParameterSymbol parameter when _isEntry && KernelTypes.SpecializedElement(parameter.Type) is not null: specialized = true; break;
                case ILocalSymbol { IsConst: true }: folds = true; break;
                case ILocalSymbol or IParameterSymbol or IMethodSymbol: variable = true; break;
            }
        if (constant is { HasValue: true, Value: int size }) return folds ? Constant(size) : Translate(expression);
        if (!specialized || variable || folds)
        {
            _program.Report(Diagnostics.Extent, expression.GetLocation(), expression.ToString());
            return new Expr("1");
        }
        return InExtent(expression);
    }

    /// <summary>An extent with specialised values in it: for them stand their macros.</summary>
    private Expr InExtent(ExpressionSyntax expression)
    {
        var replaced = new Dictionary<ISymbol, string>(_names, SymbolEqualityComparer.Default);
        foreach (var parameter in _method.Parameters.Where(p => KernelTypes.SpecializedElement(p.Type) is not null))
            _names[parameter] = "SPECIALIZED_" + parameter.Name;
        var extent = Translate(expression);
        foreach (var saved in replaced) _names[saved.Key] = saved.Value;
        return extent;
    }
}
