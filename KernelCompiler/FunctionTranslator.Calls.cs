using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace FcnFromScratch.KernelCompiler;

internal sealed partial class FunctionTranslator
{
    private Expr Invocation(InvocationExpressionSyntax call)
    {
        if (_model.GetSymbolInfo(call).Symbol is not IMethodSymbol method)
            return _model.GetConstantValue(call).HasValue ? Unsupported(call, "a string", "kernels know only numbers; pass an int") : new Expr("0");
        if (Intrinsics.Find(method) is { } intrinsic) return Apply(intrinsic, method, IntrinsicArguments(method, call), call);
        if (IsAllocation(method, out string memory))
        {
            _program.Report(Diagnostics.Allocation, call.GetLocation(), memory + ".Allocate",
                "inside an expression; declare a local view of its own: var tile = " + memory + ".Allocate<T>(n);");
            return new Expr("0");
        }
        if (KernelTypes.ViewElement(method.ContainingType) is not null)
        {
            if (method.Name is "SubView" or "Cast") _program.Report(Diagnostics.ViewUse, call.GetLocation(), call.Expression.ToString());
            else Untranslatable(method, call);
            return new Expr("0");
        }
        if (method.MethodKind == MethodKind.DelegateInvoke) return Unsupported(call, "a delegate", "call a static helper method");
        if (method.MethodKind == MethodKind.LocalFunction) return Unsupported(call, "a local function", "write a static method of the class");
        if (!_program.CanCall(method.ReducedFrom ?? method, call.GetLocation())) return new Expr("0");

        var instance = new List<Expr>();
        if (method is { MethodKind: MethodKind.ReducedExtension, ReducedFrom: { } extension } && call.Expression is MemberAccessExpressionSyntax reduced)
            return HelperCall(extension, [reduced.Expression, .. call.ArgumentList.Arguments.Select(a => a.Expression)], instance, call);
        if (!method.IsStatic)
        {
            instance.Add(call.Expression is MemberAccessExpressionSyntax { Expression: not ThisExpressionSyntax and var receiver }
                ? Translate(receiver)
                : new Expr(Self));
        }
        return HelperCall(method, InOrder(method, call.ArgumentList), instance, call);
    }

    private Expr Creation(BaseObjectCreationExpressionSyntax creation)
    {
        if (_model.GetSymbolInfo(creation).Symbol is not IMethodSymbol constructor) return new Expr("0");
        var type = constructor.ContainingType;
        if (KernelTypes.ScalarOf(type) != SpecialType.None && creation.ArgumentList?.Arguments.Count == 1)
            return Translate(creation.ArgumentList.Arguments[0].Expression);
        if (type.TypeKind != TypeKind.Struct) return Unsupported(creation, $"a new object of class '{type.Name}'", "use numbers and readonly structs");
        if (creation.Initializer is not null || creation.ArgumentList is null || constructor.IsImplicitlyDeclared && constructor.Parameters.IsEmpty)
            return Unsupported(creation, "an object initializer or an empty constructor", "declare a constructor that takes all fields");
        if (!_program.CanCall(constructor, creation.GetLocation())) return new Expr("0");
        return HelperCall(constructor, InOrder(constructor, creation.ArgumentList), [], creation);
    }

    /// <summary>The arguments in the order of the parameters; null where the default value is meant.</summary>
    private static List<ExpressionSyntax?> InOrder(IMethodSymbol method, ArgumentListSyntax arguments)
    {
        var ordered = new ExpressionSyntax?[method.Parameters.Length];
        for (int i = 0; i < arguments.Arguments.Count; i++)
        {
            string? name = arguments.Arguments[i].NameColon?.Name.Identifier.ValueText;
            int position = name is null ? i : method.Parameters.IndexOf(method.Parameters.First(p => p.Name == name));
            if (position < ordered.Length) ordered[position] = arguments.Arguments[i].Expression;
        }
        return [.. ordered];
    }

    private Expr HelperCall(IMethodSymbol method, List<ExpressionSyntax?> arguments, List<Expr> instance, SyntaxNode call)
    {
        var views = new ViewValue?[arguments.Count];
        int touchedBefore = _touched.Count;
        var roots = new Pointer?[arguments.Count];
        var texts = new string[arguments.Count];
        var spaces = new List<Space>();
        for (int i = 0; i < arguments.Count; i++)
        {
            var parameter = method.Parameters[i];
            if (arguments[i] is not { } argument)
            {
                if (parameter.ExplicitDefaultValue is not { } value || !IsNumber(value))
                    return Unsupported(call, $"the default value of '{parameter.Name}'", "pass all arguments");
                texts[i] = Constant(Converted(value, KernelTypes.ScalarOf(parameter.Type))).Text;
            }
            else if (parameter.IsParams) return Unsupported(argument, "'params'", "write one parameter for each value");
            else if (KernelTypes.ViewElement(parameter.Type) is not null)
            {
                if (View(argument) is not { } view) return new Expr("0");
                views[i] = view;
                roots[i] = view.Root;
                texts[i] = view.Address.At(Prec.Assign);
                spaces.Add(view.Root.Space);
            }
            else if (IsReference(parameter))
            {
                texts[i] = Reference(argument, out var space, out roots[i]);
                spaces.Add(space);
            }
            else texts[i] = Translate(argument).At(Prec.Assign);
        }
        var function = _program.Require(method, spaces);
        var all = instance.Select(e => e.At(Prec.Assign)).ToList();
        for (int i = 0; i < texts.Length; i++)
        {
            all.Add(texts[i]);
            if (function.Parameters[i] is not { } pointer) continue;
            if (pointer.IsWritten && roots[i] is { } root) Writes(root, touchedBefore, call);
            if (pointer.UsesLength && views[i] is { } view) all.Add(view.Length().At(Prec.Assign));
        }
        return new Expr($"{function.Name}({string.Join(", ", all)})");
    }

