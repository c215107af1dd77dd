using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace FcnFromScratch.KernelCompiler;

internal sealed partial class FunctionTranslator
{
    // The views that the current full expression has touched so far, once for each time, and those that its calls write.
    private readonly List<Pointer> _touched = [];
    private readonly List<(Pointer Root, int Inside, Location Call)> _writtenByCalls = [];

    /// <summary>A whole expression of a statement: the place to look for what C evaluates in another order.</summary>
    private Expr FullExpression(ExpressionSyntax expression)
    {
        _touched.Clear();
        _writtenByCalls.Clear();
        CheckEvaluationOrder(expression);
        var result = Translate(expression);
        foreach (var (root, inside, call) in _writtenByCalls)
            if (_touched.Count(view => view == root) > inside) _program.Report(Diagnostics.EvaluationOrder, call, root.Name);
        return result;
    }

    /// <summary>C# evaluates from left to right, C in any order: a variable that is changed inside an expression may occur in it once.</summary>
    private void CheckEvaluationOrder(ExpressionSyntax whole)
    {
        foreach (var node in whole.DescendantNodesAndSelf())
        {
            ExpressionSyntax? target = node switch
            {
                AssignmentExpressionSyntax assignment when node != whole => assignment.Left,
                PrefixUnaryExpressionSyntax prefix when node != whole && IsStep(node) => prefix.Operand,
                PostfixUnaryExpressionSyntax postfix when node != whole && IsStep(node) => postfix.Operand,
                ArgumentSyntax argument when !argument.RefKindKeyword.IsKind(SyntaxKind.None) && !argument.RefKindKeyword.IsKind(SyntaxKind.InKeyword)
                    => argument.Expression,
                _ => null,
            };
            if (target is not IdentifierNameSyntax name
                || _model.GetSymbolInfo(name).Symbol is not { Kind: SymbolKind.Local or SymbolKind.Parameter } symbol) continue;
            bool used = whole.DescendantNodesAndSelf().OfType<IdentifierNameSyntax>().Any(other =>
                other != name && other.Identifier.ValueText == name.Identifier.ValueText
                && SymbolEqualityComparer.Default.Equals(_model.GetSymbolInfo(other).Symbol, symbol));
            if (used) _program.Report(Diagnostics.EvaluationOrder, name.GetLocation(), symbol.Name);
        }
    }

    private static bool IsStep(SyntaxNode node) => node.Kind()
        is SyntaxKind.PreIncrementExpression or SyntaxKind.PreDecrementExpression
        or SyntaxKind.PostIncrementExpression or SyntaxKind.PostDecrementExpression;

    /// <summary>The expression, with a conversion that the author of a struct has written applied.</summary>
    private Expr Translate(ExpressionSyntax expression)
    {
        var value = Bare(expression);
        var conversion = _model.GetConversion(expression);
        if (conversion is { IsUserDefined: true, MethodSymbol: { } method } && expression is not CastExpressionSyntax && !IsScalarConversion(method))
            return Call(method, [value], expression);
        return value;
    }

    /// <summary>Conversions between int and its wrappers are nothing in C.</summary>
    private static bool IsScalarConversion(IMethodSymbol method) =>
        KernelTypes.ScalarOf(method.Parameters[0].Type) != SpecialType.None && KernelTypes.ScalarOf(method.ReturnType) != SpecialType.None;

