namespace FcnFromScratch.Engine;

/// <summary>Fills a variable before training. Random values depend on (seed, variable name, element) alone, not on the order of creation.</summary>
public abstract record Initializer
{
    /// <param name="values">All elements of the variable, row-major.</param>
    /// <param name="name">The variable's name; keys the random stream.</param>
    public abstract void Initialize(Span<float> values, string name, ulong seed);

    /// <summary>All 0: biases, and shifts of a batch norm.</summary>
    public static Initializer Zeros { get; } = new Constant(0);

    /// <summary>All 1: scales of a batch norm.</summary>
    public static Initializer Ones { get; } = new Constant(1);

    /// <summary>All of one value.</summary>
    public sealed record Constant(float Value) : Initializer
    {
        public override void Initialize(Span<float> values, string name, ulong seed) => values.Fill(Value);
    }

    /// <summary>Given values, element for element.</summary>
    public sealed record Values(float[] Elements) : Initializer
    {
        public override void Initialize(Span<float> values, string name, ulong seed) => Elements.CopyTo(values);
    }

    /// <summary>Uniform in ±sqrt(6 / (fanIn + fanOut)), Keras' default. Glorot and Bengio 2010, eq. 16.</summary>
    public sealed record GlorotUniform(int FanIn, int FanOut) : Initializer
    {
        public override void Initialize(Span<float> values, string name, ulong seed)
        {
            double limit = Math.Sqrt(6.0 / (FanIn + FanOut));
            ulong stream = Stream(name, seed);
            for (int i = 0; i < values.Length; i++) values[i] = (float)((2 * Uniform(stream, i) - 1) * limit);
        }
    }

    /// <summary>
    /// Normal with variance gain² · 2 / ((1 + slope²) · fanIn); with gain 1 it keeps the variance through rectifiers. He et al. 2015, eq. 15.
    /// </summary>
    public sealed record HeNormal(int FanIn, float Slope = 0, float Gain = 1) : Initializer
    {
        public override void Initialize(Span<float> values, string name, ulong seed)
        {
            double deviation = Gain * Math.Sqrt(2.0 / ((1 + Slope * Slope) * FanIn));
            ulong stream = Stream(name, seed);
            for (int i = 0; i < values.Length; i++)
            {
                // Box and Muller: two uniforms for one normal; 1 − u keeps the logarithm finite.
                double radius = Math.Sqrt(-2 * Math.Log(1 - Uniform(stream, 2L * i)));
                values[i] = (float)(deviation * radius * Math.Cos(2 * Math.PI * Uniform(stream, 2L * i + 1)));
            }
        }
    }

    /// <summary>
    /// Interpolation as a transposed convolution, channel to same channel: kernel [k, k, out, in]. Bilinear where the stamps overlap
    /// (Long, Shelhamer and Darrell 2015, section 3.3), copies of the pixel where they only touch.
    /// </summary>
    public sealed record Bilinear(int Kernel, int Stride, int Channels) : Initializer
    {
        public override void Initialize(Span<float> values, string name, ulong seed)
        {
            values.Clear();
            double center = (Kernel - 1) / 2.0;
            for (int y = 0; y < Kernel; y++)
                for (int x = 0; x < Kernel; x++)
                {
                    double weight = Kernel <= Stride ? 1 : Math.Max(0, 1 - Math.Abs(y - center) / Stride) * Math.Max(0, 1 - Math.Abs(x - center) / Stride);
                    for (int c = 0; c < Channels; c++) values[((y * Kernel + x) * Channels + c) * Channels + c] = (float)weight;
                }
        }
    }

    private static ulong Stream(string name, ulong seed)
    {
        ulong hash = 14695981039346656037; // FNV-1a over the name
        foreach (char c in name) hash = (hash ^ c) * 1099511628211;
        return Mix(hash ^ Mix(seed + 0x9E3779B97F4A7C15));
    }

    private static double Uniform(ulong stream, long counter) => (Mix(stream + (ulong)counter * 0x9E3779B97F4A7C15) >> 11) * (1.0 / (1UL << 53));

    /// <summary>The output function of SplitMix64 (Steele, Lea and Flood 2014): a bijection that scatters consecutive counters.</summary>
    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
