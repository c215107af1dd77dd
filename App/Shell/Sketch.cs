using FcnFromScratch.Data;

namespace FcnFromScratch.App.Shell;

/// <summary>A picture in characters, for a terminal: the lighter, the fuller. A character stands for some pixels, twice as high as wide.</summary>
internal static class Sketch
{
    private const string Shades = " ░▒▓█";

    private const int MostLines = 16;

    /// <param name="columns">Of the terminal.</param>
    public static IEnumerable<string> Of(Picture picture, int columns)
    {
        int cell = Math.Max(1, Math.Max((picture.Width + columns - 1) / columns, (picture.Height + 2 * MostLines - 1) / (2 * MostLines)));
        for (int y = 0; y < picture.Height; y += 2 * cell)
        {
            var line = new char[(picture.Width + cell - 1) / cell];
            for (int i = 0; i < line.Length; i++) line[i] = Shades[Level(picture, i * cell, y, cell) * Shades.Length / 256];
            yield return new string(line).TrimEnd();
        }
    }

    /// <summary>The mean of a cell's pixels, 0 … 255.</summary>
    private static int Level(Picture picture, int left, int top, int cell)
    {
        int sum = 0, count = 0;
        for (int y = top; y < Math.Min(picture.Height, top + 2 * cell); y++)
            for (int x = left; x < Math.Min(picture.Width, left + cell); x++, count++)
                sum += picture.Pixels[(y * picture.Width + x) * picture.Channels]; // of grey in colours any channel says it
        return sum / count;
    }
}
