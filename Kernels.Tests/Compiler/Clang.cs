using System.Diagnostics;
using System.Text.RegularExpressions;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Compiler;

/// <summary>clang as a judge of the emitted text: an OpenCL C front end, and a CUDA compiler that needs neither a GPU nor a toolkit.</summary>
internal static class Clang
{
    public const string Missing = "no clang on the PATH to compile the kernels with; on Debian: apt install clang-15";

    public static readonly string? Path =
        (from name in new[] { "clang-15", "clang-16", "clang-17", "clang-18", "clang-19", "clang" }
         from folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator)
         let path = System.IO.Path.Combine(folder, name)
         where File.Exists(path)
         select path).FirstOrDefault();

    /// <summary>The errors and warnings of an OpenCL C 1.2 program; empty if it is accepted.</summary>
    public static string OpenCl(string text) =>
        Run(text, ["-x", "cl", "-cl-std=CL1.2", "-Xclang", "-finclude-default-header", "-fsyntax-only", "-Werror", .. Specialized(text), "-"]).Errors;

    /// <summary>The PTX of a CUDA program.</summary>
    public static (string Ptx, string Errors) Cuda(string text) => Run(CudaPrelude + text,
        [
            "-x", "cuda", "--cuda-device-only", "--cuda-gpu-arch=sm_80", "-nocudainc", "-nocudalib", "-O1", "-Werror", "-S", .. Specialized(text),
            "-o", "-", "-",
        ]);

    /// <summary>Compiles a program for this machine into a shared library.</summary>
    public static void Library(string path, string language, string text)
    {
        string errors = Run(text, ["-x", language, "-shared", "-fPIC", "-O1", "-ffp-contract=off", "-o", path, "-", "-lm"]).Errors;
        Assert.True(errors.Length == 0, errors);
    }

    /// <summary>A value for each constant that a device would bake in.</summary>
    private static IEnumerable<string> Specialized(string text) =>
        Regex.Matches(text, @"SPECIALIZED_\w+").Select(match => match.Value).Distinct().Select(name => $"-D{name}=3");

    private static (string Output, string Errors) Run(string input, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Path!, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        process.WaitForExit();
        return (output.Result, process.ExitCode == 0 ? errors.Result : $"exit code {process.ExitCode}\n{errors.Result}");
    }

    /// <summary>What NVRTC has built in and clang without CUDA's headers has not.</summary>
    private const string CudaPrelude = """
        #define __global__ __attribute__((global))
        #define __device__ __attribute__((device))
        #define __shared__ __attribute__((shared))
        #define __forceinline__ inline __attribute__((always_inline))
        #define __align__(n) __attribute__((aligned(n)))
        #define F1(name) __device__ float name##f(float); __device__ double name(double);
        #define F2(name) __device__ float name##f(float, float); __device__ double name(double, double);
        #define ALL(T) __device__ T max(T, T); __device__ T min(T, T);
        #define SHUFFLE(T) __device__ T __shfl_sync(unsigned, T, int); __device__ T __shfl_down_sync(unsigned, T, unsigned); \
            __device__ T __shfl_xor_sync(unsigned, T, int);
        #define ATOMIC(T) __device__ T atomicAdd(T*, T); __device__ T atomicMax(T*, T); __device__ T atomicMin(T*, T); \
            __device__ T atomicExch(T*, T); __device__ T atomicCAS(T*, T, T);
        struct uint3 { unsigned int x, y, z; };
        extern const __device__ uint3 threadIdx, blockIdx, blockDim, gridDim;
        __device__ void __syncthreads();
        __device__ void __syncwarp();
        __device__ unsigned int __float_as_uint(float);
        __device__ int __float_as_int(float);
        __device__ float __uint_as_float(unsigned int);
        __device__ float __int_as_float(int);
        __device__ double __longlong_as_double(long long);
        __device__ bool isnan(float); __device__ bool isnan(double);
        __device__ bool isfinite(float); __device__ bool isfinite(double);
        __device__ bool isinf(float); __device__ bool isinf(double);
        __device__ int abs(int); __device__ long long llabs(long long);
        __device__ float fmaf(float, float, float); __device__ double fma(double, double, double);
        F1(fabs) F1(acos) F1(asin) F1(atan) F1(ceil) F1(cos) F1(cosh) F1(exp) F1(floor) F1(log) F1(log10) F1(log2) F1(rint) F1(rsqrt)
        F1(sin) F1(sinh) F1(sqrt) F1(tan) F1(tanh) F1(trunc) F2(atan2) F2(fmax) F2(fmin) F2(pow) F2(fmod)
        ALL(int) ALL(unsigned int) ALL(long long) ALL(unsigned long long)
        SHUFFLE(int) SHUFFLE(unsigned int) SHUFFLE(long long) SHUFFLE(float) SHUFFLE(double) ATOMIC(int) ATOMIC(unsigned int)

        """;
}

/// <summary>A test that needs clang; a visible skip without it.</summary>
internal sealed class ClangFactAttribute : FactAttribute
{
    public ClangFactAttribute() => Skip = Clang.Path is null ? Clang.Missing : null;
}
