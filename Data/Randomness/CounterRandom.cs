using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FcnFromScratch.Data;

/// <summary>What random numbers are for. Each purpose has numbers of its own under one seed.</summary>
public enum RandomStream : uint { Split = 1, Shuffle, Digit, Scene, Augmentation, Placement, Trial, Resampling }

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

    /// <summary>The numbers that as many calls of <see cref="NextUInt"/> would return, four blocks at a time and so several times as fast.</summary>
    public void Fill(Span<uint> numbers)
    {
        int at = 0;
        while (_used < 4 && at < numbers.Length) numbers[at++] = NextUInt();
        for (; at + 16 <= numbers.Length; at += 16, _block += 4) Philox(numbers.Slice(at, 16));
        while (at < numbers.Length) numbers[at++] = NextUInt();
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

    /// <summary>The next four blocks, a block in each lane. Lanes are 64 bits wide for the products and hold 32.</summary>
    private readonly void Philox(Span<uint> numbers)
    {
        var low = Vector256.Create((ulong)uint.MaxValue);
        Vector256<ulong> c0 = Vector256.Create((ulong)_block, _block + 1, _block + 2, _block + 3), c1 = Vector256.Create((ulong)sample);
        Vector256<ulong> c2 = Vector256.Create((ulong)epoch), c3 = Vector256.Create((ulong)stream);
        uint k0 = (uint)seed, k1 = (uint)(seed >> 32);
        for (int round = 0; round < 10; round++)
        {
            Vector256<ulong> p0 = Product(c0, 0xD2511F53), p1 = Product(c2, 0xCD9E8D57);
            (c0, c1) = ((p1 >>> 32) ^ c1 ^ Vector256.Create((ulong)k0), p1 & low);
            (c2, c3) = ((p0 >>> 32) ^ c3 ^ Vector256.Create((ulong)k1), p0 & low);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }
        for (int block = 0; block < 4; block++)
        {
            var four = numbers.Slice(4 * block, 4);
            (four[0], four[1], four[2], four[3]) = ((uint)c0[block], (uint)c1[block], (uint)c2[block], (uint)c3[block]);
        }

        // x86 has a product of the lanes' lower halves, which is three times as fast as one of whole lanes.
        static Vector256<ulong> Product(Vector256<ulong> a, uint b) =>
            Avx2.IsSupported ? Avx2.Multiply(a.AsUInt32(), Vector256.Create((ulong)b).AsUInt32()) : a * Vector256.Create((ulong)b);
    }
}
