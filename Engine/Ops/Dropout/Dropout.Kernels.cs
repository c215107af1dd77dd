using FcnFromScratch.Engine.Kernels;

namespace FcnFromScratch.Engine.Ops;

internal static partial class DropoutKernels
{
    [Kernel]
    public static void Forward(Index1D i, ArrayView<float> y, ArrayView<float> x, ArrayView<int> step, float rate, uint seed)
    {
        y[i] = Uniform(seed, (uint)step[0], (uint)i.X) < rate ? 0f : x[i] / (1f - rate);
    }

    /// <summary>A uniform number in [0, 1) from three counters: each is mixed in by one round of <see cref="Mix"/>.</summary>
    public static float Uniform(uint seed, uint step, uint element)
    {
        uint bits = Mix(element ^ Mix(step ^ Mix(seed)));
        return (bits >> 8) * (1f / 16777216f);
    }

    // A bijection of 32 bits with near-ideal avalanche: lowbias32, found by search (Wellons 2018, "Prospecting for Hash Functions").
    private static uint Mix(uint z)
    {
        z = z + 0x9E3779B9u;
        z ^= z >> 16;
        z *= 0x21F0AAADu;
        z ^= z >> 15;
        z *= 0x735A2D97u;
        z ^= z >> 15;
        return z;
    }
}
