using System.Globalization;
using Microsoft.CodeAnalysis;

namespace FcnFromScratch.KernelCompiler;

/// <summary>Where a pointer points.</summary>
internal enum Space { Global, Shared, Private }

/// <summary>All in which OpenCL C 1.2 and CUDA C differ, except the intrinsics.</summary>
internal sealed class Dialect
{
    public static readonly Dialect OpenCl = new(
        isCuda: false, entry: "__kernel void", helper: "", global: "__global ", shared: "__local ", sharedArray: "__local ",
        types: ["bool", "char", "uchar", "short", "ushort", "int", "uint", "long", "ulong", "float", "double"],
        longSuffix: "L", linear: "get_global_id(0)");

    public static readonly Dialect Cuda = new(
        isCuda: true, entry: "extern \"C\" __global__ void", helper: "__device__ __forceinline__ ", global: "", shared: "", sharedArray: "__shared__ ",
        types: ["bool", "signed char", "unsigned char", "short", "unsigned short", "int", "unsigned int", "long long", "unsigned long long", "float", "double"],
        longSuffix: "LL", linear: "blockIdx.x * blockDim.x + threadIdx.x");

    private readonly string[] _types;
    private readonly string _longSuffix, _global, _shared;

    private Dialect(
        bool isCuda, string entry, string helper, string global, string shared, string sharedArray, string[] types, string longSuffix, string linear)
    {
        (IsCuda, Entry, Helper, SharedArray, Linear) = (isCuda, entry, helper, sharedArray, linear);
        (_types, _longSuffix, _global, _shared) = (types, longSuffix, global, shared);
    }

    public bool IsCuda { get; }
    public string Entry { get; }
    public string Helper { get; }
    public string SharedArray { get; }

    /// <summary>The number of the work item in an implicit launch.</summary>
    public string Linear { get; }

    public string Prefix(Space space) => space switch { Space.Global => _global, Space.Shared => _shared, _ => "" };

    /// <summary>The name of a scalar type, or null if the language has none.</summary>
    public string? Scalar(SpecialType type) => type switch
    {
        SpecialType.System_Boolean => _types[0],
        SpecialType.System_SByte => _types[1],
        SpecialType.System_Byte => _types[2],
        SpecialType.System_Int16 => _types[3],
        SpecialType.System_UInt16 => _types[4],
        SpecialType.System_Int32 => _types[5],
        SpecialType.System_UInt32 => _types[6],
        SpecialType.System_Int64 => _types[7],
        SpecialType.System_UInt64 => _types[8],
        SpecialType.System_Single => _types[9],
        SpecialType.System_Double => _types[10],
        _ => null,
    };

    /// <param name="alignment">Bytes; 0 for the fields' own.</param>
    public string Struct(string name, int alignment, IEnumerable<string> fields)
    {
        string body = "{\n" + string.Concat(fields.Select(field => $"    {field};\n")) + "}";
        return IsCuda
            ? $"struct {(alignment == 0 ? "" : $"__align__({alignment}) ")}{name} {body};"
            : $"typedef struct {(alignment == 0 ? "" : $"__attribute__((aligned({alignment}))) ")}{body} {name};";
    }

    /// <summary>The constant with exactly the value and type it has in C#.</summary>
    public string Literal(object value, bool hex = false) => value switch
    {
        bool b => b ? "true" : "false",
        float f => Float(f),
        double d => Double(d),
        int.MinValue => "(-2147483647 - 1)",
        long.MinValue => $"(-9223372036854775807{_longSuffix} - 1)",
        uint u => (hex ? "0x" + u.ToString("x", CultureInfo.InvariantCulture) : u.ToString(CultureInfo.InvariantCulture)) + "u",
        ulong u => (hex ? "0x" + u.ToString("x", CultureInfo.InvariantCulture) : u.ToString(CultureInfo.InvariantCulture))
            + "u" + _longSuffix.ToLowerInvariant(),
        long l => (hex ? "0x" + l.ToString("x", CultureInfo.InvariantCulture) : l.ToString(CultureInfo.InvariantCulture)) + _longSuffix,
        int i when hex => "0x" + i.ToString("x", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };

    private string Float(float value) =>
        float.IsNaN(value) ? IsCuda ? "__int_as_float(0x7fc00000)" : "NAN"
        : float.IsInfinity(value) ? (value < 0 ? "-" : "") + (IsCuda ? "__int_as_float(0x7f800000)" : "INFINITY")
        : Decimal(value.ToString("R", CultureInfo.InvariantCulture)) + "f";

    private string Double(double value) =>
        double.IsNaN(value) ? IsCuda ? "__longlong_as_double(0x7ff8000000000000LL)" : "(double)NAN"
        : double.IsInfinity(value) ? (value < 0 ? "-" : "") + (IsCuda ? "__longlong_as_double(0x7ff0000000000000LL)" : "(double)INFINITY")
        : Decimal(value.ToString("R", CultureInfo.InvariantCulture));

    /// <summary>.NET's shortest digits in C's form: 1E-08 becomes 1e-8 and 5 becomes 5.0.</summary>
    private static string Decimal(string digits)
    {
        int exponent = digits.IndexOf('E');
        if (exponent >= 0) return digits.Substring(0, exponent) + "e" + int.Parse(digits.Substring(exponent + 1), CultureInfo.InvariantCulture);
        return digits.IndexOf('.') >= 0 ? digits : digits + ".0";
    }
}
