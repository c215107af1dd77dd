using FcnFromScratch.KernelCompiler;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.Compiler;

/// <summary>The emitted text, to the letter: it is what students read on the other side of the translation.</summary>
public sealed class ExpectedTextTests
{
    [Fact]
    public void Implicit_kernels_compute_their_index()
    {
        var kernel = TestKernels.Get("ActivationKernels.Relu");
        Assert.Equal("""
        /* ActivationKernels.Relu, from Relu.cs:6 */

        __kernel void ActivationKernels_Relu(__global float* y, __global const float* x, int extent_x) {
            const uint linear = get_global_id(0);
            if (linear >= (uint)extent_x) return;
            int index = linear;

            // Negative -> 0.
            y[index] = fmax(x[index], 0.0f);
        }

        """, kernel.OpenCl);
        Assert.Equal("""
        /* ActivationKernels.Relu, from Relu.cs:6 */

        extern "C" __global__ void ActivationKernels_Relu(float* y, const float* x, int extent_x) {
            const unsigned int linear = blockIdx.x * blockDim.x + threadIdx.x;
            if (linear >= (unsigned int)extent_x) return;
            int index = linear;

            // Negative -> 0.
            y[index] = fmaxf(x[index], 0.0f);
        }

        """, kernel.Cuda);
    }

    [Fact]
    public void Shared_memory_stands_at_the_kernels_outermost_scope()
    {
        var kernel = TestKernels.Get("MatMulKernels.Tiled");
        Assert.Equal("""
        /* MatMulKernels.Tiled, from Tiled.cs:8 */

        #define Tile 16

        __kernel void MatMulKernels_Tiled(__global float* c, __global const float* a, __global const float* b, int n) {
            __local float aTile[Tile * Tile];
            __local float bTile[Tile * Tile];

            int tx = get_local_id(0), ty = get_local_id(1);
            int row = (int)get_group_id(1) * Tile + ty;
            int column = get_global_id(0);
            float sum = 0.0f;

            for (int k = 0; k < n; k += Tile) {
                aTile[ty * Tile + tx] = a[row * n + k + tx]; // coalesced
                bTile[ty * Tile + tx] = b[(k + ty) * n + column];
                barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
                for (int j = 0; j < Tile; j++) sum += aTile[ty * Tile + j] * bTile[j * Tile + tx];
                barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
            }
            c[row * n + column] = sum;
        }

        """, kernel.OpenCl);
        Assert.Equal("""
        /* MatMulKernels.Tiled, from Tiled.cs:8 */

        #define Tile 16

        extern "C" __global__ void MatMulKernels_Tiled(float* c, const float* a, const float* b, int n) {
            __shared__ float aTile[Tile * Tile];
            __shared__ float bTile[Tile * Tile];

            int tx = threadIdx.x, ty = threadIdx.y;
            int row = (int)blockIdx.y * Tile + ty;
            int column = blockIdx.x * blockDim.x + threadIdx.x;
            float sum = 0.0f;

            for (int k = 0; k < n; k += Tile) {
                aTile[ty * Tile + tx] = a[row * n + k + tx]; // coalesced
                bTile[ty * Tile + tx] = b[(k + ty) * n + column];
                __syncthreads();
                for (int j = 0; j < Tile; j++) sum += aTile[ty * Tile + j] * bTile[j * Tile + tx];
                __syncthreads();
            }
            c[row * n + column] = sum;
        }

        """, kernel.Cuda);
    }

    [Fact]
    public void Structs_specialised_values_and_lengths_of_local_views()
    {
        var kernel = TestKernels.Get("ScaleKernels.Scale");
        Assert.Equal("""
        /* ScaleKernels.Scale, from Scale.cs:18 */

        #define Mode_Leaky 2
        #define Slope 0.01f

        typedef struct {
            int X;
            int Y;
        } Index2D;

        typedef struct {
            int Width;
            int Channels;
        } Shape;

        int Shape_Row(Shape self) {
            return self.Width * self.Channels;
        }

        int Shape_At(Shape self, int y, int x) {
            return y * Shape_Row(self) + x * self.Channels;
        }

        __kernel void ScaleKernels_Scale(
            __global float* y,
            __global const float* x,
            Shape shape,
            int mode,
            float factor,
            int extent_x,
            int extent_y) {
            const int taps = SPECIALIZED_taps;
            const uint linear = get_global_id(0);
            if (linear >= (uint)extent_x * extent_y) return;
            Index2D index = {(int)(linear % extent_x), (int)(linear / extent_x)};

            __global const float* row = x + index.Y * Shape_Row(shape);
            const long row_length = Shape_Row(shape);
            float sum = 0.0f;
            for (int i = 0; i < taps; i++) if (index.X + i < row_length) sum += row[index.X + i];
            if (mode == Mode_Leaky && sum < 0.0f) {
                sum *= Slope;
            } else if (mode == 1) {
                sum = -sum;
            } else {
                sum = sum > 1.0f ? 1.0f : sum;
            }
            y[Shape_At(shape, index.Y, index.X)] = sum * factor / taps;
        }

        """, kernel.OpenCl);
    }

