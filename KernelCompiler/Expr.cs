using Microsoft.CodeAnalysis;

namespace FcnFromScratch.KernelCompiler;

/// <summary>How tightly an expression binds, loosest first; the order is C's.</summary>
internal enum Prec { Comma, Assign, Conditional, OrElse, AndAlso, BitOr, BitXor, BitAnd, Equality, Relational, Shift, Additive, Multiplicative, Unary, Primary }

/// <summary>A piece of C.</summary>
/// <param name="Uncast">The text without its cast to int, for where C converts to int by itself.</param>
internal readonly record struct Expr(string Text, Prec Prec = Prec.Primary, string? Uncast = null)
{
    /// <summary>The text, in parentheses where it binds more loosely than <paramref name="least"/>.</summary>
    public string At(Prec least) => Prec >= least ? Text : $"({Text})";

    /// <summary>The text as the whole right side of something of type int.</summary>
    public string AsInt => Uncast ?? Text;
}

/// <summary>A parameter or local that is a pointer in C: a view, or a parameter by reference.</summary>
internal sealed class Pointer(int id, string name, Space space, ITypeSymbol element)
{
    public string Name => name;
    public Space Space => space;
    public ITypeSymbol Element => element;

    /// <summary>The view that this one is cut from; itself for a parameter or an allocation.</summary>
    public Pointer Root { get; set; } = null!;

    /// <summary>Something writes through the root: it is not const.</summary>
    public bool IsWritten { get; set; }

    /// <summary>Whether the body asks for the length, and the variable that holds it.</summary>
    public bool UsesLength { get; set; }
    public string LengthName { get; set; } = "";

    /// <summary>The length of a local view; asked only if the body needs it.</summary>
    public Func<Expr>? ComputeLength { get; set; }

    // Whether a view is const, and whether its length is needed, is known only when the whole function has been read:
    // until then these marks stand in the text.
    public string ConstMark => $"\u0001c{id}\u0001";
    public string LengthMark => $"\u0001l{id}\u0001";

    public Expr Length()
    {
        UsesLength = true;
        return new Expr(LengthName);
    }
}

/// <summary>An expression of a view's type.</summary>
internal sealed record ViewValue(Expr Address, Pointer Root, ITypeSymbol Element, Func<Expr> Length);
