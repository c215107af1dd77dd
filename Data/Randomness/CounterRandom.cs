namespace FcnFromScratch.Data;

/// <summary>What random numbers are for. Each purpose has numbers of its own under one seed.</summary>
public enum RandomStream : uint { Split = 1, Shuffle, Digit, Scene, Augmentation, Resampling }

/// <summary>
/// Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
/// The numbers are a function of (seed, stream, epoch, sample) alone, so any sample can be drawn at any time, on any thread,
/// with the same result on every machine. Each such key has 2³⁴ numbers before it repeats. A mutable struct: pass it by <c>ref</c>.
/// </summary>
public struct CounterRandom(ulong seed, RandomStream stream, uint epoch = 0, uint sample = 0)
{
    private uint _block, _used = 4;
    private uint _word0, _word1, _word2, _word3;

    /// <summary>Uniform over all 32-bit values.</summary>
    public uint NextUInt()
    {
        if (_used == 4)
        {
            (_word0, _word1, _word2, _word3) = Philox((_block++, sample, epoch, (uint)stream), ((uint)seed, (uint)(seed >> 32)));
            _used = 0;
        }
        return _used++ switch { 0 => _word0, 1 => _word1, 2 => _word2, _ => _word3 };
    }

    /// <summary>Uniform over 0 … <paramref name="bound"/> − 1 without bias (Lemire 2019); <paramref name="bound"/> is at least 1.</summary>
    public int NextInt(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        uint n = (uint)bound, threshold = (0u - n) % n;
        while (true)
        {
            ulong product = (ulong)NextUInt() * n;
            if ((uint)product >= threshold) return (int)(product >> 32);
        }
    }

    /// <summary>Uniform over the multiples of 2⁻²⁴ in [0, 1).</summary>
    public float NextFloat() => (NextUInt() >> 8) * (1f / (1 << 24));

    /// <summary>Uniform over [<paramref name="low"/>, <paramref name="high"/>).</summary>
    public float NextFloat(float low, float high) => low + (high - low) * NextFloat();

    /// <summary>
    /// Bell-shaped with mean 0 and deviation 1, never beyond ±√12: the sum of four uniform numbers.
    /// Needs sums and products only, so that its bits are the same on every machine.
    /// </summary>
    public float NextBell() => (NextFloat() + NextFloat() + NextFloat() + NextFloat() - 2) * 1.7320508f;

    /// <summary>Brings the items into a random order, all orders equally likely (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int last = items.Length - 1; last > 0; last--)
        {
            int other = NextInt(last + 1);
            (items[last], items[other]) = (items[other], items[last]);
        }
    }

    /// <summary>The Philox4x32-10 bijection: ten rounds of two 32×32-bit products under a key that moves by Weyl constants.</summary>
    internal static (uint, uint, uint, uint) Philox((uint, uint, uint, uint) counter, (uint, uint) key)
    {
        var (c0, c1, c2, c3) = counter;
        var (k0, k1) = key;
        for (int round = 0; round < 10; round++)
        {
            ulong p0 = 0xD2511F53ul * c0, p1 = 0xCD9E8D57ul * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }
        return (c0, c1, c2, c3);
    }
}