    [Fact]
    public void Atomics_and_constant_extents()
    {
        var kernel = TestKernels.Get("HistogramKernels.Count");
        Assert.Equal("""
        /* HistogramKernels.Count, from Histogram.cs:6 */

        __kernel void HistogramKernels_Count(
            __global int* counts,
            __global const uchar* values,
            long values_length,
            __global uint* total) {
            __local int local_[256];

            const int bins = 8 * 32;
            int item = get_local_id(0) + get_local_size(0) * (get_local_id(1) + get_local_size(1) * get_local_id(2));
            local_[item] = 0;
            barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
            int at = (int)get_group_id(0) * (int)get_local_size(0) + item;
            if (at < (int)values_length) atomic_add(&local_[(int)values[at]], 1);
            barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
            atomic_add(&counts[item], local_[item]);
            if (item == 0 && atomic_add(&total[0], (uint)(int)get_local_size(0)) > 1000000u) atomic_max(&counts[bins], at);
        }

        """, kernel.OpenCl);
        Assert.Equal("""
        /* HistogramKernels.Count, from Histogram.cs:6 */

        extern "C" __global__ void HistogramKernels_Count(
            int* counts,
            const unsigned char* values,
            long long values_length,
            unsigned int* total) {
            __shared__ int local_[256];

            const int bins = 8 * 32;
            int item = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
            local_[item] = 0;
            __syncthreads();
            int at = (int)blockIdx.x * (int)blockDim.x + item;
            if (at < (int)values_length) atomicAdd(&local_[(int)values[at]], 1);
            __syncthreads();
            atomicAdd(&counts[item], local_[item]);
            if (item == 0 && atomicAdd(&total[0], (unsigned int)(int)blockDim.x) > 1000000u) atomicMax(&counts[bins], at);
        }

        """, kernel.Cuda);
    }

    [Fact]
    public void Warp_kernels_have_no_OpenCL_text()
    {
        var kernel = TestKernels.Get("SumKernels.WarpSum");
        Assert.Equal("""
        /* SumKernels.WarpSum uses Warp, and OpenCL C 1.2 has no shuffles: it runs on cuda and on the emulator. */

        """, kernel.OpenCl);
        Assert.Equal("""
        /* SumKernels.WarpSum, from WarpSum.cs:6 */

        extern "C" __global__ void SumKernels_WarpSum(float* y, const float* x) {
            int i = blockIdx.x * blockDim.x + threadIdx.x;
            float sum = x[i];
            for (int delta = 32 / 2; delta > 0; delta >>= 1) sum += __shfl_down_sync(0xffffffffu, sum, delta);
            sum = __shfl_sync(0xffffffffu, sum, 0) + __shfl_xor_sync(0xffffffffu, sum, 1);
            __syncwarp();
            if ((int)((threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z)) % 32) == 0) {
                y[(int)blockIdx.x * ((int)blockDim.x / 32) + (int)((threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z)) / 32)] = sum;
            }
        }

        """, kernel.Cuda);
    }

    [Fact]
    public void Helpers_are_functions_one_for_each_address_space()
    {
        var kernel = TestKernels.Get("HelperKernels.Use");
        Assert.Equal("""
        /* HelperKernels.Use, from Helpers.cs:39 */

        void Tools_Fill_private(float* a, float value) {
            do {
                a[0] = value;
                value -= 1.0f;
            } while (value > 0.0f);
        }

        void Tools_Divide(int a, int b, int* quotient, int* rest) {
            *quotient = a / b;
            *rest = a - *quotient * b;
        }

        void HelperKernels_Exchange(float* a, float* b) {
            float old = *a;
            *a = *b;
            *b = old;
        }

        void HelperKernels_Exchange_global(__global float* a, float* b) {
            float old = *a;
            *a = *b;
            *b = old;
        }

        float Tools_Dot_global_global(__global const float* a, long a_length, __global const float* b) {
            float sum = 0.0f;
            for (int i = 0; i < a_length; i++) sum += a[i] * b[i];
            return sum;
        }

        float Tools_Dot_private_global(const float* a, long a_length, __global const float* b) {
            float sum = 0.0f;
            for (int i = 0; i < a_length; i++) sum += a[i] * b[i];
            return sum;
        }

        __kernel void HelperKernels_Use(__global float* y, __global const float* x, __global const float* w, int extent_x) {
            const uint linear = get_global_id(0);
            if (linear >= (uint)extent_x) return;
            int index = linear;

            __global const float* window = x + index;
            const long window_length = 4;
            float own[4];
            const long own_length = 4;
            Tools_Fill_private(own, 1.0f);
            for (int i = 0; i < 4; i++) own[i] = i;
            int rest = 0;
            int quotient;
            Tools_Divide(index, 3, &quotient, &rest);
            HelperKernels_Exchange(&own[0], &own[3]);
            HelperKernels_Exchange_global(&y[index], &own[rest]);
            y[index] = Tools_Dot_global_global(window, window_length, w) + Tools_Dot_private_global(own, own_length, w + 1) * quotient;
        }

        """, kernel.OpenCl);
        Assert.Equal("""
        /* HelperKernels.Use, from Helpers.cs:39 */

        __device__ __forceinline__ void Tools_Fill(float* a, float value) {
            do {
                a[0] = value;
                value -= 1.0f;
            } while (value > 0.0f);
        }

        __device__ __forceinline__ void Tools_Divide(int a, int b, int* quotient, int* rest) {
            *quotient = a / b;
            *rest = a - *quotient * b;
        }

        __device__ __forceinline__ void HelperKernels_Exchange(float* a, float* b) {
            float old = *a;
            *a = *b;
            *b = old;
        }

        __device__ __forceinline__ float Tools_Dot(const float* a, long long a_length, const float* b) {
            float sum = 0.0f;
            for (int i = 0; i < a_length; i++) sum += a[i] * b[i];
            return sum;
        }

        extern "C" __global__ void HelperKernels_Use(float* y, const float* x, const float* w, int extent_x) {
            const unsigned int linear = blockIdx.x * blockDim.x + threadIdx.x;
            if (linear >= (unsigned int)extent_x) return;
            int index = linear;

            const float* window = x + index;
            const long long window_length = 4;
            float own[4];
            const long long own_length = 4;
            Tools_Fill(own, 1.0f);
            for (int i = 0; i < 4; i++) own[i] = i;
            int rest = 0;
            int quotient;
            Tools_Divide(index, 3, &quotient, &rest);
            HelperKernels_Exchange(&own[0], &own[3]);
            HelperKernels_Exchange(&y[index], &own[rest]);
            y[index] = Tools_Dot(window, window_length, w) + Tools_Dot(own, own_length, w + 1) * quotient;
        }

        """, kernel.Cuda);
    }