    private Expr Bare(ExpressionSyntax expression)
    {
        switch (expression)
        {
            case ParenthesizedExpressionSyntax inner:
                var value = Translate(inner.Expression);
                return value.Prec == Prec.Primary ? value : new Expr($"({value.Text})");
            case LiteralExpressionSyntax literal:
                return Literal(literal);
            case IdentifierNameSyntax name:
                return Identifier(name);
            case MemberAccessExpressionSyntax access:
                return Member(access);
            case ElementAccessExpressionSyntax element:
                return Element(element, out _);
            case InvocationExpressionSyntax call:
                return Invocation(call);
            case BaseObjectCreationExpressionSyntax creation:
                return Creation(creation);
            case AssignmentExpressionSyntax assignment:
                return Assignment(assignment);
            case BinaryExpressionSyntax binary when s_binary.ContainsKey(binary.Kind()):
                return Binary(binary);
            case PrefixUnaryExpressionSyntax prefix:
                return Prefix(prefix);
            case PostfixUnaryExpressionSyntax postfix when IsStep(postfix):
                return new Expr(Target(postfix.Operand).At(Prec.Primary) + postfix.OperatorToken.Text);
            case ConditionalExpressionSyntax choice:
                var condition = Translate(choice.Condition);
                string test = condition.At(condition.Prec is Prec.BitOr or Prec.BitXor or Prec.BitAnd ? Prec.Primary : Prec.OrElse);
                Expr whenTrue = Translate(choice.WhenTrue), whenFalse = Translate(choice.WhenFalse);
                return new Expr($"{test} ? {whenTrue.At(Prec.Assign)} : {whenFalse.At(Prec.Conditional)}", Prec.Conditional);
            case CastExpressionSyntax cast:
                return Cast(cast);
        }
        if (_model.GetConstantValue(expression) is { HasValue: true, Value: { } constant } && IsNumber(constant)) return Constant(constant);
        return Describe(expression) is var (what, instead) ? Unsupported(expression, what, instead) : new Expr("0");
    }

    private static (string, string) Describe(ExpressionSyntax expression) => expression switch
    {
        LambdaExpressionSyntax or AnonymousMethodExpressionSyntax => ("a lambda", "write a static helper method"),
        InterpolatedStringExpressionSyntax => ("a string", "kernels know only numbers; pass an int"),
        ArrayCreationExpressionSyntax or ImplicitArrayCreationExpressionSyntax or CollectionExpressionSyntax or StackAllocArrayCreationExpressionSyntax
            => ("an array", "use LocalMemory.Allocate<T>(n) or SharedMemory.Allocate<T>(n)"),
        SwitchExpressionSyntax => ("a switch expression", "write ?: or if and else"),
        QueryExpressionSyntax => ("a query", "write a for loop"),
        AnonymousObjectCreationExpressionSyntax or TupleExpressionSyntax
            => ("an anonymous object or tuple", "declare a readonly struct, or use out parameters"),
        ThrowExpressionSyntax => ("an exception", "devices cannot throw; check on the host, or write a flag to a view"),
        IsPatternExpressionSyntax => ("a pattern", "write comparisons"),
        DeclarationExpressionSyntax => ("a variable declared inside an expression", "declare it in a statement before"),
        CheckedExpressionSyntax => ("'checked' or 'unchecked'", "use uint, whose arithmetic wraps in C as well"),
        DefaultExpressionSyntax => ("'default' of a struct", "call a constructor"),
        WithExpressionSyntax => ("'with'", "call a constructor"),
        ThisExpressionSyntax => ("'this' as a value", "pass the struct to a static helper method"),
        _ => ($"the expression '{expression}'", "use numbers, views, arithmetic and static helper methods"),
    };

    private static bool IsNumber(object value) =>
        value is bool or sbyte or byte or short or ushort or int or uint or long or ulong or float or double;

    private Expr Constant(object value, bool hex = false)
    {
        if (value is double) _program.Features |= KernelFeatures.Double;
        string text = Dialect.Literal(value, hex);
        return new Expr(text, text.StartsWith("-", StringComparison.Ordinal) ? Prec.Unary : Prec.Primary);
    }

    private Expr Literal(LiteralExpressionSyntax literal)
    {
        var constant = _model.GetConstantValue(literal);
        if (constant.Value is { } value && IsNumber(value))
        {
            // An integer that is meant as a float is written as one.
            var target = KernelTypes.ScalarOf(_model.GetTypeInfo(literal).ConvertedType);
            return target is SpecialType.System_Single or SpecialType.System_Double
                ? Constant(Converted(value, target))
                : Constant(value, literal.Token.Text.StartsWith("0x", StringComparison.OrdinalIgnoreCase));
        }
        return literal.Kind() switch
        {
            SyntaxKind.StringLiteralExpression => Unsupported(literal, "a string", "kernels know only numbers; pass an int"),
            SyntaxKind.CharacterLiteralExpression => Unsupported(literal, "a character", "use its number as a ushort"),
            SyntaxKind.DefaultLiteralExpression => Unsupported(literal, "'default' of a struct", "call a constructor"),
            _ => Unsupported(literal, "'null'", "devices have no objects"),
        };
    }

