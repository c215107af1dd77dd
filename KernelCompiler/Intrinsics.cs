using Microsoft.CodeAnalysis;

namespace FcnFromScratch.KernelCompiler;

/// <summary>What a method or property of the kernel language is in each dialect; {0}, {1}, {2} are its arguments.</summary>
/// <param name="NeedsGroup">Means nothing in an implicit kernel.</param>
internal sealed record Intrinsic(string OpenCl, string Cuda, KernelFeatures Features = KernelFeatures.None, bool NeedsGroup = false)
{
    public string For(Dialect dialect) => dialect.IsCuda ? Cuda : OpenCl;
}

/// <summary>
/// The one table of everything that kernels call and C has under another name. System.Math and System.MathF are the same rows as XMath.
/// Two differences from C# are left in: Max and Min of a NaN and a number give the number, and a float outside the range of an
/// integer type converts to whatever the device makes of it.
/// </summary>
internal static class Intrinsics
{
    private const string CudaLinear = "threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z)";
    private const string OpenClLinear = "get_local_id(0) + get_local_size(0) * (get_local_id(1) + get_local_size(1) * get_local_id(2))";
    private const string NoShuffles = "0";

    private static readonly Dictionary<string, Intrinsic> s_table = Build();

    public static IReadOnlyDictionary<string, Intrinsic> All => s_table;

    /// <summary>The row of a method or property, or null if it has none.</summary>
    public static Intrinsic? Find(ISymbol symbol)
    {
        string? type = symbol.ContainingType is { } containing ? Alias(containing) : null;
        if (type is null) return null;
        string key = $"{type}.{symbol.Name}";
        if (symbol is IMethodSymbol { IsGenericMethod: false, Parameters.Length: > 0 } method)
            key += $"({method.Parameters[0].Type.ToDisplayString()})";
        return s_table.TryGetValue(key, out var row) ? row : null;
    }

    /// <summary>Grid.GlobalIndex.X and its sisters, the only properties of a property.</summary>
    public static Intrinsic? FindGlobalIndex(ISymbol outer, string axis) =>
        outer.Name == "GlobalIndex" && Alias(outer.ContainingType) == "Grid" && s_table.TryGetValue("Grid.GlobalIndex." + axis, out var row) ? row : null;

    private static string? Alias(INamedTypeSymbol type) => type.ToDisplayString() switch
    {
        "System.Math" or "System.MathF" or KernelTypes.Language + ".Algorithms.XMath" => "Math",
        "float" or "double" => "Float",
        "System.BitConverter" => "Bits",
        KernelTypes.Language + ".Interop" => "Interop",
        KernelTypes.Language + ".Grid" => "Grid",
        KernelTypes.Language + ".Group" => "Group",
        KernelTypes.Language + ".Warp" => "Warp",
        KernelTypes.Language + ".Atomic" => "Atomic",
        _ => null,
    };

