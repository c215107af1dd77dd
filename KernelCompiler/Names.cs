using System.Globalization;
using System.Text;

namespace FcnFromScratch.KernelCompiler;

/// <summary>C# names that are also names of C.</summary>
internal static class Names
{
    // C, C++ and OpenCL C keywords, types, address spaces and the built-in functions and variables of both dialects.
    private static readonly HashSet<string> s_reserved = new((
        "alignas alignof and asm auto bool break case catch char char16_t char32_t class compl concept const constexpr const_cast continue decltype " +
        "default delete do double dynamic_cast else enum explicit export extern false float for friend goto if inline int long mutable namespace new " +
        "noexcept not nullptr operator or private protected public register reinterpret_cast requires restrict return short signed sizeof static " +
        "static_assert static_cast struct switch template this thread_local throw true try typedef typeid typename union unsigned using virtual void " +
        "volatile wchar_t while xor " +
        "global local constant kernel half uchar ushort uint ulong size_t ptrdiff_t intptr_t uintptr_t event_t sampler_t image1d_t image2d_t image3d_t " +
        "read_only write_only read_write pipe generic quad complex imaginary NULL NAN INFINITY MAXFLOAT HUGE_VAL HUGE_VALF M_PI M_E main " +
        "abs abs_diff acos acosh all any asin asinh async_work_group_copy atan atan2 atanh atomic_add atomic_and atomic_cmpxchg atomic_dec atomic_inc " +
        "atomic_max atomic_min atomic_or atomic_sub atomic_xchg atomic_xor barrier bitselect cbrt ceil clamp clz copysign cos cosh cospi cross degrees " +
        "distance dot erf erfc exp exp10 exp2 expm1 fabs fast_distance fast_length fast_normalize fdim floor fma fmax fmin fmod fract frexp hadd hypot " +
        "ilogb isequal isfinite isgreater isinf isless isnan isnormal isordered isunordered ldexp length lgamma log log10 log1p log2 logb mad mad24 " +
        "mad_hi mad_sat max maxmag mem_fence min minmag mix modf mul24 mul_hi nan nextafter normalize popcount pow pown powr prefetch printf radians " +
        "read_mem_fence remainder remquo rhadd rint rootn rotate round rsqrt select shuffle shuffle2 sign signbit sin sincos sinh sinpi smoothstep " +
        "sqrt step sub_sat tan tanh tanpi tgamma trunc upsample vec_step vload2 vload4 vstore2 vstore4 wait_group_events write_mem_fence " +
        "threadIdx blockIdx blockDim gridDim warpSize dim3 atomicAdd atomicCAS atomicExch atomicMax atomicMin assert malloc free memcpy memset clock")
        .Split(' '));

    private static readonly string[] s_macros = ["__", "SPECIALIZED_", "CLK_", "FLT_", "DBL_", "INT_", "M_"];

    private static readonly string[] s_vectorBases =
        ["bool", "char", "uchar", "short", "ushort", "int", "uint", "long", "ulong", "longlong", "ulonglong", "float", "double", "half"];

    /// <summary>Whether the name means something in OpenCL C or CUDA C. One answer for both, so that both texts read the same.</summary>
    public static bool IsReserved(string name)
    {
        if (s_reserved.Contains(name) || s_macros.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))) return true;
        string head = name.TrimEnd('0', '1', '2', '3', '4', '6', '8');
        return head.Length < name.Length && s_vectorBases.Contains(head);
    }

    /// <summary>The name in ASCII, with an underscore behind it where C has another use for it.</summary>
    public static string Escape(string name)
    {
        var ascii = new StringBuilder();
        foreach (char c in name)
            ascii.Append(c < 128 ? c.ToString() : "u" + ((int)c).ToString("x4", CultureInfo.InvariantCulture));
        string result = ascii.ToString();
        return IsReserved(result) ? result + "_" : result;
    }

    /// <summary>A comment that no C compiler stumbles over: ASCII, and no backslash that would swallow the next line.</summary>
    public static string Comment(string text)
    {
        var ascii = new StringBuilder();
        foreach (char c in text.TrimEnd().TrimEnd('\\'))
            ascii.Append(c switch
            {
                < (char)128 => c.ToString(),
                '×' => "x", '·' => "*", '−' or '–' or '—' => "-", '…' => "...", '≤' => "<=", '≥' => ">=", '²' => "^2", '→' => "->", 'π' => "pi", 'Σ' => "sum",
                '‘' or '’' => "'", '“' or '”' => "\"",
                _ => "?",
            });
        return ascii.ToString();
    }
}