    private Expr Identifier(IdentifierNameSyntax name)
    {
        switch (_model.GetSymbolInfo(name).Symbol)
        {
            case { } symbol when _pointers.TryGetValue(symbol, out var pointer):
                if (KernelTypes.ViewElement(TypeOf(name)) is null) return new Expr("*" + pointer.Name, Prec.Unary);
                _program.Report(Diagnostics.ViewUse, name.GetLocation(), symbol.Name);
                return new Expr(pointer.Name);
            case { Kind: SymbolKind.Local or SymbolKind.Parameter } variable:
                return new Expr(NameOf(variable));
            case { Kind: SymbolKind.Field or SymbolKind.Property } member:
                return member.IsStatic || member is IFieldSymbol { IsConst: true } ? StaticMember(member, name) : InstanceMember(new Expr(Self), member, name);
            case { } other:
                return Unsupported(name, $"'{other.Name}' as a value", "use numbers, views and static helper methods");
            default:
                return new Expr("0");
        }
    }

    private Expr Member(MemberAccessExpressionSyntax access)
    {
        if (_model.GetSymbolInfo(access).Symbol is not { } symbol) return new Expr("0");
        if (Intrinsics.Find(symbol) is { } intrinsic) return Apply(intrinsic, symbol, [], access);
        if (symbol.IsStatic || symbol is IFieldSymbol { IsConst: true }) return StaticMember(symbol, access);
        if (_model.GetSymbolInfo(access.Expression).Symbol is { } outer && Intrinsics.FindGlobalIndex(outer, symbol.Name) is { } axis)
            return Apply(axis, outer, [], access);
        var receiver = TypeOf(access.Expression);
        if (KernelTypes.ViewElement(receiver) is not null) return ViewProperty(access, symbol);
        if (KernelTypes.ScalarOf(receiver) != SpecialType.None)
            return symbol.Name is "X" or "Value" or "Size" ? Translate(access.Expression) : Untranslatable(symbol, access);
        if (access.Expression is ThisExpressionSyntax) return InstanceMember(new Expr(Self), symbol, access);
        return InstanceMember(Translate(access.Expression), symbol, access);
    }

    private Expr StaticMember(ISymbol symbol, SyntaxNode at)
    {
        if (symbol is IFieldSymbol { HasConstantValue: true, ConstantValue: { } value } field)
        {
            if (!IsNumber(value)) return Unsupported(at, $"the constant '{symbol.Name}'", "kernels know only numbers");
            if (value is double) _program.Features |= KernelFeatures.Double;
            // The constants of float and its like (MaxValue, NaN) and XMath.PI read best as numbers.
            return field.DeclaringSyntaxReferences.IsEmpty ? Constant(value) : _program.Constant(field);
        }
        if (symbol is IPropertySymbol { IsStatic: true, GetMethod: { } getter } && getter.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax()
                is ArrowExpressionClauseSyntax or AccessorDeclarationSyntax { Body: not null } or AccessorDeclarationSyntax { ExpressionBody: not null })
            return Call(getter, [], at);
        _program.Report(Diagnostics.StaticField, at.GetLocation(), $"{symbol.ContainingType?.Name}.{symbol.Name}");
        return new Expr("0");
    }

    private Expr InstanceMember(Expr instance, ISymbol member, SyntaxNode at) =>
        member switch
        {
            IFieldSymbol field => new Expr($"{instance.At(Prec.Primary)}.{Names.Escape(KernelTypes.FieldName(field))}"),
            IPropertySymbol property when KernelTypes.IsStored(property) => new Expr($"{instance.At(Prec.Primary)}.{Names.Escape(property.Name)}"),
            IPropertySymbol { GetMethod: { } getter } => Call(getter, [instance], at),
            _ => Untranslatable(member, at),
        };

