using System.Numerics;
using System.Reflection;
using System.Runtime.InteropServices;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Kernels;
using FcnFromScratch.KernelCompiler;
using Xunit;
using KernelFeatures = FcnFromScratch.Engine.Devices.KernelFeatures;

namespace FcnFromScratch.Kernels.Tests.Compiler;

/// <summary>Real compilers read the emitted text: they accept it, lay structs out as C# does, and compute what C# computes.</summary>
public sealed class ClangTests
{
    [ClangFact]
    public void Clang_accepts_every_test_kernel() => AssertAccepted(TestKernels.All);

    [ClangFact]
    public void Clang_accepts_every_kernel_of_the_engine() => AssertAccepted(KernelCatalog.All);

    [ClangFact]
    public void Structs_of_two_or_four_floats_are_loaded_as_vectors()
    {
        string ptx = Clang.Cuda(TestKernels.Get("VectorKernels.Add").Cuda).Ptx;
        Assert.Matches(@"ld\.(global\.)?(nc\.)?v4\.f32", ptx);
        Assert.Matches(@"st\.(global\.)?v4\.f32", ptx);
    }

    [Fact]
    public void The_test_kernels_use_every_row_of_the_intrinsic_table()
    {
        string openCl = string.Concat(TestKernels.All.Select(kernel => kernel.OpenCl)), cuda = string.Concat(TestKernels.All.Select(kernel => kernel.Cuda));
        var unused = Intrinsics.All
            .Where(row => !cuda.Contains(Head(row.Value.Cuda)) || row.Value.OpenCl != "0" && !openCl.Contains(Head(row.Value.OpenCl)));
        Assert.Empty(unused.Select(row => row.Key));

        static string Head(string template) => template.Split("{0}")[0].Replace("(int)", "").TrimStart('(').TrimEnd(')');
    }

    [ClangFact]
    public void Structs_are_laid_out_as_in_CSharp()
    {
        string text = TestKernels.Get("LayoutKernels.Read").OpenCl;
        foreach (string name in new[] { "Mixed", "Pair" })
        {
            var type = TestKernels.Assembly.GetType("Trial." + name)!;
            text += $"_Static_assert(sizeof({name}) == {Marshal.SizeOf(type)}, \"size\");\n";
            foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
            {
                string member = field.Name[0] == '<' ? field.Name.Split('<', '>')[1] : field.Name;
                text += $"_Static_assert(__builtin_offsetof({name}, {member}) == {Marshal.OffsetOf(type, field.Name)}, \"offset\");\n";
            }
        }
        string errors = Clang.OpenCl(text);
        Assert.True(errors.Length == 0, errors);
    }

    /// <summary>Runs both texts as C and C++ on this machine, beside the C# itself.</summary>
    [ClangFact]
    public unsafe void The_text_computes_what_CSharp_computes()
    {
        int[] values = [0, 0, 1, -1, -1, 1, 7, 3, -7, 3, int.MaxValue, 2, int.MinValue, 5, 123456789, -987654, 255, 31, -256, 33, 65536, 40, -2, -40];
        float[] floats = [0f, 1f, -1f, 0.1f, 123.456f, -99.5f, 1e6f, -0.7f, 3.999f, 2.5f, -2.5f, 41f];
        int items = floats.Length, results = items * TestKernels.ArithmeticResults;
        using var resultBuffer = new HostBuffer(8 * results, "result");
        using var valueBuffer = new HostBuffer(4 * values.Length, "values");
        using var floatBuffer = new HostBuffer(4 * items, "floats");
        var result = new ArrayView<long>(resultBuffer, 0, results);
        var valueView = new ArrayView<int>(valueBuffer, 0, values.Length);
        var floatView = new ArrayView<float>(floatBuffer, 0, items);
        values.CopyTo(valueView.AsSpan());
        floats.CopyTo(floatView.AsSpan());

        Harness.Launch(TestKernels.Assembly, "Trial.ArithmeticKernels+RunLaunch", (Index1D)items, result, valueView, floatView).RunItems(0, items);
        long[] expected = result.AsSpan().ToArray();

        foreach (var (language, text) in Texts("ArithmeticKernels.Run"))
        {
            result.AsSpan().Clear();
            RunOnHost(language, text, "ArithmeticKernels_Run", items, run => ((delegate* unmanaged<nint, nint, nint, int, void>)run)(
                resultBuffer.HostPointer, valueBuffer.HostPointer, floatBuffer.HostPointer, items));
            for (int i = 0; i < results; i++)
            {
                var (item, number) = Math.DivRem(i, TestKernels.ArithmeticResults);
                Assert.True(expected[i] == result[i], $"{language}: item {item}, result {number}: C# {expected[i]}, C {result[i]}");
            }
        }
    }

