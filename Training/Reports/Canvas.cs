using FcnFromScratch.Data;

namespace FcnFromScratch.Training.Reports;

/// <summary>An RGB picture to draw on. What lies outside is cut off.</summary>
public sealed class Canvas
{
    /// <summary>The side of a <see cref="Swatch"/> in pixels.</summary>
    public const int SwatchSize = 20;

    public Canvas(int width, int height, Rgb ground)
    {
        Picture = new Picture(width, height, 3);
        Fill(0, 0, width, height, ground);
    }

    public Picture Picture { get; }

    public void Fill(int x, int y, int width, int height, Rgb colour)
    {
        for (int row = Math.Max(0, y); row < Math.Min(Picture.Height, y + height); row++)
            for (int column = Math.Max(0, x); column < Math.Min(Picture.Width, x + width); column++)
            {
                var pixel = Picture.Pixels.AsSpan((row * Picture.Width + column) * 3, 3);
                (pixel[0], pixel[1], pixel[2]) = (colour.R, colour.G, colour.B);
            }
    }

    /// <summary>The outline of a box, both ends inside, two pixels wide.</summary>
    public void Frame(int xMin, int yMin, int xMax, int yMax, Rgb colour)
    {
        var (width, height) = (xMax - xMin + 1, yMax - yMin + 1);
        Fill(xMin, yMin, width, 2, colour);
        Fill(xMin, yMax - 1, width, 2, colour);
        Fill(xMin, yMin, 2, height, colour);
        Fill(xMax - 1, yMin, 2, height, colour);
    }

    /// <summary>Draws a picture of <paramref name="width"/>×<paramref name="height"/>, each of its pixels as a square, unsmoothed.</summary>
    /// <param name="colour">The colour of pixel y · width + x.</param>
    public void Paste(int x, int y, int width, int height, int scale, Func<int, Rgb> colour)
    {
        for (int i = 0; i < width * height; i++) Fill(x + i % width * scale, y + i / width * scale, scale, scale, colour(i));
    }

    /// <summary>Text from its upper left corner; a dot of the face is a square of <paramref name="scale"/> pixels.</summary>
    public void Text(int x, int y, string text, Rgb colour, int scale = 2)
    {
        foreach (var (column, row) in BitmapFont.Dots(text)) Fill(x + column * scale, y + row * scale, scale, scale, colour);
    }

    /// <summary>The key to a colour: a square of it with a character inside.</summary>
    public void Swatch(int x, int y, char name, Rgb colour)
    {
        Fill(x, y, SwatchSize, SwatchSize, colour);
        Text(x + 5, y + 3, $"{name}", Palette.InkOn(colour));
    }
}