    /// <summary>A call writes to a view, which is then not const and not to be used elsewhere in the same expression.</summary>
    private void Writes(Pointer root, int touchedBefore, SyntaxNode call)
    {
        root.IsWritten = true;
        _writtenByCalls.Add((root, _touched.Skip(touchedBefore).Count(view => view == root), call.GetLocation()));
    }

    /// <summary>A call with operands that are translated already: operators, conversions and properties of structs.</summary>
    private Expr Call(IMethodSymbol method, Expr[] operands, SyntaxNode at) =>
        _program.CanCall(method, at.GetLocation())
            ? new Expr($"{_program.Require(method, []).Name}({string.Join(", ", operands.Select(o => o.At(Prec.Assign)))})")
            : new Expr("0");

    /// <summary>The address of a variable or element.</summary>
    /// <param name="root">The view that the element lies in; null for a variable.</param>
    private string Reference(ExpressionSyntax argument, out Space space, out Pointer? root)
    {
        root = null;
        space = Space.Private;
        if (argument is DeclarationExpressionSyntax declaration)
        {
            if (declaration.Designation is SingleVariableDesignationSyntax single
                && _model.GetDeclaredSymbol(single) is { } local && _declaredOut.Contains(local)) return "&" + NameOf(local);
            return Unsupported(argument, "a variable declared inside an expression", "declare it in a statement before").Text;
        }
        if (_model.GetSymbolInfo(argument).Symbol is { } symbol && _pointers.TryGetValue(symbol, out var pointer))
        {
            space = pointer.Space;
            return pointer.Name;
        }
        if (argument is not ElementAccessExpressionSyntax element) return "&" + Target(argument).At(Prec.Unary);
        var text = Element(element, out root);
        space = root?.Space ?? Space.Private;
        return "&" + text.At(Prec.Unary);
    }

    private List<string> IntrinsicArguments(IMethodSymbol method, InvocationExpressionSyntax call)
    {
        var ordered = InOrder(method, call.ArgumentList);
        var texts = new List<string>();
        int touchedBefore = _touched.Count;
        Pointer? target = null;
        for (int i = 0; i < ordered.Count; i++)
        {
            if (ordered[i] is not { } argument) continue;
            if (IsReference(method.Parameters[i]))
            {
                texts.Add(Reference(argument, out var space, out target));
                if (space == Space.Private) _program.Report(Diagnostics.AtomicTarget, argument.GetLocation(), $"Atomic.{method.Name}", argument.ToString());
            }
            else texts.Add(Argument(argument, method.Parameters[i].Type).At(Prec.Assign));
        }
        if (target is not null) Writes(target, touchedBefore, call);
        return texts;
    }

    /// <summary>
    /// An argument of exactly the parameter's type: OpenCL's built-in functions are overloaded, and a mixture of types finds no overload.
    /// </summary>
    private Expr Argument(ExpressionSyntax argument, ITypeSymbol parameter)
    {
        var value = Translate(argument);
        SpecialType from = KernelTypes.ScalarOf(TypeOf(argument)), to = KernelTypes.ScalarOf(parameter);
        if (from == to || from == SpecialType.None || to == SpecialType.None) return value;
        return _model.GetConstantValue(argument) is { HasValue: true, Value: { } constant } && IsNumber(constant)
            ? Constant(Converted(constant, to))
            : new Expr($"({TypeName(parameter, argument)}){value.At(Prec.Unary)}", Prec.Unary);
    }

    private static object Converted(object value, SpecialType type) => type switch
    {
        SpecialType.System_Int32 => Convert.ToInt32(value),
        SpecialType.System_UInt32 => Convert.ToUInt32(value),
        SpecialType.System_Int64 => Convert.ToInt64(value),
        SpecialType.System_UInt64 => Convert.ToUInt64(value),
        SpecialType.System_Single => Convert.ToSingle(value),
        SpecialType.System_Double => Convert.ToDouble(value),
        _ => value,
    };

    private Expr Apply(Intrinsic intrinsic, ISymbol symbol, List<string> arguments, SyntaxNode at)
    {
        if (intrinsic.NeedsGroup && _program.IsImplicit)
            _program.Report(Diagnostics.NeedsGroup, at.GetLocation(), $"{symbol.ContainingType.Name}.{symbol.Name}");
        _program.Features |= intrinsic.Features;
        if (symbol is IMethodSymbol { TypeArguments.Length: 1 } generic && generic.TypeArguments[0] is var type
            && KernelTypes.ScalarOf(type) is SpecialType.None or SpecialType.System_Boolean)
            _program.Report(Diagnostics.Type, at.GetLocation(), type.ToDisplayString(), "a shuffle moves one number; shuffle the fields one by one");
        if ((symbol as IMethodSymbol)?.ReturnType.SpecialType == SpecialType.System_Double) _program.Features |= KernelFeatures.Double;
        string text = Fill(intrinsic.For(Dialect), arguments);
        if (!text.StartsWith("(int)", StringComparison.Ordinal))
            return new Expr(text, text.StartsWith("(", StringComparison.Ordinal) ? Prec.Unary : Prec.Primary);
        string uncast = text.Substring("(int)".Length);
        return new Expr(text, Prec.Unary, uncast[0] == '(' ? uncast.Substring(1, uncast.Length - 2) : uncast);
    }

    private static string Fill(string template, IReadOnlyList<string> arguments)
    {
        for (int i = 0; i < arguments.Count; i++) template = template.Replace($"{{{i}}}", arguments[i]);
        return template;
    }
}
