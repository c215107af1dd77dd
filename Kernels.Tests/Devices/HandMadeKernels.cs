using FcnFromScratch.Engine.Devices;
using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Kernels.Tests.Devices;

// Kernels as the compiler would leave them, written by hand: these tests hold the devices to their contract, not the compiler.

internal readonly record struct Affine(float Scale, float Offset);

/// <summary>y[i] = s·x[i] + o, with a struct argument.</summary>
internal sealed class AffineLaunch(ArrayView<float> y, ArrayView<float> x, Affine affine, int count) : KernelLaunch(s_info, LaunchSize.Implicit(count))
{
    private static readonly KernelInfo s_info = new("Test.Affine", "Test_Affine", "",
        """
        typedef struct { float Scale; float Offset; } Affine;
        kernel void Test_Affine(global float* y, global const float* x, Affine affine, int count)
        {
            int i = (int)get_global_id(0);
            if (i >= count) return;
            y[i] = affine.Scale * x[i] + affine.Offset;
        }
        """,
        """
        struct Affine { float Scale; float Offset; };
        extern "C" __global__ void Test_Affine(float* y, const float* x, Affine affine, int count)
        {
            int i = (int)(blockIdx.x * blockDim.x + threadIdx.x);
            if (i >= count) return;
            y[i] = affine.Scale * x[i] + affine.Offset;
        }
        """, KernelFeatures.None, "HandMadeKernels.cs", 13, IsImplicit: true);

    public override void Bind(IArgumentBinder binder)
    {
        binder.View(y);
        binder.View(x);
        binder.Value(affine);
        binder.Value(count);
    }

    public override void RunItems(long begin, long end)
    {
        for (long i = begin; i < end; i++) y[i] = affine.Scale * x[i] + affine.Offset;
    }
}

/// <summary>y[i] = x[i]^power, the power a specialised value.</summary>
internal sealed class PowerLaunch(ArrayView<float> y, ArrayView<float> x, int power, int count) : KernelLaunch(s_info, LaunchSize.Implicit(count))
{
    private static readonly KernelInfo s_info = new("Test.Power", "Test_Power", "",
        """
        kernel void Test_Power(global float* y, global const float* x, int count)
        {
            int i = (int)get_global_id(0);
            if (i >= count) return;
            float p = 1.0f;
            for (int k = 0; k < SPECIALIZED_power; k++) p *= x[i];
            y[i] = p;
        }
        """,
        """
        extern "C" __global__ void Test_Power(float* y, const float* x, int count)
        {
            int i = (int)(blockIdx.x * blockDim.x + threadIdx.x);
            if (i >= count) return;
            float p = 1.0f;
            for (int k = 0; k < SPECIALIZED_power; k++) p *= x[i];
            y[i] = p;
        }
        """, KernelFeatures.None, "HandMadeKernels.cs", 49, IsImplicit: true);

    public override void Bind(IArgumentBinder binder)
    {
        binder.View(y);
        binder.View(x);
        binder.Specialized("power", power);
        binder.Value(count);
    }

    public override void RunItems(long begin, long end)
    {
        for (long i = begin; i < end; i++)
        {
            float p = 1;
            for (int k = 0; k < power; k++) p *= x[i];
            y[i] = p;
        }
    }
}

/// <summary>Each group of up to 64 items turns its part of x round, through shared memory.</summary>
internal sealed class ReverseLaunch(ArrayView<float> y, ArrayView<float> x, KernelConfig config) : KernelLaunch(s_info, LaunchSize.Explicit(config))
{
    private static readonly KernelInfo s_info = new("Test.Reverse", "Test_Reverse", "",
        """
        kernel void Test_Reverse(global float* y, global const float* x)
        {
            local float part[64];
            int i = (int)get_local_id(0), n = (int)get_local_size(0), first = (int)get_group_id(0) * n;
            part[i] = x[first + i];
            barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
            y[first + i] = part[n - 1 - i];
        }
        """,
        """
        extern "C" __global__ void Test_Reverse(float* y, const float* x)
        {
            __shared__ float part[64];
            int i = (int)threadIdx.x, n = (int)blockDim.x, first = (int)blockIdx.x * n;
            part[i] = x[first + i];
            __syncthreads();
            y[first + i] = part[n - 1 - i];
        }
        """, KernelFeatures.Barrier | KernelFeatures.SharedMemory, "HandMadeKernels.cs", 91, IsImplicit: false);

    public override void Bind(IArgumentBinder binder)
    {
        binder.View(y);
        binder.View(x);
    }