    [Fact]
    public void Names_of_C_get_an_underscore()
    {
        var kernel = TestKernels.Get("WordKernels.Words");
        Assert.Equal("""
        /* WordKernels.Words, from Words.cs:14 */

        #define WordKernels_linear 2
        #define Width 3

        typedef struct {
            int global_;
            float kernel_;
        } half_;

        __kernel void WordKernels_Words(__global int* signed_, half_ half_, int begin, int extent, int extent_x) {
            const uint linear_ = get_global_id(0);
            if (linear_ >= (uint)extent_x) return;
            int local_ = linear_;

            // A path: C:\temp
            int min__ = half_.global_, float4_ = WordKernels_linear, linear = Width, min_ = 1, gru00f6u00dfe = 4;
            bool switch_ = (min__ > float4_) | ((linear < min_) & (extent != begin));
            signed_[local_] = switch_ ? min__ + float4_ : linear - -min_ + gru00f6u00dfe;
        }

        """, kernel.OpenCl);
    }

    /// <summary>The last of two macros of one name would stand for both.</summary>
    [Fact]
    public void Constants_of_one_name_are_told_apart()
    {
        string text = TestKernels.Get("ArithmeticKernels.Run").OpenCl;
        foreach (string line in (string[])["Few_Limit 3", "Many_Limit 40", "Sizes_Most 5", "Sizes_Most_2 70"])
            Assert.Contains($"#define {line}\n", text);
    }

    /// <summary>OpenCL C has vectors of 2, 3, 4, 8 and 16, CUDA C of 1 to 4: a name that is one in either is taken.</summary>
    [Theory]
    [InlineData("int", "1 2 3 4 8 16")]
    [InlineData("float", "1 2 3 4 8 16")]
    [InlineData("ulonglong", "1 2 3 4")]
    public void Names_of_vectors_get_an_underscore(string element, string sizes)
    {
        foreach (string size in sizes.Split(' ')) Assert.Equal($"{element}{size}_", Names.Escape($"{element}{size}"));
        Assert.Equal($"{element}5", Names.Escape($"{element}5"));
        Assert.Equal($"a{element}3", Names.Escape($"a{element}3"));
    }

    [Fact]
    public void Corners_of_the_language_are_translated()
    {
        string text = TestKernels.Get("CornerKernels.Corners").OpenCl;
        Assert.Contains("    __local float scratch[(SPECIALIZED_taps + 1) * 4];\n    const long scratch_length = (SPECIALIZED_taps + 1) * 4;\n", text);
        Assert.Contains("    __local float part[8];\n    __local float part_[16];\n", text);
        Assert.Contains("    CornerKernels_First_global_local(x, scratch + 1);\n", text);
        Assert.Contains("    CornerKernels_First_private_global(own, y + 1 + 1);\n", text);
        Assert.Contains("    float value;\n    if (CornerKernels_Next(&state, &value) && value > 1.0f) {\n", text);
        Assert.Contains("int Extensions_Low_2(uint value) {\n", text);
        Assert.Contains("    const long tail_length = y_length - count;\n", text);
        Assert.Contains("    const long end_length = tail_length - 1;\n", text);
    }
}
