namespace FcnFromScratch.Engine.Devices.Cpu;

/// <summary>A launch whose parts are one method, generic over the register and run at one width.</summary>
internal abstract class SimdLaunch : CpuLaunch
{
    private readonly Action<int> _part;

    protected SimdLaunch(SimdWidth width) => _part = width.Choose(Part<Simd512>, Part<Simd256>, Part<Simd128>);

    /// <summary>How many; must depend on sizes alone, so that the bits of the result do not depend on the threads.</summary>
    protected abstract int Parts { get; }

    protected abstract void Part<T>(int part) where T : unmanaged, ISimd<T>;

    public override void Run(ThreadTeam team) => team.Run(Parts, _part);
}

/// <summary>Computes each element by itself, in runs of 128 KB.</summary>
internal abstract class ElementsLaunch(SimdWidth width, long length) : SimdLaunch(width)
{
    private const int PerPart = 32768;

    protected sealed override int Parts => checked((int)((length + PerPart - 1) / PerPart));

    protected sealed override void Part<T>(int part) => Elements<T>((long)part * PerPart, Math.Min((part + 1L) * PerPart, length));

    protected abstract void Elements<T>(long begin, long end) where T : unmanaged, ISimd<T>;
}