    /// <summary>What the two sides take from one C library differs in the last bits at most.</summary>
    [ClangFact]
    public unsafe void Each_function_is_the_one_of_CSharp()
    {
        double[] numbers = [2.5, 0.5, 3, -2.5, -0.25, 0.125, 0.7, 0, 10, -7.9, 1, 0.3, 1000.4, -0.9, 5.5];
        Compare("Floats", Array.ConvertAll(numbers, x => (float)x), 1e-6);
        Compare("Doubles", numbers, 1e-14);

        static void Compare<T>(string name, T[] numbers, double tolerance) where T : unmanaged, INumber<T>
        {
            int items = numbers.Length / 3, results = items * TestKernels.FunctionResults;
            using var memory = new HostBuffer(8 * (results + numbers.Length), name);
            ArrayView<T> y = new(memory, 0, results), x = new(memory, 8 * results, numbers.Length);
            numbers.CopyTo(x.AsSpan());
            Harness.Launch(TestKernels.Assembly, $"Trial.FunctionKernels+{name}Launch", (Index1D)items, y, x).RunItems(0, items);
            T[] expected = y.AsSpan().ToArray();
            foreach (var (language, text) in Texts($"FunctionKernels.{name}"))
            {
                y.AsSpan().Clear();
                RunOnHost(language, text, $"FunctionKernels_{name}", items, run => ((delegate* unmanaged<nint, nint, int, void>)run)(
                    memory.HostPointer, memory.HostPointer + 8 * results, items));
                for (int i = 0; i < results; i++)
                {
                    double wanted = double.CreateChecked(expected[i]), got = double.CreateChecked(y[i]);
                    Assert.True(wanted.Equals(got) || double.IsFinite(wanted) && Math.Abs(got - wanted) <= tolerance * Math.Abs(wanted),
                        $"{name} in {language}: item {i / TestKernels.FunctionResults}, result {i % TestKernels.FunctionResults}: C# {wanted}, C {got}");
                }
            }
        }
    }

    private static (string Language, string Text)[] Texts(string kernel) =>
        [("c", HostOpenCl + TestKernels.Get(kernel).OpenCl), ("c++", HostCuda + TestKernels.Get(kernel).Cuda)];

    /// <summary>Every item of a plane and of a volume whose sides all differ finds its index, as RunItems does: LauncherTests.</summary>
    [ClangFact]
    public unsafe void Items_find_their_place_in_a_plane_and_a_volume()
    {
        using var memory = new HostBuffer(4 * 32, "y and item");
        var y = new ArrayView<int>(memory, 0, 32);
        nint item = memory.HostPointer + 4 * 31;
        foreach (var (language, text) in Texts("VolumeKernels.Plane"))
        {
            y.AsSpan().Clear();
            RunOnHost(language, text, "VolumeKernels_Plane", 4 * 3, run => ((delegate* unmanaged<nint, int, int, int, void>)run)(
                memory.HostPointer, 4, 4, 3));
            for (int i = 0; i < 32; i++) Assert.True(y[i] == (i < 12 ? i / 4 * 10 + i % 4 : 0), $"{language}: item {i} of the plane: {y[i]}");
        }
        foreach (var (language, text) in Texts("VolumeKernels.Number"))
        {
            y.AsSpan().Clear();
            y[31] = 1;
            RunOnHost(language, text, "VolumeKernels_Number", 4 * 3 * 2, run => ((delegate* unmanaged<nint, int, int, nint, int, int, int, void>)run)(
                memory.HostPointer, 4, 3, item, 4, 3, 2));
            for (int i = 0; i < 31; i++)
                Assert.True(y[i] == (i < 24 ? i / 12 * 100 + i / 4 % 3 * 10 + i % 4 + 1 : 0), $"{language}: item {i} of the volume: {y[i]}");
        }
    }

    /// <param name="call">Calls the kernel at that address, for one item.</param>
    private static unsafe void RunOnHost(string language, string text, string kernel, int items, Action<nint> call)
    {
        using var folder = new TempFolder();
        string external = language == "c" ? "" : "extern \"C\" ";
        Clang.Library(folder["kernels.so"], language, $"{text}\n{external}void set_item(unsigned int i) {{ current = i; }}\n");
        nint library = NativeLibrary.Load(folder["kernels.so"]), run = NativeLibrary.GetExport(library, kernel);
        var setItem = (delegate* unmanaged<uint, void>)NativeLibrary.GetExport(library, "set_item");
        // Past the end too: such an item must return at once.
        for (uint i = 0; i < items + 5; i++)
        {
            setItem(i);
            call(run);
        }
        NativeLibrary.Free(library);
    }

