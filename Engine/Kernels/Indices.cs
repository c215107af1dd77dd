namespace FcnFromScratch.Engine.Kernels;

/// <summary>The index of a work item in a one-dimensional launch, or such an extent.</summary>
public readonly record struct Index1D(int X)
{
    /// <summary>Items of such an extent.</summary>
    public int Size => X;
    public static implicit operator int(Index1D index) => index.X;
    public static implicit operator Index1D(int x) => new(x);
}

/// <summary>A two-dimensional index or extent. X varies fastest in a launch.</summary>
public readonly record struct Index2D(int X, int Y)
{
    /// <summary>Items of such an extent.</summary>
    public int Size => X * Y;
}

/// <summary>A three-dimensional index or extent. X varies fastest in a launch, then Y.</summary>
public readonly record struct Index3D(int X, int Y, int Z)
{
    /// <summary>Items of such an extent.</summary>
    public int Size => X * Y * Z;
    public static implicit operator Index3D(int x) => new(x, 1, 1);
    public static implicit operator Index3D((int X, int Y) xy) => new(xy.X, xy.Y, 1);
    public static implicit operator Index3D((int X, int Y, int Z) xyz) => new(xyz.X, xyz.Y, xyz.Z);
}

/// <summary>A 64-bit one-dimensional index or extent.</summary>
public readonly record struct LongIndex1D(long X)
{
    /// <summary>Items of such an extent.</summary>
    public long Size => X;
    public static implicit operator long(LongIndex1D index) => index.X;
    public static implicit operator LongIndex1D(long x) => new(x);
    public static implicit operator LongIndex1D(Index1D index) => new(index.X);
}
