using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace FcnFromScratch.KernelCompiler;

internal sealed partial class FunctionTranslator
{
    private void Statements(IEnumerable<StatementSyntax> statements)
    {
        bool first = true;
        foreach (var statement in statements)
        {
            LeadingComments(statement, first);
            int before = _lines.Count;
            Statement(statement);
            if (_lines.Count > before && TrailingComment(statement) is { } comment) _lines[_lines.Count - 1] += " " + comment;
            first = false;
        }
    }

    /// <summary>Carries over the blank line and the // comments before a statement.</summary>
    private void LeadingComments(StatementSyntax statement, bool first)
    {
        bool atLineStart = true;
        foreach (var trivia in statement.GetLeadingTrivia())
        {
            if (trivia.IsKind(SyntaxKind.EndOfLineTrivia))
            {
                if (atLineStart && !first && _lines.Count > 0 && _lines[_lines.Count - 1].Length > 0) Line("");
                atLineStart = true;
            }
            else if (trivia.IsKind(SyntaxKind.SingleLineCommentTrivia))
            {
                Line(Names.Comment(trivia.ToString()));
                atLineStart = false;
            }
        }
    }

    private static string? TrailingComment(StatementSyntax statement)
    {
        var comment = statement.GetTrailingTrivia().FirstOrDefault(trivia => trivia.IsKind(SyntaxKind.SingleLineCommentTrivia));
        return comment == default ? null : Names.Comment(comment.ToString());
    }

    private void Statement(StatementSyntax statement)
    {
        switch (statement)
        {
            case BlockSyntax block:
                Line("{");
                _lines.AddRange(Nested(() => Statements(block.Statements)));
                Line("}");
                break;
            case LocalDeclarationStatementSyntax local when local.UsingKeyword == default && local.AwaitKeyword == default:
                DeclareOutVariables(local);
                Local(local.Declaration, local.IsConst);
                break;
            case ExpressionStatementSyntax expression:
                DeclareOutVariables(expression);
                Line(FullExpression(expression.Expression).Text + ";");
                break;
            case IfStatementSyntax branch:
                DeclareOutVariables(branch.Condition);
                If(branch, "");
                break;
            case ForStatementSyntax loop:
                For(loop);
                break;
            case WhileStatementSyntax loop:
                Embedded($"while ({FullExpression(loop.Condition).Text})", loop.Statement);
                break;
            case DoStatementSyntax loop:
                Line("do {");
                _lines.AddRange(Nested(() => BlockOrStatement(loop.Statement)));
                Line($"}} while ({FullExpression(loop.Condition).Text});");
                break;
            case ReturnStatementSyntax { Expression: null }:
                Line(_method.MethodKind == MethodKind.Constructor ? $"return {Self};" : "return;");
                break;
            case ReturnStatementSyntax result:
                DeclareOutVariables(result);
                Line($"return {FullExpression(result.Expression!).Text};");
                break;
            case BreakStatementSyntax:
                Line("break;");
                break;
            case ContinueStatementSyntax:
                Line("continue;");
                break;
            case EmptyStatementSyntax:
                Line(";");
                break;
            default:
                var (what, instead) = Describe(statement);
                _program.Report(Diagnostics.Statement, statement.GetFirstToken().GetLocation(), what, instead);
                break;
        }
    }

    private static (string What, string Instead) Describe(StatementSyntax statement) => statement switch
    {
        CommonForEachStatementSyntax => ("'foreach'", "write a for loop over indices"),
        SwitchStatementSyntax => ("'switch'", "write if and else"),
        TryStatementSyntax or ThrowStatementSyntax => ("exceptions", "devices cannot throw; check on the host, or write a flag to a view"),
        UsingStatementSyntax or LocalDeclarationStatementSyntax => ("'using'", "kernels own nothing that must be disposed; create it on the host"),
        LockStatementSyntax => ("'lock'", "use Atomic, or Group.Barrier() and a fixed order"),
        GotoStatementSyntax or LabeledStatementSyntax => ("'goto'", "use loops, break and continue"),
        LocalFunctionStatementSyntax => ("a local function", "write a static method of the class"),
        YieldStatementSyntax => ("'yield'", "write results to a view"),
        FixedStatementSyntax or UnsafeStatementSyntax => ("pointers", "index an ArrayView<T>"),
        CheckedStatementSyntax => ("'checked' or 'unchecked'", "use uint, whose arithmetic wraps in C as well"),
        _ => ($"the statement '{statement.Kind()}'", "use locals, assignments, if, for, while, do and calls"),
    };

    private void BlockOrStatement(StatementSyntax statement)
    {
        if (statement is BlockSyntax block) Statements(block.Statements);
        else Statements([statement]);
    }