    public override void RunItems(long begin, long end)
    {
        var part = SharedMemory.Allocate<float>(64);
        int i = Group.IdxX, n = Group.DimX, first = Grid.IdxX * n;
        part[i] = x[first + i];
        Group.Barrier();
        y[first + i] = part[n - 1 - i];
    }
}

/// <summary>y[i] is the sum of x over the warp of item i. Groups of whole warps of 32.</summary>
internal sealed class WarpSumLaunch(ArrayView<int> y, ArrayView<int> x, KernelConfig config) : KernelLaunch(s_info, LaunchSize.Explicit(config))
{
    private static readonly KernelInfo s_info = new("Test.WarpSum", "Test_WarpSum", "", "",
        """
        extern "C" __global__ void Test_WarpSum(int* y, const int* x)
        {
            int i = (int)(blockIdx.x * blockDim.x + threadIdx.x);
            int sum = x[i];
            for (int delta = 16; delta > 0; delta /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, delta);
            y[i] = sum;
        }
        """, KernelFeatures.Warp, "HandMadeKernels.cs", 125, IsImplicit: false);

    public override void Bind(IArgumentBinder binder)
    {
        binder.View(y);
        binder.View(x);
    }

    public override void RunItems(long begin, long end)
    {
        int i = Grid.GlobalIndex.X, sum = x[i];
        for (int delta = 16; delta > 0; delta /= 2) sum += Warp.ShuffleXor(sum, delta);
        y[i] = sum;
    }
}

/// <summary>
/// y at each item's place in the launch says where its group is in the grid and the item in its group:
/// 1000000 · linear index + 100000·gx + 10000·gy + 1000·gz + 100·x + 10·y + z.
/// </summary>
internal sealed class PlacesLaunch(ArrayView<int> y, KernelConfig config) : KernelLaunch(s_info, LaunchSize.Explicit(config))
{
    private static readonly KernelInfo s_info = new("Test.Places", "Test_Places", "",
        """
        kernel void Test_Places(global int* y)
        {
            int gx = (int)get_group_id(0), gy = (int)get_group_id(1), gz = (int)get_group_id(2);
            int ix = (int)get_local_id(0), iy = (int)get_local_id(1), iz = (int)get_local_id(2);
            int item = ix + (int)get_local_size(0) * (iy + (int)get_local_size(1) * iz);
            y[get_global_id(0) + get_global_size(0) * (get_global_id(1) + get_global_size(1) * get_global_id(2))] =
                1000000 * item + 100000 * gx + 10000 * gy + 1000 * gz + 100 * ix + 10 * iy + iz;
        }
        """,
        """
        extern "C" __global__ void Test_Places(int* y)
        {
            int gx = blockIdx.x, gy = blockIdx.y, gz = blockIdx.z, ix = threadIdx.x, iy = threadIdx.y, iz = threadIdx.z;
            int x = gx * blockDim.x + ix, row = gy * blockDim.y + iy, z = gz * blockDim.z + iz;
            int item = ix + blockDim.x * (iy + blockDim.y * iz);
            y[x + gridDim.x * blockDim.x * (row + gridDim.y * blockDim.y * z)] =
                1000000 * item + 100000 * gx + 10000 * gy + 1000 * gz + 100 * ix + 10 * iy + iz;
        }
        """, KernelFeatures.None, "HandMadeKernels.cs", 166, IsImplicit: false);

    public override void Bind(IArgumentBinder binder) => binder.View(y);

    public override void RunItems(long begin, long end)
    {
        var at = Grid.GlobalIndex;
        y[at.X + Grid.DimX * Group.DimX * (at.Y + Grid.DimY * Group.DimY * at.Z)] = 1_000_000 * Group.LinearIndex
            + 100_000 * Grid.IdxX + 10_000 * Grid.IdxY + 1000 * Grid.IdxZ + 100 * Group.IdxX + 10 * Group.IdxY + Group.IdxZ;
    }
}

/// <summary>A kernel given as text and a delegate, for what goes wrong.</summary>
internal sealed class TextLaunch(string text, KernelFeatures features, LaunchSize size, Action<IArgumentBinder>? bind = null, Action? body = null)
    : KernelLaunch(new KernelInfo("Test.Text", "Test_Text", "", text, text, features, "HandMadeKernels.cs", 1, size.IsImplicit), size)
{
    public static TextLaunch Groups(int groups, int items, Action body) =>
        new("", KernelFeatures.Barrier, LaunchSize.Explicit(new KernelConfig(groups, items)), null, body);

    public override void Bind(IArgumentBinder binder) => bind?.Invoke(binder);
    public override void RunItems(long begin, long end) => body?.Invoke();
}
