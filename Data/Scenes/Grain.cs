using System.Runtime.Intrinsics;

namespace FcnFromScratch.Data;

/// <summary>Noise over a whole picture, bell-shaped as <see cref="CounterRandom.NextBell"/> is.</summary>
internal static class Grain
{
    /// <summary>The deviation of the sum of four bytes, √(4 · (256² − 1) / 12), and its mean.</summary>
    private const double SumDeviation = 147.80053, SumMean = 510;

    private const int One = 1 << 16;

    /// <summary>Every other byte of a number.</summary>
    private const uint Bytes = 0x00FF00FF;

    /// <summary>Adds noise to every pixel and keeps 0 … 255. A pixel takes one number and sums its four bytes, which serves as well as four numbers.</summary>
    /// <param name="deviation">In levels, 0 … <see cref="SceneOptions.MostNoise"/>.</param>
    public static void Add(ref CounterRandom random, double deviation, Span<byte> pixels)
    {
        const int chunk = 1024;
        int factor = (int)(deviation / SumDeviation * One + 0.5), shift = One / 2 - (int)SumMean * factor;
        Span<uint> room = stackalloc uint[chunk];
        for (; !pixels.IsEmpty; pixels = pixels[Math.Min(chunk, pixels.Length)..])
        {
            var numbers = room[..Math.Min(chunk, pixels.Length)];
            random.Fill(numbers);
            int i = 0;
            for (; i + 16 <= numbers.Length; i += 16)
            {
                var noise = Vector256.Narrow(Levels(numbers[i..]), Levels(numbers[(i + 8)..]));
                var sixteen = pixels.Slice(i, 16);
                var before = Vector128.Create<byte>(sixteen);
                var level = Vector256.Create(Vector128.WidenLower(before), Vector128.WidenUpper(before)).AsInt16() + noise;
                level = Vector256.Min(Vector256.Max(level, Vector256<short>.Zero), Vector256.Create((short)255));
                Vector128.Narrow(level.GetLower().AsUInt16(), level.GetUpper().AsUInt16()).CopyTo(sixteen);
            }
            for (; i < numbers.Length; i++)
            {
                uint pairs = (numbers[i] & Bytes) + (numbers[i] >> 8 & Bytes);
                pixels[i] = (byte)Math.Clamp(pixels[i] + ((int)((pairs & 0xFFFF) + (pairs >> 16)) * factor + shift >> 16), 0, 255);
            }
        }

        // As below, of eight numbers.
        Vector256<int> Levels(ReadOnlySpan<uint> numbers)
        {
            var eight = Vector256.Create(numbers[..8]);
            var pairs = (eight & Vector256.Create(Bytes)) + ((eight >>> 8) & Vector256.Create(Bytes));
            var sums = (pairs & Vector256.Create(0xFFFFu)) + (pairs >>> 16);
            return (sums.AsInt32() * factor + Vector256.Create(shift)) >> 16;
        }
    }
}
