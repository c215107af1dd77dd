using System.Runtime.CompilerServices;

namespace FcnFromScratch.Engine.Kernels;

/// <summary>The position of the current group in its launch.</summary>
public static class Grid
{
    /// <summary>Which group along x.</summary>
    public static int IdxX => WorkItem.Current.Grid.X;

    /// <summary>Which group along y.</summary>
    public static int IdxY => WorkItem.Current.Grid.Y;

    /// <summary>Which group along z.</summary>
    public static int IdxZ => WorkItem.Current.Grid.Z;

    /// <summary>Groups along x.</summary>
    public static int DimX => WorkItem.Current.GridDim.X;

    /// <summary>Groups along y.</summary>
    public static int DimY => WorkItem.Current.GridDim.Y;

    /// <summary>Groups along z.</summary>
    public static int DimZ => WorkItem.Current.GridDim.Z;

    /// <summary>The index of the work item in the whole launch, by axis.</summary>
    public static Index3D GlobalIndex => new(IdxX * Group.DimX + Group.IdxX, IdxY * Group.DimY + Group.IdxY, IdxZ * Group.DimZ + Group.IdxZ);
}

/// <summary>The position of the current work item in its group, and what the items of a group do together.</summary>
public static class Group
{
    /// <summary>Which item of the group along x.</summary>
    public static int IdxX => WorkItem.Current.Group.X;

    /// <summary>Which item of the group along y.</summary>
    public static int IdxY => WorkItem.Current.Group.Y;

    /// <summary>Which item of the group along z.</summary>
    public static int IdxZ => WorkItem.Current.Group.Z;

    /// <summary>Items of the group along x.</summary>
    public static int DimX => WorkItem.Current.GroupDim.X;

    /// <summary>Items of the group along y.</summary>
    public static int DimY => WorkItem.Current.GroupDim.Y;

    /// <summary>Items of the group along z.</summary>
    public static int DimZ => WorkItem.Current.GroupDim.Z;

    /// <summary>The index in the group, x fastest.</summary>
    public static int LinearIndex => IdxX + DimX * (IdxY + DimY * IdxZ);

    /// <summary>Waits until every work item of the group is here; shared and global writes before it are seen after it.</summary>
    public static void Barrier() => WorkItem.Current.Barrier();
}

/// <summary>What the work items of one warp (a SIMD row of the hardware) do together. All lanes must take part.</summary>
public static class Warp
{
    /// <summary>Lanes of a warp: 32 on CUDA and the emulator.</summary>
    public static int WarpSize => WorkItem.Current.WarpSize;

    /// <summary>The index in the warp.</summary>
    public static int LaneIdx => Group.LinearIndex % WarpSize;

    /// <summary>Which warp of the group it is.</summary>
    public static int WarpIdx => Group.LinearIndex / WarpSize;

    /// <summary>Waits until every lane of the warp is here.</summary>
    public static void Barrier() => WorkItem.Current.WarpBarrier();

    /// <summary>The value of the lane whose index is this lane's plus <paramref name="delta"/>; its own value at the end of the warp.</summary>
    public static T ShuffleDown<T>(T value, int delta) where T : unmanaged => Shuffle(value, LaneIdx + delta < WarpSize ? LaneIdx + delta : LaneIdx);

    /// <summary>The value of the lane whose index is this lane's xor <paramref name="mask"/>.</summary>
    public static T ShuffleXor<T>(T value, int mask) where T : unmanaged => Shuffle(value, LaneIdx ^ mask);

    /// <summary>The value of lane <paramref name="sourceLane"/>.</summary>
    public static T Shuffle<T>(T value, int sourceLane) where T : unmanaged
    {
        long bits = 0;
        Unsafe.WriteUnaligned(ref Unsafe.As<long, byte>(ref bits), value);
        bits = WorkItem.Current.Shuffle(bits, sourceLane);
        return Unsafe.ReadUnaligned<T>(ref Unsafe.As<long, byte>(ref bits));
    }
}

/// <summary>Memory that the work items of a group share. Its first contents are undefined (the emulator fills it with NaN).</summary>
public static class SharedMemory
{
    /// <summary>That many elements; the number must be a constant of the kernel.</summary>
    public static ArrayView<T> Allocate<T>(int extent) where T : unmanaged => WorkItem.Current.AllocateShared<T>(extent);
}

/// <summary>Memory of one work item, registers if it is small and its indices are constants after unrolling. Its first contents are undefined.</summary>
public static class LocalMemory
{
    /// <summary>That many elements; the number must be a constant of the kernel.</summary>
    public static ArrayView<T> Allocate<T>(int extent) where T : unmanaged => WorkItem.Current.AllocateLocal<T>(extent);
}

/// <summary>Atomic operations on integers; each returns the value before. Floating-point atomics are left out: their sums depend on the order.</summary>
public static class Atomic
{
    /// <summary>target += value.</summary>
    public static int Add(ref int target, int value) => Interlocked.Add(ref target, value) - value;

    /// <summary>target += value.</summary>
    public static uint Add(ref uint target, uint value) => Interlocked.Add(ref target, value) - value;

    /// <summary>target becomes the larger.</summary>
    public static int Max(ref int target, int value) => Replace(ref target, value, static (value, seen) => value > seen);

    /// <summary>target becomes the larger.</summary>
    public static uint Max(ref uint target, uint value) => Replace(ref target, value, static (value, seen) => value > seen);

    /// <summary>target becomes the smaller.</summary>
    public static int Min(ref int target, int value) => Replace(ref target, value, static (value, seen) => value < seen);

    /// <summary>target becomes the smaller.</summary>
    public static uint Min(ref uint target, uint value) => Replace(ref target, value, static (value, seen) => value < seen);

    /// <summary>target becomes value.</summary>
    public static int Exchange(ref int target, int value) => Interlocked.Exchange(ref target, value);

    /// <summary>target becomes value.</summary>
    public static uint Exchange(ref uint target, uint value) => Interlocked.Exchange(ref target, value);

    /// <summary>target becomes value where it was compare.</summary>
    public static int CompareExchange(ref int target, int compare, int value) => Interlocked.CompareExchange(ref target, value, compare);

    /// <summary>target becomes value where it was compare.</summary>
    public static uint CompareExchange(ref uint target, uint compare, uint value) => Interlocked.CompareExchange(ref target, value, compare);

    private static T Replace<T>(ref T target, T value, Func<T, T, bool> wins) where T : unmanaged, IEquatable<T>
    {
        while (true)
        {
            T seen = target;
            if (!wins(value, seen) || Interlocked.CompareExchange(ref target, value, seen).Equals(seen)) return seen;
        }
    }
}

/// <summary>The bits of a float as an integer, and back.</summary>
public static class Interop
{
    /// <summary>The 32 bits as they are.</summary>
    public static uint FloatAsInt(float value) => BitConverter.SingleToUInt32Bits(value);

    /// <summary>The 32 bits as they are.</summary>
    public static float IntAsFloat(uint value) => BitConverter.UInt32BitsToSingle(value);
}