    /// <summary>A head with its body: on the same line if the body is one plain statement, as a block otherwise.</summary>
    private void Embedded(string head, StatementSyntax body)
    {
        var inner = Nested(() => BlockOrStatement(body));
        if (IsPlain(head, body, inner)) Line($"{head} {inner[0].TrimStart()}");
        else
        {
            Line(head + " {");
            _lines.AddRange(inner);
            Line("}");
        }
    }

    private static bool IsPlain(string head, StatementSyntax body, List<string> inner) =>
        body is not BlockSyntax && inner.Count == 1 && inner[0].Length + head.Length < LineLimit;

    private void If(IfStatementSyntax branch, string prefix)
    {
        string head = $"{prefix}if ({FullExpression(branch.Condition).Text})";
        if (branch.Else is null)
        {
            if (prefix.Length == 0)
            {
                Embedded(head, branch.Statement);
                return;
            }
            Line(head + " {");
            _lines.AddRange(Nested(() => BlockOrStatement(branch.Statement)));
            Line("}");
            return;
        }
        var then = Nested(() => BlockOrStatement(branch.Statement));
        if (prefix.Length == 0 && IsPlain(head, branch.Statement, then) && branch.Else.Statement is not (IfStatementSyntax or BlockSyntax))
        {
            var otherwise = Nested(() => BlockOrStatement(branch.Else.Statement));
            if (IsPlain("else", branch.Else.Statement, otherwise))
            {
                Line($"{head} {then[0].TrimStart()}");
                Line($"else {otherwise[0].TrimStart()}");
                return;
            }
            Line(head + " {");
            _lines.AddRange(then);
            Line("} else {");
            _lines.AddRange(otherwise);
            Line("}");
            return;
        }
        Line(head + " {");
        _lines.AddRange(then);
        if (branch.Else.Statement is IfStatementSyntax next) If(next, "} else ");
        else
        {
            Line("} else {");
            _lines.AddRange(Nested(() => BlockOrStatement(branch.Else.Statement)));
            Line("}");
        }
    }

    private void For(ForStatementSyntax loop)
    {
        string initial = "";
        if (loop.Declaration is { } declaration)
        {
            if (declaration.Variables.Any(v => IsView(v)))
                _program.Report(Diagnostics.ViewUse, declaration.GetLocation(), declaration.Variables[0].Identifier.ValueText);
            else initial = Declaration(declaration, isConst: false);
        }
        else initial = string.Join(", ", loop.Initializers.Select(e => FullExpression(e).Text));
        string condition = loop.Condition is null ? "" : " " + FullExpression(loop.Condition).Text;
        string step = loop.Incrementors.Count == 0 ? "" : " " + string.Join(", ", loop.Incrementors.Select(e => FullExpression(e).Text));
        Embedded($"for ({initial};{condition};{step})", loop.Statement);
    }

    private bool IsView(VariableDeclaratorSyntax variable) =>
        _model.GetDeclaredSymbol(variable) is ILocalSymbol local && KernelTypes.ViewElement(local.Type) is not null;

    private void Local(VariableDeclarationSyntax declaration, bool isConst)
    {
        if (declaration.Type is RefTypeSyntax)
        {
            Unsupported(declaration, "a ref local", "keep the view and the index");
            return;
        }
        if (declaration.Variables.Any(IsView))
            foreach (var variable in declaration.Variables) LocalView(variable);
        else
            Line(Declaration(declaration, isConst) + ";");
    }

    private string Declaration(VariableDeclarationSyntax declaration, bool isConst)
    {
        if (_model.GetDeclaredSymbol(declaration.Variables[0]) is not ILocalSymbol first) return "";
        // A type that devices do not have says enough: its initialiser is not looked at.
        if (_program.TypeName(first.Type, declaration.Type.GetLocation()) is not { } type) return "";
        bool isInt = KernelTypes.ScalarOf(first.Type) == SpecialType.System_Int32;
        var variables = declaration.Variables.Select(variable =>
        {
            string name = NameOf(_model.GetDeclaredSymbol(variable)!);
            if (variable.Initializer is null) return name;
            var value = FullExpression(variable.Initializer.Value);
            return $"{name} = {(isInt ? value.AsInt : value.Text)}";
        });
        return $"{(isConst ? "const " : "")}{type} {string.Join(", ", variables)}";
    }

    /// <summary>Declares the variables of <c>out var x</c> in a line before the statement.</summary>
    private void DeclareOutVariables(SyntaxNode node)
    {
        foreach (var declaration in node.DescendantNodesAndSelf().OfType<DeclarationExpressionSyntax>())
            if (declaration.Designation is SingleVariableDesignationSyntax single && _model.GetDeclaredSymbol(single) is ILocalSymbol local)
            {
                Line($"{TypeName(local.Type, declaration)} {NameOf(local)};");
                _declaredOut.Add(local);
            }
    }

    private readonly HashSet<ISymbol> _declaredOut = new(SymbolEqualityComparer.Default);
}