    private const string HostOpenCl = """
        typedef unsigned char uchar; typedef unsigned short ushort; typedef unsigned int uint; typedef unsigned long ulong;
        #define bool _Bool
        #define true 1
        #define INFINITY __builtin_inff()
        #define __kernel
        #define __global
        static uint current;
        static ulong get_global_id(int axis) { return current; }
        typedef union { float f; int i; uint u; } bits;
        static uint as_uint(float x) { bits b; b.f = x; return b.u; }
        static int as_int(float x) { bits b; b.f = x; return b.i; }
        static float float_of(uint u) { bits b; b.u = u; return b.f; }
        #define as_float(x) float_of(x)
        #define isnan(x) __builtin_isnan(x)
        #define isfinite(x) __builtin_isfinite(x)
        #define isinf(x) __builtin_isinf(x)
        #define abs(x) ((x) < 0 ? -(x) : (x))
        #define max(x, y) ((x) > (y) ? (x) : (y))
        #define min(x, y) ((x) < (y) ? (x) : (y))
        #define clamp(x, low, high) min(max(x, low), high)
        static float rsqrt(float x) { return 1.0f / __builtin_sqrtf(x); }
        #define REAL(name, x, ...) _Generic((x), float: __builtin_##name##f, default: __builtin_##name)(x, ##__VA_ARGS__)
        #define fabs(x) REAL(fabs, x)
        #define acos(x) REAL(acos, x)
        #define asin(x) REAL(asin, x)
        #define atan(x) REAL(atan, x)
        #define atan2(x, y) REAL(atan2, x, y)
        #define ceil(x) REAL(ceil, x)
        #define cos(x) REAL(cos, x)
        #define cosh(x) REAL(cosh, x)
        #define exp(x) REAL(exp, x)
        #define floor(x) REAL(floor, x)
        #define fma(x, y, z) REAL(fma, x, y, z)
        #define fmax(x, y) REAL(fmax, x, y)
        #define fmin(x, y) REAL(fmin, x, y)
        #define fmod(x, y) REAL(fmod, x, y)
        #define log(x) REAL(log, x)
        #define log10(x) REAL(log10, x)
        #define log2(x) REAL(log2, x)
        #define pow(x, y) REAL(pow, x, y)
        #define rint(x) REAL(rint, x)
        #define sin(x) REAL(sin, x)
        #define sinh(x) REAL(sinh, x)
        #define sqrt(x) REAL(sqrt, x)
        #define tan(x) REAL(tan, x)
        #define tanh(x) REAL(tanh, x)
        #define trunc(x) REAL(trunc, x)

        """;

    private const string HostCuda = """
        #define __global__
        #define __device__
        #define __forceinline__ inline
        static unsigned int current;
        struct { unsigned int x; } const blockIdx = { 0 }, blockDim = { 1 };
        #define threadIdx (*(Item*)&current)
        struct Item { unsigned int x; };
        union bits { float f; int i; unsigned int u; };
        static unsigned int __float_as_uint(float x) { bits b; b.f = x; return b.u; }
        static int __float_as_int(float x) { bits b; b.f = x; return b.i; }
        static float __uint_as_float(unsigned int u) { bits b; b.u = u; return b.f; }
        static float __int_as_float(int i) { bits b; b.i = i; return b.f; }
        static double __longlong_as_double(long long i) { double d; __builtin_memcpy(&d, &i, sizeof d); return d; }
        #define isnan(x) __builtin_isnan(x)
        #define isfinite(x) __builtin_isfinite(x)
        #define isinf(x) __builtin_isinf(x)
        #define abs(x) __builtin_abs(x)
        #define llabs(x) __builtin_llabs(x)
        #define max(x, y) ((x) > (y) ? (x) : (y))
        #define min(x, y) ((x) < (y) ? (x) : (y))
        static float rsqrtf(float x) { return 1.0f / __builtin_sqrtf(x); }
        #define F1(name) extern "C" float name##f(float); extern "C" double name(double);
        #define F2(name) extern "C" float name##f(float, float); extern "C" double name(double, double);
        extern "C" float fmaf(float, float, float); extern "C" double fma(double, double, double);
        F1(fabs) F1(acos) F1(asin) F1(atan) F1(ceil) F1(cos) F1(cosh) F1(exp) F1(floor) F1(log) F1(log10) F1(log2) F1(rint)
        F1(sin) F1(sinh) F1(sqrt) F1(tan) F1(tanh) F1(trunc) F2(atan2) F2(fmax) F2(fmin) F2(pow) F2(fmod)

        """;

    private static void AssertAccepted(IEnumerable<KernelInfo> kernels)
    {
        var failures = kernels.AsParallel().SelectMany(kernel =>
        {
            var (ptx, errors) = Clang.Cuda(kernel.Cuda);
            return new[]
            {
                kernel.Features.HasFlag(KernelFeatures.Warp) || Clang.OpenCl(kernel.OpenCl) is not { Length: > 0 } openCl
                    ? null
                    : $"{kernel.Name} in OpenCL C:\n{openCl}",
                errors.Length > 0 ? $"{kernel.Name} in CUDA C:\n{errors}"
                    : ptx.Contains($".entry {kernel.EntryPoint}(") ? null : $"{kernel.Name} is no entry of its PTX",
            };
        }).Where(failure => failure is not null);
        string all = string.Join("\n", failures);
        Assert.True(all.Length == 0, all);
    }
}