    private static Dictionary<string, Intrinsic> Build()
    {
        var table = new Dictionary<string, Intrinsic>();

        // Where the work item is. The devices count unsigned, C# signed: hence the casts.
        foreach (var (axis, i) in new[] { ("X", 0), ("Y", 1), ("Z", 2) })
        {
            string a = axis.ToLowerInvariant();
            Item("Grid.Idx" + axis, $"(int)get_group_id({i})", $"(int)blockIdx.{a}");
            Item("Grid.Dim" + axis, $"(int)get_num_groups({i})", $"(int)gridDim.{a}");
            Item("Group.Idx" + axis, $"(int)get_local_id({i})", $"(int)threadIdx.{a}");
            Item("Group.Dim" + axis, $"(int)get_local_size({i})", $"(int)blockDim.{a}");
            Item("Grid.GlobalIndex." + axis, $"(int)get_global_id({i})", $"(int)(blockIdx.{a} * blockDim.{a} + threadIdx.{a})");
        }
        Item("Group.LinearIndex", $"(int)({OpenClLinear})", $"(int)({CudaLinear})");
        Item("Group.Barrier", "barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)", "__syncthreads()", KernelFeatures.Barrier);

        // OpenCL C 1.2 has no shuffles: a kernel with one of these has no OpenCL text.
        Item("Warp.WarpSize", NoShuffles, "32", KernelFeatures.Warp);
        Item("Warp.LaneIdx", NoShuffles, $"(int)(({CudaLinear}) % 32)", KernelFeatures.Warp);
        Item("Warp.WarpIdx", NoShuffles, $"(int)(({CudaLinear}) / 32)", KernelFeatures.Warp);
        Item("Warp.Barrier", NoShuffles, "__syncwarp()", KernelFeatures.Warp);
        Item("Warp.Shuffle", NoShuffles, "__shfl_sync(0xffffffffu, {0}, {1})", KernelFeatures.Warp);
        Item("Warp.ShuffleDown", NoShuffles, "__shfl_down_sync(0xffffffffu, {0}, {1})", KernelFeatures.Warp);
        Item("Warp.ShuffleXor", NoShuffles, "__shfl_xor_sync(0xffffffffu, {0}, {1})", KernelFeatures.Warp);

        foreach (string type in new[] { "int", "uint" })
        {
            Atomic($"Atomic.Add({type})", "atomic_add({0}, {1})", "atomicAdd({0}, {1})");
            Atomic($"Atomic.Max({type})", "atomic_max({0}, {1})", "atomicMax({0}, {1})");
            Atomic($"Atomic.Min({type})", "atomic_min({0}, {1})", "atomicMin({0}, {1})");
            Atomic($"Atomic.Exchange({type})", "atomic_xchg({0}, {1})", "atomicExch({0}, {1})");
            Atomic($"Atomic.CompareExchange({type})", "atomic_cmpxchg({0}, {1}, {2})", "atomicCAS({0}, {1}, {2})");
        }

        Row("Interop.FloatAsInt(float)", "as_uint({0})", "__float_as_uint({0})");
        Row("Interop.IntAsFloat(uint)", "as_float({0})", "__uint_as_float({0})");
        Row("Bits.SingleToUInt32Bits(float)", "as_uint({0})", "__float_as_uint({0})");
        Row("Bits.UInt32BitsToSingle(uint)", "as_float({0})", "__uint_as_float({0})");
        Row("Bits.SingleToInt32Bits(float)", "as_int({0})", "__float_as_int({0})");
        Row("Bits.Int32BitsToSingle(int)", "as_float({0})", "__int_as_float({0})");

        Real("Abs", "fabs({0})", "fabsf({0})");
        Real("Acos", "acos({0})", "acosf({0})");
        Real("Asin", "asin({0})", "asinf({0})");
        Real("Atan", "atan({0})", "atanf({0})");
        Real("Atan2", "atan2({0}, {1})", "atan2f({0}, {1})");
        Real("Ceiling", "ceil({0})", "ceilf({0})");
        Real("Clamp", "fmax(fmin({0}, {2}), {1})", "fmaxf(fminf({0}, {2}), {1})");
        Real("Cos", "cos({0})", "cosf({0})");
        Real("Cosh", "cosh({0})", "coshf({0})");
        Real("Exp", "exp({0})", "expf({0})");
        Real("Floor", "floor({0})", "floorf({0})");
        Real("FusedMultiplyAdd", "fma({0}, {1}, {2})", "fmaf({0}, {1}, {2})");
        Real("Log", "log({0})", "logf({0})");
        Real("Log10", "log10({0})", "log10f({0})");
        Real("Log2", "log2({0})", "log2f({0})");
        Real("Max", "fmax({0}, {1})", "fmaxf({0}, {1})");
        Real("Min", "fmin({0}, {1})", "fminf({0}, {1})");
        Real("Pow", "pow({0}, {1})", "powf({0}, {1})");
        Real("Round", "rint({0})", "rintf({0})");
        Real("Sin", "sin({0})", "sinf({0})");
        Real("Sinh", "sinh({0})", "sinhf({0})");
        Real("Sqrt", "sqrt({0})", "sqrtf({0})");
        Real("Tan", "tan({0})", "tanf({0})");
        Real("Tanh", "tanh({0})", "tanhf({0})");
        Real("Truncate", "trunc({0})", "truncf({0})");
        Row("Math.Rsqrt(float)", "rsqrt({0})", "rsqrtf({0})");
        Real("%", "fmod({0}, {1})", "fmodf({0}, {1})");
        foreach (string type in new[] { "float", "double" })
            foreach (string owner in new[] { "Math", "Float" })
            {
                Row($"{owner}.IsNaN({type})", "isnan({0})", "isnan({0})");
                Row($"{owner}.IsFinite({type})", "isfinite({0})", "isfinite({0})");
                Row($"{owner}.IsInfinity({type})", "isinf({0})", "isinf({0})");
            }

        foreach (string type in new[] { "int", "uint", "long", "ulong" })
        {
            Row($"Math.Max({type})", "max({0}, {1})", "max({0}, {1})");
            Row($"Math.Min({type})", "min({0}, {1})", "min({0}, {1})");
            Row($"Math.Clamp({type})", "clamp({0}, {1}, {2})", "max(min({0}, {2}), {1})");
        }
        Row("Math.Abs(int)", "(int)abs({0})", "abs({0})");
        Row("Math.Abs(long)", "(long)abs({0})", "llabs({0})");
        return table;

        void Row(string key, string openCl, string cuda) => table.Add(key, new Intrinsic(openCl, cuda));

        void Item(string key, string openCl, string cuda, KernelFeatures features = KernelFeatures.None) =>
            table.Add(key, new Intrinsic(openCl, cuda, features, NeedsGroup: true));

        void Atomic(string key, string openCl, string cuda) => table.Add(key, new Intrinsic(openCl, cuda, KernelFeatures.Atomics));

        // The double form of a CUDA function is the float form without its f.
        void Real(string name, string openCl, string cuda)
        {
            table.Add($"Math.{name}(float)", new Intrinsic(openCl, cuda));
            table.Add($"Math.{name}(double)", new Intrinsic(openCl, cuda.Replace("f(", "(")));
        }
    }

    /// <summary>The remainder of floats, an operator in C# and a function in C.</summary>
    public static Intrinsic Remainder(bool isDouble) => s_table[isDouble ? "Math.%(double)" : "Math.%(float)"];
}
