using FcnFromScratch.Data;

namespace FcnFromScratch.Training;

/// <summary>A picture to be read: grey, <c>[Height, Width]</c>, pixels 0 … 255, its ink light on a dark ground.</summary>
/// <param name="Name">For messages.</param>
/// <param name="IsInverted">Whether it came dark on light and was turned over.</param>
public sealed record InputPicture(string Name, int Height, int Width, float[] Pixels, bool IsInverted = false)
{
    /// <summary>How <see cref="Read"/> treats dark ink on a light ground.</summary>
    public static TextParameter Invert { get; } = new("invert", "turn dark ink on a light ground over; auto does where the median pixel is light")
    {
        Default = "auto", Words = ["auto", "yes", "no"],
    };

    /// <summary>Reads a PNG; colours become grey.</summary>
    /// <param name="invert">A word of <see cref="Invert"/>.</param>
    /// <exception cref="DataException">The file is missing, damaged or no PNG.</exception>
    public static InputPicture Read(string path, string invert)
    {
        var grey = Png.Read(path).ToGrey();
        // The median pixel is light where ink covers less than half of a light picture.
        bool isInverted = invert == "yes" || invert == "auto" && grey.Pixels.LongCount(p => p > 127) * 2 > grey.Pixels.Length;
        return new InputPicture(path, grey.Height, grey.Width, Array.ConvertAll(grey.Pixels, p => (float)(isInverted ? 255 - p : p)), isInverted);
    }

    /// <summary>Reads an array [n, height, width] of pixels 0 … 255, light ink on dark: an .npy, or the only one of an .npz.</summary>
    /// <exception cref="DataException">The file is missing or damaged, or has another shape or other values.</exception>
    /// <returns>How many there are, and each, made when it is asked for.</returns>
    public static (int Count, IEnumerable<InputPicture> Pictures) ReadArray(string path)
    {
        using var reader = Npz.Is(path) ? Npz.OpenOnly(path) : new NpyReader(path);
        if (reader.Shape.Count != 3) throw new DataException($"'{path}' has shape {reader.ShapeText}; (n, height, width) was expected");
        var (count, height, width) = (reader.Rows, reader.Shape[1], reader.Shape[2]);
        int area = height * width;
        if (count == 0 || area == 0) throw new DataException($"'{path}' holds no pictures");
        float[] pixels = reader.ReadAll<float>();
        int bad = Array.FindIndex(pixels, p => !(p >= 0 && p <= 255));
        if (bad >= 0) throw new DataException($"'{path}' holds the value {pixels[bad]} at element {bad}; pixels are 0 … 255");
        return (count, Enumerable.Range(0, count).Select(i => new InputPicture($"{path}[{i}]", height, width, pixels[(i * area)..((i + 1) * area)])));
    }

    /// <summary>As it came, to draw on.</summary>
    public Picture ToPicture() =>
        new(Width, Height, 1, Array.ConvertAll(Pixels, p => (byte)Math.Round(IsInverted ? 255 - p : p)));
}
