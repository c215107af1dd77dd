namespace FcnFromScratch.Training.Reports;

/// <summary>A colour of 8 bits a channel, sRGB.</summary>
public readonly record struct Rgb(byte R, byte G, byte B)
{
    public static Rgb Grey(byte level) => new(level, level, level);

    /// <summary>As CSS and SVG write it.</summary>
    public string Hex => $"#{R:x2}{G:x2}{B:x2}";

    /// <summary>The colour <paramref name="share"/> (0 … 1) of the way to another.</summary>
    public Rgb Towards(Rgb other, double share) => new(Mix(R, other.R, share), Mix(G, other.G, share), Mix(B, other.B, share));

    private static byte Mix(byte from, byte to, double share) => (byte)Math.Round(from + (to - from) * share);
}

/// <summary>
/// The colours of classes and text in all pictures. The ten of the classes were found by simulated annealing for the largest smallest difference (CIEDE2000)
/// between any two, and to the dark ground, as people with normal colour vision, protanopia and deuteranopia see them; none is grey, and each stands out
/// from the ground by a contrast of 3. Every legend also names the class.
/// </summary>
public static class Palette
{
    private static readonly Rgb[] s_classes =
    [
        new(0x34, 0x82, 0x5F), new(0xD6, 0xFF, 0xCA), new(0xCC, 0xA5, 0x5B), new(0x89, 0x55, 0x7F), new(0xDA, 0x8F, 0xA4),
        new(0x2E, 0xFE, 0xFE), new(0x09, 0x61, 0xFF), new(0x10, 0xB7, 0xFF), new(0xD3, 0x09, 0x00), new(0xFF, 0xF4, 0x05),
    ];

    public static Rgb Ground { get; } = new(0x14, 0x17, 0x1C);
    public static Rgb Card { get; } = new(0x20, 0x25, 0x2D);
    public static Rgb Ink { get; } = new(0xF2, 0xF4, 0xF7);
    public static Rgb Dim { get; } = new(0x9A, 0xA4, 0xB2);

    /// <summary>What is wrong, on a dark ground.</summary>
    public static Rgb Wrong { get; } = new(0xFF, 0x8A, 0x7A);

    /// <summary>The colour of a class, counted from 0; after ten they begin anew.</summary>
    public static Rgb Of(int classNumber) => s_classes[classNumber % s_classes.Length];

    /// <summary>Black or white, whichever reads better on a colour.</summary>
    public static Rgb InkOn(Rgb colour) => 299 * colour.R + 587 * colour.G + 114 * colour.B > 128_000 ? Ground : Ink;
}