    private Expr Untranslatable(ISymbol symbol, SyntaxNode at)
    {
        _program.Report(Diagnostics.Call, at.GetLocation(), $"{symbol.ContainingType?.Name}.{symbol.Name}",
            "which has no counterpart on devices; use XMath or write a static helper method");
        return new Expr("0");
    }

    private static readonly Dictionary<SyntaxKind, (string Operator, Prec Prec)> s_binary = new()
    {
        [SyntaxKind.LogicalOrExpression] = ("||", Prec.OrElse), [SyntaxKind.LogicalAndExpression] = ("&&", Prec.AndAlso),
        [SyntaxKind.BitwiseOrExpression] = ("|", Prec.BitOr), [SyntaxKind.ExclusiveOrExpression] = ("^", Prec.BitXor),
        [SyntaxKind.BitwiseAndExpression] = ("&", Prec.BitAnd),
        [SyntaxKind.EqualsExpression] = ("==", Prec.Equality), [SyntaxKind.NotEqualsExpression] = ("!=", Prec.Equality),
        [SyntaxKind.LessThanExpression] = ("<", Prec.Relational), [SyntaxKind.LessThanOrEqualExpression] = ("<=", Prec.Relational),
        [SyntaxKind.GreaterThanExpression] = (">", Prec.Relational), [SyntaxKind.GreaterThanOrEqualExpression] = (">=", Prec.Relational),
        [SyntaxKind.LeftShiftExpression] = ("<<", Prec.Shift), [SyntaxKind.RightShiftExpression] = (">>", Prec.Shift),
        [SyntaxKind.UnsignedRightShiftExpression] = (">>>", Prec.Shift),
        [SyntaxKind.AddExpression] = ("+", Prec.Additive), [SyntaxKind.SubtractExpression] = ("-", Prec.Additive),
        [SyntaxKind.MultiplyExpression] = ("*", Prec.Multiplicative), [SyntaxKind.DivideExpression] = ("/", Prec.Multiplicative),
        [SyntaxKind.ModuloExpression] = ("%", Prec.Multiplicative),
    };

    private Expr Binary(BinaryExpressionSyntax binary)
    {
        var method = _model.GetSymbolInfo(binary).Symbol as IMethodSymbol;
        Expr left = Translate(binary.Left), right = Translate(binary.Right);
        if (method is { MethodKind: MethodKind.UserDefinedOperator }) return Call(method, [left, right], binary);
        var (symbol, prec) = s_binary[binary.Kind()];
        if (KernelTypes.ScalarOf(TypeOf(binary)) == SpecialType.None)
        {
            if (TypeOf(binary) is { TypeKind: not TypeKind.Error } type)
                _program.Report(Diagnostics.Type, binary.GetLocation(), type.ToDisplayString(), "operators take numbers");
            return new Expr("0");
        }
        if (prec == Prec.Shift) return Shift(symbol, left, right, binary.Left, binary.Right);
        var operation = method is null ? SpecialType.None : KernelTypes.ScalarOf(method.Parameters[0].Type);
        if (symbol == "%" && operation is SpecialType.System_Single or SpecialType.System_Double)
            return new Expr(Fill(Intrinsics.Remainder(operation == SpecialType.System_Double).For(Dialect), [left.At(Prec.Assign), right.At(Prec.Assign)]));
        // int with uint is long in C# and uint in C.
        if (operation == SpecialType.System_Int64 && IsNarrow(binary.Left) && IsNarrow(binary.Right) && IsUnsigned(binary.Left) != IsUnsigned(binary.Right))
            left = new Expr($"({Long}){left.At(Prec.Unary)}", Prec.Unary);
        return new Expr($"{left.At(left.Prec == prec ? prec : Clear(prec))} {symbol} {right.At(Clear(prec) == prec ? prec + 1 : Clear(prec))}", prec);
    }

