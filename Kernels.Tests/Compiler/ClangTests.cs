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
    public void The_text_computes_what_CSharp_computes()
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

        var kernel = TestKernels.Get("ArithmeticKernels.Run");
        foreach (var (language, text) in new[] { ("c", HostOpenCl + kernel.OpenCl), ("c++", HostCuda + kernel.Cuda) })
        {
            result.AsSpan().Clear();
            RunOnHost(language, text, items, result, valueView, floatView);
            for (int i = 0; i < results; i++)
            {
                var (item, number) = Math.DivRem(i, TestKernels.ArithmeticResults);
                Assert.True(expected[i] == result[i], $"{language}: item {item}, result {number}: C# {expected[i]}, C {result[i]}");
            }
        }
    }

    private static unsafe void RunOnHost(string language, string text, int items, ArrayView<long> result, ArrayView<int> values, ArrayView<float> floats)
    {
        using var folder = new TempFolder();
        Clang.Library(folder["kernels.so"], language, text + "\n" + (language == "c" ? "" : "extern \"C\" ") + "void set_item(unsigned int i) { item = i; }\n");
        nint library = NativeLibrary.Load(folder["kernels.so"]);
        var setItem = (delegate* unmanaged<uint, void>)NativeLibrary.GetExport(library, "set_item");
        var run = (delegate* unmanaged<long*, int*, float*, int, void>)NativeLibrary.GetExport(library, "ArithmeticKernels_Run");
        // Past the end too: such an item must return at once.
        for (uint i = 0; i < items + 5; i++)
        {
            setItem(i);
            run(result.Pointer, values.Pointer, floats.Pointer, items);
        }
        NativeLibrary.Free(library);
    }

    private const string HostOpenCl = """
        typedef unsigned char uchar; typedef unsigned short ushort; typedef unsigned int uint; typedef unsigned long ulong;
        #define bool _Bool
        #define true 1
        #define __kernel
        #define __global
        static uint item;
        static ulong get_global_id(int axis) { return item; }
        static uint as_uint(float x) { union { float f; uint u; } bits = { x }; return bits.u; }
        static float fmod(float x, float y) { return __builtin_fmodf(x, y); }
        #define isnan(x) ((x) != (x))

        """;

    private const string HostCuda = """
        #define __global__
        #define __device__
        #define __forceinline__ inline
        static unsigned int item;
        struct { unsigned int x; } const blockIdx = { 0 }, blockDim = { 1 };
        #define threadIdx (*(Item*)&item)
        struct Item { unsigned int x; };
        static unsigned int __float_as_uint(float x) { union { float f; unsigned int u; } bits = { x }; return bits.u; }
        static float fmodf(float x, float y) { return __builtin_fmodf(x, y); }
        #define isnan(x) ((x) != (x))

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