    /// <summary>How tightly an operand must bind so that no reader (and no compiler's warning) wonders about precedence.</summary>
    private static Prec Clear(Prec prec) => prec switch
    {
        Prec.OrElse => Prec.BitOr,
        Prec.BitOr or Prec.BitXor or Prec.BitAnd => Prec.Additive,
        Prec.Shift => Prec.Unary,
        _ => prec,
    };

    private bool IsNarrow(ExpressionSyntax e) => KernelTypes.ScalarOf(TypeOf(e)) is not (SpecialType.System_Int64 or SpecialType.System_UInt64);

    private bool IsUnsigned(ExpressionSyntax e) => KernelTypes.ScalarOf(TypeOf(e)) == SpecialType.System_UInt32;

    /// <summary>C# uses the low 5 or 6 bits of the count, and so does OpenCL; CUDA's C leaves larger counts undefined.</summary>
    private Expr Shift(string symbol, Expr left, Expr right, ExpressionSyntax leftSyntax, ExpressionSyntax rightSyntax)
    {
        var type = KernelTypes.ScalarOf(TypeOf(leftSyntax));
        int mask = type is SpecialType.System_Int64 or SpecialType.System_UInt64 ? 63 : 31;
        string count = Count(right, rightSyntax, mask);
        if (symbol != ">>>") return new Expr($"{left.At(Prec.Unary)} {symbol} {count}", Prec.Shift);
        string signed = Dialect.Scalar(mask == 63 ? SpecialType.System_Int64 : SpecialType.System_Int32)!;
        string unsigned = Dialect.Scalar(mask == 63 ? SpecialType.System_UInt64 : SpecialType.System_UInt32)!;
        string shifted = $"({unsigned}){left.At(Prec.Unary)} >> {count}";
        return type is SpecialType.System_UInt32 or SpecialType.System_UInt64 ? new Expr(shifted, Prec.Shift) : new Expr($"({signed})({shifted})", Prec.Unary);
    }

    private string Count(Expr count, ExpressionSyntax syntax, int mask) =>
        _model.GetConstantValue(syntax) is { HasValue: true, Value: int constant }
            ? constant >= 0 && constant <= mask ? count.At(Prec.Unary) : (constant & mask).ToString(CultureInfo.InvariantCulture)
            : Dialect.IsCuda ? $"({count.At(Prec.Additive)} & {mask})" : count.At(Prec.Unary);

    private Expr Assignment(AssignmentExpressionSyntax assignment)
    {
        if (KernelTypes.ViewElement(TypeOf(assignment.Left)) is not null)
        {
            _program.Report(Diagnostics.ViewUse, assignment.GetLocation(), assignment.Left.ToString());
            return new Expr("0");
        }
        if (assignment.Left is TupleExpressionSyntax or DeclarationExpressionSyntax)
            return Unsupported(assignment, "a tuple", "assign one variable after the other");
        var target = Target(assignment.Left);
        // The element that a statement assigns to is only written, and last of all.
        if (_touched.Count > 0 && assignment.Left is ElementAccessExpressionSyntax && assignment.IsKind(SyntaxKind.SimpleAssignmentExpression)
            && assignment.Parent is StatementSyntax)
            _touched.RemoveAt(0);
        var value = Translate(assignment.Right);
        string symbol = assignment.OperatorToken.Text;
        if (_model.GetSymbolInfo(assignment).Symbol is IMethodSymbol { MethodKind: MethodKind.UserDefinedOperator } method)
            return new Expr($"{target.Text} = {Call(method, [target, value], assignment).Text}", Prec.Assign);
        var type = KernelTypes.ScalarOf(TypeOf(assignment.Left));
        switch (assignment.Kind())
        {
            case SyntaxKind.SimpleAssignmentExpression:
                return new Expr($"{target.Text} = {(type == SpecialType.System_Int32 ? value.AsInt : value.At(Prec.Assign))}", Prec.Assign);
            case SyntaxKind.ModuloAssignmentExpression when type is SpecialType.System_Single or SpecialType.System_Double:
                string template = Intrinsics.Remainder(type == SpecialType.System_Double).For(Dialect);
                return new Expr($"{target.Text} = {Fill(template, [target.Text, value.At(Prec.Assign)])}", Prec.Assign);
            case SyntaxKind.UnsignedRightShiftAssignmentExpression:
                return new Expr($"{target.Text} = {Shift(">>>", target, value, assignment.Left, assignment.Right).Text}", Prec.Assign);
            case SyntaxKind.LeftShiftAssignmentExpression or SyntaxKind.RightShiftAssignmentExpression:
                int mask = type is SpecialType.System_Int64 or SpecialType.System_UInt64 ? 63 : 31;
                return new Expr($"{target.Text} {symbol} {Count(value, assignment.Right, mask)}", Prec.Assign);
            case SyntaxKind.CoalesceAssignmentExpression:
                return Unsupported(assignment, "'??='", "devices have no null");
            default:
                return new Expr($"{target.Text} {symbol} {value.At(Prec.Assign)}", Prec.Assign);
        }
    }

    /// <summary>What is assigned to, stepped or passed by reference; a view whose element it is becomes writable.</summary>
    private Expr Target(ExpressionSyntax expression)
    {
        if (expression is ParenthesizedExpressionSyntax inner) return Target(inner.Expression);
        if (expression is ElementAccessExpressionSyntax element)
        {
            var text = Element(element, out var root);
            if (root is not null) root.IsWritten = true;
            return text;
        }
        if (_model.GetSymbolInfo(expression).Symbol is IFieldSymbol { IsStatic: true } or IPropertySymbol { IsStatic: true })
            return StaticMember(_model.GetSymbolInfo(expression).Symbol!, expression);
        return Bare(expression);
    }

    private Expr Prefix(PrefixUnaryExpressionSyntax prefix)
    {
        string symbol = prefix.OperatorToken.Text;
        if (IsStep(prefix)) return new Expr(symbol + Target(prefix.Operand).At(Prec.Unary), Prec.Unary);
        if (symbol is not ("-" or "+" or "!" or "~")) return Unsupported(prefix, $"the operator '{symbol}'", "index an ArrayView<T>");
        if (_model.GetConstantValue(prefix) is { HasValue: true, Value: int.MinValue or long.MinValue } least) return Constant(least.Value);
        var operand = Translate(prefix.Operand);
        if (_model.GetSymbolInfo(prefix).Symbol is IMethodSymbol { MethodKind: MethodKind.UserDefinedOperator } method) return Call(method, [operand], prefix);
        string text = operand.At(Prec.Unary);
        // Minus a uint is a long in C#.
        if (symbol == "-" && IsUnsigned(prefix.Operand)) text = $"({Long}){text}";
        return new Expr(symbol + (text.StartsWith(symbol, StringComparison.Ordinal) ? $"({text})" : text), Prec.Unary);
    }

    private Expr Cast(CastExpressionSyntax cast)
    {
        if (_model.GetConstantValue(cast) is { HasValue: true, Value: { } constant } && IsNumber(constant)
            && _model.GetSymbolInfo(cast.Expression).Symbol is not IFieldSymbol { IsConst: true })
            return Constant(constant);
        var value = Translate(cast.Expression);
        ITypeSymbol? from = TypeOf(cast.Expression), to = TypeOf(cast);
        if (to is null) return value;
        if (_model.GetSymbolInfo(cast).Symbol is IMethodSymbol { MethodKind: MethodKind.Conversion } method && !IsScalarConversion(method))
            return Call(method, [value], cast);
        if (KernelTypes.ScalarOf(from) != SpecialType.None && KernelTypes.ScalarOf(from) == KernelTypes.ScalarOf(to)) return value;
        if (KernelTypes.ScalarOf(to) == SpecialType.None && to.TypeKind == TypeKind.Struct) return value;
        return new Expr($"({TypeName(to, cast.Type)}){value.At(Prec.Unary)}", Prec.Unary);
    }

    private ITypeSymbol? TypeOf(ExpressionSyntax expression) => _model.GetTypeInfo(expression).Type;
}
